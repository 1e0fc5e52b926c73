import { expect, test } from 'vitest'
import { versionsIn } from './versions.ts'

const read = (line: string) =>
  versionsIn(line, 'command-output').map(({ component, version }) => `${component} ${version}`)

test('components tell their versions, each in its own way', () => {
  expect(read('level=info msg="starting containerd" revision=88aa2f5 version=v2.0.1')).toEqual([
    'containerd 2.0.1',
  ])
  expect(read('Kubernetes v1.32.0')).toEqual(['kubernetes 1.32.0'])
  expect(read('it was Kubernetes v1.32.0')).toEqual([])
  expect(read('image quay.io/cilium/cilium:latest and quay.io/cilium/cilium:v1.16.5')).toEqual([
    'cilium 1.16.5',
  ])
})

test('a version is found in a long line, and one that is made to be slow takes no time', () => {
  const long = 'starting containerd '.repeat(13_000)
  const startMs = performance.now()
  expect(read(long)).toEqual([])
  expect(read(`${'x '.repeat(50_000)}containerd://2.0.1`)).toEqual(['containerd 2.0.1'])
  expect(performance.now() - startMs).toBeLessThan(200)
})

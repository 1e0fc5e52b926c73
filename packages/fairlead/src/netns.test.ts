import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { containerIdOf, isSameNetns, netnsName, netnsPath, netnsState } from './netns.ts'

test("the container id is cnitool's", () => {
  // cnitool add myptp /var/run/netns/testing
  expect(containerIdOf('/var/run/netns/testing')).toBe('cnitool-77383ca0a0715733ca6f')
})

test('a name without a slash is one of `ip netns`, anything else a path', () => {
  expect(netnsPath('blue')).toBe('/run/netns/blue')
  expect(netnsPath('./blue')).toBe(path.resolve('blue'))
  expect(netnsName('/var/run/netns/blue')).toBe('blue')
  expect(netnsName('/run/netns/blue')).toBe('blue')
  expect(netnsName('/proc/1/ns/net')).toBeUndefined()
})

test('/var/run and /run are the same', () => {
  expect(isSameNetns('/var/run/netns/a', '/run/netns/a')).toBe(true)
  expect(isSameNetns('/run/netns/a', '/run/netns/b')).toBe(false)
})

test('a namespace lives only where there is one; a file without one may hold it elsewhere', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-netns-'))
  const file = path.join(folder, 'left')
  await writeFile(file, '')
  expect(await netnsState('/proc/self/ns/net')).toBe('alive')
  expect(await netnsState(file)).toBe('unknown')
  expect(await netnsState(path.join(file, 'below'))).toBe('gone')
  expect(await netnsState(path.join(folder, 'none'))).toBe('gone')
  expect(await netnsState('')).toBe('unknown')
  await rm(folder, { recursive: true })
})

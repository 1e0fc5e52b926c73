import { expect, test } from 'vitest'
import { nodeFiles } from './node-files.ts'
import { apiServerArgv, etcdArgv, kubeletArgv } from './programs.ts'

const INSTALL = { version: '1.32.13', kubelet: '/k', kubeApiserver: '/a', etcd: '/e' }

test('a kubelet leaves the cgroups of the machine and the pods of the lab alone', () => {
  const configuration: unknown = JSON.parse(nodeFiles('/run/cri.sock').files['kubelet.yaml'] ?? '')
  expect(configuration).toMatchObject({
    containerRuntimeEndpoint: 'unix:///run/cri.sock',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    // A source of pods that never answers: without all of them kubelet ends no pod that it does not know.
    staticPodURL: 'http://127.0.0.1:9/',
    imageGCHighThresholdPercent: 100,
  })
})

test('each node has a token of its own, and the API server knows it', () => {
  const [one, other] = [nodeFiles('/s'), nodeFiles('/s')]
  expect(one.token).not.toBe(other.token)
  expect(one.files['tokens.csv']).toContain(one.token)
  expect(one.files['kubeconfig']).toContain(one.token)
})

test('every path that the programs are told is in the folder that a reboot empties', () => {
  const paths = [etcdArgv(INSTALL), apiServerArgv(INSTALL), kubeletArgv(INSTALL)].flatMap((argv) =>
    argv.slice(1).flatMap((word) => /(?:^|=)(\/.*)/.exec(word)?.[1] ?? []),
  )
  expect(paths.length).toBeGreaterThan(5)
  expect(paths.filter((file) => !file.startsWith('/run/fairlead-kubelet/'))).toEqual([])
})

import { watch } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lastChangeOf, lookAtFolders, type LookOptions } from './look-at-folders.ts'

let folder: string
let confDir: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-look-'))
  confDir = path.join(folder, 'net.d')
  for (const dir of ['net.d', 'bin', 'results', 'netns']) await mkdir(path.join(folder, dir))
  for (const plugin of ['loopback', 'cilium-cni']) {
    await writeFile(path.join(folder, 'bin', plugin), '#!/bin/sh\n', { mode: 0o755 })
  }
  await writeFile(
    path.join(confDir, '05-cilium.conflist'),
    '{"cniVersion":"0.3.1","name":"cilium","plugins":[{"type":"cilium-cni"}]}',
  )
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function look(options: Partial<LookOptions> = {}) {
  const seen = await lookAtFolders({
    confDir,
    binDirs: [path.join(folder, 'bin')],
    runtime: 'containerd@2.1.9',
    pid: undefined,
    procDir: '/proc',
    loaded: ['cilium'],
    sandboxes: [],
    minAgeMs: 0,
    now: Date.now() + 1000,
    resultsDir: path.join(folder, 'results'),
    netnsDir: path.join(folder, 'netns'),
    env: {},
    signal: new AbortController().signal,
    ...options,
  })
  return seen.map(({ probe, text }) => [probe, text])
}

test('of a node that is well nothing is told', async () => {
  expect(await look()).toEqual([])
})

test('a config that would be loaded and is not, is told; not where the runtime does not say', async () => {
  expect(await look({ loaded: [] })).toEqual([
    [
      'conf-not-loaded',
      '05-cilium.conflist would be loaded (cilium), and the runtime has loaded nothing',
    ],
  ])
  expect(await look({ loaded: undefined })).toEqual([])
})

test('a plugin that is missing is told as `fairlead lint` does', async () => {
  await rm(path.join(folder, 'bin', 'cilium-cni'))
  expect((await look()).map(([probe]) => probe)).toContain('binary-missing')
})

test('whether the folder that is there now is the one that is watched', async () => {
  const watcher = watch(confDir)
  expect(await look({ pid: process.pid })).toEqual([
    ['conf-dir-watched', 'The runtime watches the conf dir'],
  ])
  await rename(confDir, `${confDir}.old`)
  await mkdir(confDir)
  const probes = (await look({ pid: process.pid, loaded: undefined })).map(([probe]) => probe)
  expect(probes).toContain('conf-dir-not-watched')
  watcher.close()
})

describe('what pods that are gone have left behind', () => {
  const remember = (network: string, containerId: string) =>
    writeFile(
      path.join(folder, 'results', `${network}-${containerId}-eth0`),
      JSON.stringify({
        kind: 'cniCacheV1',
        containerId,
        networkName: network,
        ifName: 'eth0',
        config: 'e30=',
      }),
    )

  test('attachments are, of which the runtime lists no sandbox', async () => {
    await remember('cilium', 'gone')
    await remember('cilium', 'here')
    await remember('cni-loopback', 'gone')
    await writeFile(path.join(folder, 'results', 'broken'), '{')
    expect(await look({ sandboxes: [{ id: 'here', isReady: true }] })).toEqual([
      [
        'cni-result-left',
        'libcni remembers 1 attachments (cilium) of sandboxes that are gone: no DEL has ended well',
      ],
    ])
  })

  test('those of a network that is not loaded any more are told apart', async () => {
    await remember('flannel', 'gone')
    expect((await look()).map(([probe]) => probe)).toEqual([
      'cni-result-left',
      'cni-result-of-other-network',
    ])
  })

  test('network namespaces are, more than sandboxes run', async () => {
    for (const name of ['cni-1', 'cni-2']) await writeFile(path.join(folder, 'netns', name), '')
    const sandboxes = [
      { id: 'a', isReady: true },
      { id: 'b', isReady: false },
    ]
    expect(await look({ sandboxes })).toEqual([
      ['netns-left', '2 network namespaces are there, and 1 sandboxes that run'],
    ])
    expect(await look({ sandboxes: sandboxes.map(({ id }) => ({ id, isReady: true })) })).toEqual(
      [],
    )
  })

  test('what is young may belong to a pod that is being made', async () => {
    await remember('cilium', 'gone')
    expect(await look({ minAgeMs: 60_000 })).toEqual([])
  })

  test('nothing is said where the runtime lists nothing', async () => {
    await remember('cilium', 'gone')
    expect(await look({ sandboxes: undefined })).toEqual([])
  })
})

test('the last change of a conf dir is that of its youngest file', async () => {
  await writeFile(path.join(confDir, 'kubeconfig'), 'x')
  const change = await lastChangeOf(confDir, Date.now() + 5000)
  expect(change?.ageMs).toBeGreaterThan(4000)
  expect(await lastChangeOf(path.join(folder, 'missing'), 0)).toBeUndefined()
})

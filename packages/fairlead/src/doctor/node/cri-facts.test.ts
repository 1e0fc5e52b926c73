import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CriServices, serveCri } from '@fairlead/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../fact.ts'
import { askRuntime } from './cri-facts.ts'

let folder: string
let socketPath: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-cri-'))
  socketPath = path.join(folder, 'cri.sock')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const never = () => new Promise<never>(() => {})
const ready = [
  { type: 'RuntimeReady', status: true },
  { type: 'NetworkReady', status: true },
]
const SOUND: CriServices['runtime'] = {
  version: () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.1.9' }),
  status: () => ({ status: { conditions: ready } }),
  listPodSandbox: () => ({ items: [] }),
}

async function ask(runtime: CriServices['runtime'], timeoutMs = 2000) {
  await using _server = await serveCri(socketPath, { runtime, image: {} })
  return await askRuntime(socketPath, { timeoutMs })
}

const told = (facts: readonly Fact[]) =>
  facts.flatMap((fact) => {
    if (fact.kind === 'probe') return [[fact.probe, fact.text]]
    return fact.kind === 'line' ? [[fact.from, fact.text]] : []
  })

test('a runtime that is well says its name and version, that it is, and nothing else', async () => {
  const { facts, name, isStatusSilent } = await ask(SOUND)
  expect(facts).toMatchObject([
    { kind: 'version', component: 'containerd', version: '2.1.9' },
    { kind: 'condition', type: 'NetworkReady', status: 'True' },
  ])
  expect([name, isStatusSilent]).toEqual(['containerd@2.1.9', false])
})

test('one whose Status is silent is told from one that answers nothing', async () => {
  const silent = await ask({ ...SOUND, status: never }, 150)
  expect(told(silent.facts)).toEqual([
    [
      'status-silent',
      expect.stringMatching(
        /^Status has not answered within 150 ms; ListPodSandbox answered in \d+ ms, Version answered in \d+ ms$/,
      ),
    ],
  ])
  expect(silent.isStatusSilent).toBe(true)
  const dead = await ask({ ...SOUND, status: never, listPodSandbox: never }, 150)
  expect(told(dead.facts).map(([probe]) => probe)).toEqual(['listing-silent'])
})

test('Status is asked once where it is silent', async () => {
  let asked = 0
  const status = () => {
    asked += 1
    return never()
  }
  await ask({ ...SOUND, status }, 150)
  expect(asked).toBe(1)
})

test('a network that is not ready is told in the words that kubelet repeats', async () => {
  const status: CriServices['runtime']['status'] = ({ verbose }) => ({
    status: {
      conditions: [
        { type: 'RuntimeReady', status: true },
        {
          type: 'NetworkReady',
          status: false,
          reason: 'NetworkPluginNotReady',
          message: 'Network plugin returns error: cni plugin not initialized',
        },
        { type: 'ContainerdHasNoDeprecationWarnings', status: false, message: 'old' },
      ],
    },
    info: verbose ? { lastCNILoadStatus: '"cni config load failed: no network config found"' } : {},
  })
  expect(told((await ask({ ...SOUND, status })).facts)).toEqual([
    [
      'runtime-status',
      'NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ],
    ['runtime-status', 'lastCNILoadStatus: cni config load failed: no network config found'],
  ])
})

test('a socket that nobody serves is a runtime that is gone', async () => {
  const { facts, isStatusSilent } = await askRuntime(socketPath, { timeoutMs: 500 })
  expect(told(facts).map(([probe]) => probe)).toEqual(['runtime-process-missing'])
  expect(isStatusSilent).toBe(false)
})

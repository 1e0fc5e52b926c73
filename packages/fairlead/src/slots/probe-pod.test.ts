import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectCri, type CriServices, PodSandboxState, serveCri } from '@fairlead/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import { probe, removeProbePods } from './probe-pod.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-probe-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** A runtime that makes a pod in so long; what it was asked. */
async function probed(own: CriServices['runtime'], podMs = 60) {
  const socket = path.join(folder, 'cri.sock')
  const calls: string[] = []
  await using _server = await serveCri(socket, {
    image: {},
    runtime: {
      runPodSandbox: async ({ config }) => {
        calls.push(`run in ${config?.metadata?.namespace}`)
        await systemClock.sleep(podMs)
        return { podSandboxId: 'p' }
      },
      status: () => ({}),
      podSandboxStatus: () => ({}),
      stopPodSandbox: ({ podSandboxId }) => {
        calls.push(`stop ${podSandboxId}`)
        return {}
      },
      removePodSandbox: ({ podSandboxId }) => {
        calls.push(`remove ${podSandboxId}`)
        return {}
      },
      ...own,
    },
  })
  using cri = connectCri(socket)
  const signal = new AbortController().signal
  const options = { clock: systemClock, annotations: {}, cgroupParent: '', podWithinMs: 5_000 }
  const problem = await probe({
    ...options,
    cri,
    statusAtMostMs: 100,
    drillDir: folder,
    signal,
  }).then(
    () => 'none',
    (error: Error) => error.message,
  )
  await removeProbePods(cri, signal)
  return { problem, calls }
}

test('a pod is made and removed, and no file stays in the conf dir', async () => {
  expect(await probed({})).toEqual({
    problem: 'none',
    calls: ['run in fairlead-probe', 'stop p', 'remove p'],
  })
  expect(await readdir(folder)).toEqual([])
})

test('a Status that hangs while the pod is made is told at once', async () => {
  let asked = 0
  const hangs = { status: () => (++asked < 3 ? {} : new Promise<never>(() => {})) }
  const beganMs = performance.now()
  const { problem } = await probed(hangs, 4_000)
  expect(problem).toBe(
    'Status took longer than 100 ms while a pod was attached and the conf dir was written to.',
  )
  expect(performance.now() - beganMs).toBeLessThan(3_000)
})

test('a pod that cannot be made, or not be removed, is told with the reason', async () => {
  const fails = () => {
    throw new Error('no addresses left')
  }
  expect((await probed({ runPodSandbox: fails })).problem).toMatch(/^a pod cannot be made: /)
  expect((await probed({ stopPodSandbox: fails })).problem).toMatch(/^a pod cannot be stopped: /)
})

test('a pod for which no plugin was called is told, and removed', async () => {
  const { problem, calls } = await probed({
    podSandboxStatus: () => ({ status: { network: { ip: '0.0.0.0' } } }),
  })
  expect(problem).toMatch(/^a pod was made and got no network: its address is 0\.0\.0\.0/)
  expect(calls).toEqual(['run in fairlead-probe', 'stop p', 'remove p'])
})

test('pods of probes that were killed are removed, and nobody else’s', async () => {
  const item = (id: string, namespace: string, owner: string) => ({
    id,
    labels: { 'fairlead.dev/probe-of': owner },
    state: PodSandboxState.SANDBOX_READY,
    metadata: { name: id, namespace, uid: id, attempt: 0 },
  })
  const { calls } = await probed({
    listPodSandbox: () => ({
      items: [
        item('left', 'fairlead-probe', 'runtime-slots'),
        item('of the agent', 'fairlead-probe', 'agent'),
        item('own', 'default', ''),
      ],
    }),
  })
  expect(calls.slice(3)).toEqual(['stop left', 'remove left'])
})

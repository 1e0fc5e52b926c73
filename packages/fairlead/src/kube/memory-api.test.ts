import { describe, expect, test } from 'vitest'
import { kubeContract } from '../../../../tests/kube-contract.ts'
import { quiet } from '../../../../tests/manual-clock.ts'
import type { KubeError, WatchEvent } from './api.ts'
import { MemoryApiServer } from './memory-api.ts'
import { LEASES, NODES, PODS } from './resources.ts'

const CALL = { timeoutMs: 1_000 }
const LOST: KubeError = { reason: 'unreachable', message: 'the answer is lost' }

describe('an API server in memory', () => {
  const server = newServer()
  kubeContract(() => server.client())
})

test('a watch from before a compaction is told to list again, and so is one that goes on', async () => {
  const server = newServer()
  const api = server.client()
  server.seed(NODES, { metadata: { name: 'a' } })
  const watching = take(api.watch(NODES, { resourceVersion: '0' }, never()), 2)
  server.store.compact()
  expect(await watching).toMatchObject([{ type: 'failed', error: { reason: 'gone' } }])
  const late = await take(api.watch(NODES, { resourceVersion: '0' }, never()), 2)
  expect(late).toMatchObject([{ type: 'failed', error: { reason: 'gone' } }])
})

test('a page from before a compaction is gone', async () => {
  const server = newServer()
  const api = server.client()
  for (const name of ['a', 'b']) server.seed(NODES, { metadata: { name } })
  const first = await api.list(NODES, { limit: 1 }, CALL)
  server.seed(NODES, { metadata: { name: 'c' } })
  server.store.compact()
  const token = first.ok ? (first.value.continue ?? '') : ''
  expect(await api.list(NODES, { limit: 1, continue: token }, CALL)).toMatchObject({
    error: { reason: 'gone' },
  })
})

test('a watcher of what does not change is told how far it is', async () => {
  const server = newServer()
  const bookmark = take(server.client().watch(NODES, { resourceVersion: '0' }, never()), 1)
  for (let n = 0; n < 150; n++) server.seed(PODS, { metadata: { name: 'p', namespace: 'x' } })
  expect(await bookmark).toEqual([{ type: 'bookmark', resourceVersion: '150' }])
})

test('watches can be ended, with a failure or without', async () => {
  const server = newServer()
  const watch = () => take(server.client().watch(NODES, { resourceVersion: '0' }, never()), 1)
  const ended = watch()
  await quiet()
  server.store.endWatches()
  expect(await ended).toEqual([])
  const broken = watch()
  await quiet()
  server.store.endWatches(LOST)
  expect(await broken).toEqual([{ type: 'failed', error: LOST }])
})

test('a request may fail before or after it was done', async () => {
  const server = newServer()
  const when: { current: 'before' | 'after' } = { current: 'before' }
  const faulty = server.client({
    intercept: ({ verb }) => (verb === 'create' ? { error: LOST, when: when.current } : undefined),
  })
  const create = () => faulty.create(NODES, nodeOf('a'), CALL)
  expect(await create()).toEqual({ ok: false, error: LOST })
  expect((await faulty.get({ resource: NODES, name: 'a' }, CALL)).ok).toBe(false)
  when.current = 'after'
  expect(await create()).toEqual({ ok: false, error: LOST })
  expect((await faulty.get({ resource: NODES, name: 'a' }, CALL)).ok).toBe(true)
})

test('what no rule allows is forbidden, and who asked for what is said', async () => {
  const server = newServer()
  server.seed(NODES, { metadata: { name: 'a' } })
  server.seed(NODES, { metadata: { name: 'b' } })
  const api = server.client({
    user: 'agent',
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'], resourceNames: ['a'] }],
  })
  expect((await api.get({ resource: NODES, name: 'a' }, CALL)).ok).toBe(true)
  expect(await api.get({ resource: NODES, name: 'b' }, CALL)).toMatchObject({
    error: { reason: 'forbidden' },
  })
  const options = { ...CALL, kind: 'strategic', subresource: 'status' } as const
  const patch = await api.patch({ resource: NODES, name: 'a' }, { status: {} }, options)
  expect(patch).toEqual({
    ok: false,
    error: {
      reason: 'forbidden',
      message:
        'nodes/status is forbidden: User "agent" cannot patch resource "nodes/status" in API group "" at the cluster scope',
    },
  })
  expect(await take(api.watch(NODES, { resourceVersion: '0' }, never()), 1)).toMatchObject([
    { error: { reason: 'forbidden' } },
  ])
})

test('a pod on a node is there until its kubelet has ended it', async () => {
  const server = newServer()
  const api = server.client()
  const metadata = { name: 'p', namespace: 'x' }
  server.seed(PODS, { metadata, spec: { nodeName: 'a' }, status: { phase: 'Running' } })
  const ref = { resource: PODS, ...metadata }
  expect((await api.evict(metadata, CALL)).ok).toBe(true)
  const ending = await api.get(ref, CALL)
  expect(ending.ok && ending.value.metadata.deletionTimestamp).toBe('2026-11-29T00:00:00Z')
  expect((await api.delete(ref, { ...CALL, gracePeriodSeconds: 0 })).ok).toBe(true)
  expect((await api.get(ref, CALL)).ok).toBe(false)
})

test('a write that changes nothing is none', async () => {
  const server = newServer()
  const api = server.client()
  const before = server.seed(LEASES, { metadata: { name: 'l', namespace: 'x' }, spec: { a: 1 } })
  const after = await api.replace(LEASES, before, CALL)
  expect(after).toEqual({ ok: true, value: before })
})

test('the same calls come to the same state', async () => {
  const state = async () => {
    const server = newServer()
    for (const name of ['b', 'a']) await server.client().create(NODES, nodeOf(name), CALL)
    return server.client().list(NODES, {}, CALL)
  }
  expect(await state()).toEqual(await state())
})

function newServer(): MemoryApiServer {
  return new MemoryApiServer({ wallMs: () => Date.parse('2026-11-29T00:00:00Z') })
}

function nodeOf(name: string) {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } }
}

function never(): AbortSignal {
  return new AbortController().signal
}

async function take(events: AsyncIterable<WatchEvent>, count: number) {
  const taken: WatchEvent[] = []
  for await (const event of events) {
    taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

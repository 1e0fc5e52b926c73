import { expect, test } from 'vitest'
import type {
  KubeApi,
  KubeObject,
  KubeResult,
  Resource,
  WatchEvent,
} from '../packages/fairlead/src/kube/api.ts'
import {
  apiVersionOf,
  LEASES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
} from '../packages/fairlead/src/kube/resources.ts'

const CALL = { timeoutMs: 10_000 }
const namespace = 'default'

/**
 * What an API server does: in memory, over a socket, and the real one. Each test makes objects of its own, so
 * that one server will do for all.
 */
export function kubeContract(connect: () => KubeApi): void {
  test('an object that is created is read as it is', async () => {
    const api = connect()
    const created = value(await api.create(LEASES, lease('read'), CALL))
    expect(created).toMatchObject({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'read', uid: expect.any(String), creationTimestamp: expect.any(String) },
      spec: { holderIdentity: 'me' },
    })
    expect(value(await api.get({ resource: LEASES, namespace, name: 'read' }, CALL))).toEqual(
      created,
    )
    expect(await api.create(LEASES, lease('read'), CALL)).toMatchObject(refused('already-exists'))
  })

  test('what is not there is not found, by every verb', async () => {
    const api = connect()
    const ref = { resource: LEASES, namespace, name: 'nowhere' }
    const absent = refused('not-found')
    expect(await api.get(ref, CALL)).toMatchObject(absent)
    expect(await api.patch(ref, { spec: {} }, { ...CALL, kind: 'merge' })).toMatchObject(absent)
    expect(await api.delete(ref, CALL)).toMatchObject(absent)
    expect(await api.evict({ namespace, name: 'nowhere' }, CALL)).toMatchObject(absent)
  })

  test('a write to a state that is no more is a conflict', async () => {
    const api = connect()
    const first = value(await api.create(LEASES, lease('conflict'), CALL))
    const second = { ...first, spec: { holderIdentity: 'you' } }
    expect(value(await api.replace(LEASES, second, CALL)).spec).toMatchObject({
      holderIdentity: 'you',
    })
    expect(await api.replace(LEASES, second, CALL)).toMatchObject(refused('conflict'))
    const ref = { resource: LEASES, namespace, name: 'conflict' }
    const { resourceVersion = '' } = first.metadata
    const patch = { metadata: { resourceVersion }, spec: { holderIdentity: 'them' } }
    expect(await api.patch(ref, patch, { ...CALL, kind: 'merge' })).toMatchObject(
      refused('conflict'),
    )
  })

  test('a replacement has to say of which state', async () => {
    const api = connect()
    value(await api.create(LEASES, lease('unconditional'), CALL))
    expect(await api.replace(LEASES, lease('unconditional'), CALL)).toMatchObject(
      refused('invalid'),
    )
  })

  test('a merge patch changes what it names and removes what is null', async () => {
    const api = connect()
    value(await api.create(LEASES, lease('merge', { a: '1', b: '2' }), CALL))
    const patch = { metadata: { labels: { a: null, c: '3' } } }
    const ref = { resource: LEASES, namespace, name: 'merge' }
    const after = value(await api.patch(ref, patch, { ...CALL, kind: 'merge' }))
    expect(after.metadata.labels).toEqual({ b: '2', c: '3' })
    expect(after.spec).toMatchObject({ holderIdentity: 'me' })
  })

  test('a strategic patch of a condition leaves the conditions of others', async () => {
    const api = connect()
    value(await api.create(NODES, node('conditions'), CALL))
    const ref = { resource: NODES, name: 'conditions' }
    const options = { ...CALL, kind: 'strategic', subresource: 'status' } as const
    const set = (type: string, status: string) =>
      api.patch(ref, { status: { conditions: [{ type, status }] } }, options)
    value(await set('Ready', 'True'))
    value(await set('FairleadNetworkReady', 'False'))
    const after = value(await set('FairleadNetworkReady', 'True'))
    const { conditions } = after.status as { conditions: { type: string; status: string }[] }
    const states = conditions.map(({ type, status }) => `${type}=${status}`).sort()
    expect(states).toEqual(['FairleadNetworkReady=True', 'Ready=True'])
  })

  test('status is written through its subresource only, and only it', async () => {
    const api = connect()
    value(await api.create(NODES, node('status'), CALL))
    const ref = { resource: NODES, name: 'status' }
    const merge = { ...CALL, kind: 'merge' } as const
    const main = { spec: { unschedulable: true }, status: { phase: 'Running' } }
    expect(value(await api.patch(ref, main, merge))).toMatchObject({
      spec: { unschedulable: true },
    })
    expect(value(await api.get(ref, CALL)).status).not.toMatchObject({ phase: 'Running' })
    const status = { spec: { unschedulable: false }, status: { phase: 'Running' } }
    expect(value(await api.patch(ref, status, { ...merge, subresource: 'status' }))).toMatchObject({
      spec: { unschedulable: true },
      status: { phase: 'Running' },
    })
  })

  test('a generation counts what is wanted, not what is said about it', async () => {
    const api = connect()
    const created = value(await api.create(POD_DISRUPTION_BUDGETS, budget('generation', 1), CALL))
    const ref = { resource: POD_DISRUPTION_BUDGETS, namespace, name: 'generation' }
    const merge = { ...CALL, kind: 'merge' } as const
    expect(created.metadata.generation).toBe(1)
    const labelled = await api.patch(ref, { metadata: { labels: { a: '1' } } }, merge)
    expect(value(labelled).metadata.generation).toBe(1)
    const wanted = await api.patch(ref, { spec: { minAvailable: 2 } }, merge)
    expect(value(wanted).metadata.generation).toBe(2)
  })

  test('a list is selected by labels and fields, and comes in pages of one state', async () => {
    const api = connect()
    for (const name of ['page-a', 'page-b', 'page-c', 'page-d', 'page-e']) {
      const tier = name === 'page-e' ? 'back' : 'front'
      value(await api.create(LEASES, lease(name, { list: 'pages', tier }), CALL))
    }
    const names = async (labelSelector: string, fieldSelector = '') => {
      const list = await api.list(LEASES, { namespace, labelSelector, fieldSelector }, CALL)
      return list.ok ? list.value.items.map(({ metadata }) => metadata.name) : list.error.reason
    }
    const front = ['page-a', 'page-b', 'page-c', 'page-d']
    expect(await names('list=pages,tier!=back')).toEqual(front)
    expect(await names('list in (pages,other),tier notin (back)')).toEqual(front)
    expect(await names('list=pages,!tier')).toEqual([])
    expect(await names('list=pages', 'metadata.name=page-e')).toEqual(['page-e'])
    expect(await names('list=pages', 'spec.holderIdentity=me')).toBe('invalid')

    const query = { namespace, labelSelector: 'list=pages', limit: 2 }
    const first = await api.list(LEASES, query, CALL)
    if (!first.ok || first.value.continue === undefined) throw new Error('no second page')
    value(await api.create(LEASES, lease('page-f', { list: 'pages' }), CALL))
    const rest = await api.list(
      LEASES,
      { ...query, limit: 9, continue: first.value.continue },
      CALL,
    )
    if (!rest.ok) throw new Error(rest.error.message)
    expect(rest.value.resourceVersion).toBe(first.value.resourceVersion)
    expect(rest.value.items.map(({ metadata }) => metadata.name)).toEqual([
      'page-c',
      'page-d',
      'page-e',
    ])
    expect(rest.value.items[0]).toMatchObject({ kind: 'Lease', apiVersion: apiVersionOf(LEASES) })
  })

  test('a watch goes on where a list was, and tells what comes to match and no longer does', async () => {
    const api = connect()
    value(await api.create(LEASES, lease('watch-a', { watch: 'yes' }), CALL))
    const query = { namespace, labelSelector: 'watch=yes' }
    const list = await api.list(LEASES, query, CALL)
    if (!list.ok) throw new Error(list.error.message)
    const { resourceVersion } = list.value
    const patch = (name: string, watch: string) =>
      api.patch({ resource: LEASES, namespace, name }, { metadata: { labels: { watch } } }, merge)
    const merge = { ...CALL, kind: 'merge' } as const
    value(await api.create(LEASES, lease('watch-b', { watch: 'yes' }), CALL))
    value(await api.create(LEASES, lease('watch-c', { watch: 'no' }), CALL))
    value(await patch('watch-c', 'yes'))
    value(await patch('watch-b', 'no'))
    const ended = await api.delete({ resource: LEASES, namespace, name: 'watch-a' }, CALL)
    expect(ended).toMatchObject({ ok: true })
    const events = await firstEvents(api, LEASES, { ...query, resourceVersion }, 4)
    expect(events.map(told)).toEqual([
      'added watch-b',
      'added watch-c',
      'deleted watch-b',
      'deleted watch-a',
    ])
  })

  test('only the object that is meant is deleted, and finalizers hold it back', async () => {
    const api = connect()
    const held = lease('held')
    const metadata = { ...held.metadata, finalizers: ['fairlead.dev/test'] }
    const created = value(await api.create(LEASES, { ...held, metadata }, CALL))
    const ref = { resource: LEASES, namespace, name: 'held' }
    const other = '00000000-0000-4000-8000-00000000ffff'
    expect(await api.delete(ref, { ...CALL, uid: other })).toMatchObject(refused('conflict'))
    const { uid = '' } = created.metadata
    expect(await api.delete(ref, { ...CALL, uid })).toMatchObject({ ok: true })
    expect(value(await api.get(ref, CALL)).metadata.deletionTimestamp).toEqual(expect.any(String))
    const release = { metadata: { finalizers: null } }
    value(await api.patch(ref, release, { ...CALL, kind: 'merge' }))
    expect(await api.get(ref, CALL)).toMatchObject(refused('not-found'))
  })

  test('a running pod is not evicted against its disruption budget', async () => {
    const api = connect()
    value(await api.create(PODS, pod('web', { app: 'web' }), CALL))
    const running = {
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    }
    const ref = { resource: PODS, namespace, name: 'web' }
    const options = { ...CALL, kind: 'strategic', subresource: 'status' } as const
    value(await api.patch(ref, running, options))
    value(await api.create(POD_DISRUPTION_BUDGETS, budget('web', 1), CALL))
    expect(await api.evict({ namespace, name: 'web' }, CALL)).toMatchObject(
      refused('disruption-budget'),
    )
    const budgetRef = { resource: POD_DISRUPTION_BUDGETS, namespace, name: 'web' }
    expect(await api.delete(budgetRef, CALL)).toMatchObject({ ok: true })
    expect(await api.evict({ namespace, name: 'web' }, CALL)).toMatchObject({ ok: true })
    // It is on no node that it would have to end on first.
    expect(await api.get(ref, CALL)).toMatchObject(refused('not-found'))
  })

  test('a caller that gives up gets nothing', async () => {
    const api = connect()
    const signal = AbortSignal.abort()
    const ref = { resource: LEASES, namespace, name: 'read' }
    expect(await api.get(ref, { ...CALL, signal })).toMatchObject(refused('aborted'))
    const events = api.watch(LEASES, { namespace, resourceVersion: '0' }, signal)
    for await (const event of events) expect(event).toBe(undefined)
  })
}

/** The first events of a watch that are no bookmarks. */
async function firstEvents(
  api: KubeApi,
  resource: Resource,
  query: Parameters<KubeApi['watch']>[1],
  count: number,
): Promise<readonly WatchEvent[]> {
  const enough = new AbortController()
  const signal = AbortSignal.any([enough.signal, AbortSignal.timeout(5_000)])
  const events: WatchEvent[] = []
  for await (const event of api.watch(resource, query, signal)) {
    if (event.type !== 'bookmark') events.push(event)
    if (events.length === count) enough.abort()
  }
  return events
}

function told(event: WatchEvent): string {
  return 'object' in event ? `${event.type} ${event.object.metadata.name}` : event.type
}

/** What came; it has to have. */
function value(result: KubeResult<KubeObject>): KubeObject {
  if (!result.ok) throw new Error(`${result.error.reason}: ${result.error.message}`)
  return result.value
}

function refused(reason: string) {
  return { ok: false, error: { reason } }
}

function lease(name: string, labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: apiVersionOf(LEASES),
    kind: 'Lease',
    metadata: { name, namespace, labels },
    spec: { holderIdentity: 'me' },
  }
}

function node(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } }
}

function pod(name: string, labels: Record<string, string>): KubeObject {
  const containers = [{ name: 'web', image: 'fairlead.local/none:1' }]
  const spec = { containers, automountServiceAccountToken: false }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels }, spec }
}

function budget(name: string, minAvailable: number): KubeObject {
  const spec = { minAvailable, selector: { matchLabels: { app: name } } }
  const metadata = { name, namespace }
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec }
}

import { readFile } from 'node:fs/promises'
import { parseNetworkConfig } from '@fairlead/cni'
import { nextSnapshot, NOTHING_LOADED, planOf, statusOf } from '@fairlead/networks'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import type { PolicyRule } from '../../kube/rbac.ts'
import { EVENTS, NODES, PODS } from '../../kube/resources.ts'
import { clusterConfigSchema } from './config.ts'
import { joinCluster } from './join.ts'
import { CONDITION_TYPE } from './node-condition.ts'

const MANIFEST = new URL('../../../../../deploy/kubernetes/agent-rbac.yaml', import.meta.url)

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
})

/** Everything that an agent does with an API server. */
const ALL = [
  'keeps the condition of its Node',
  'writes Events on its Node',
  'restarts the runtime with the leave of the cluster',
  'keeps that leave',
  'lists pods that were started too early',
  'sees those that come later',
  'evicts them',
]

/** What an agent can no longer do without a verb; each of them is needed. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'get nodes': ['keeps the condition of its Node'],
  'list nodes': ['restarts the runtime with the leave of the cluster', 'keeps that leave'],
  'patch nodes/status': ['keeps the condition of its Node'],
  'create events': ['writes Events on its Node'],
  'list pods': [
    'lists pods that were started too early',
    'sees those that come later',
    'evicts them',
  ],
  'watch pods': ['sees those that come later'],
  'create pods/eviction': ['evicts them'],
  'create leases': ['restarts the runtime with the leave of the cluster', 'keeps that leave'],
  'get leases': ['restarts the runtime with the leave of the cluster', 'keeps that leave'],
  'update leases': ['keeps that leave'],
}

let rules: readonly PolicyRule[]

beforeAll(async () => {
  const documents = parseAllDocuments(await readFile(MANIFEST, 'utf8'))
  rules = documents.flatMap((document) => {
    const role = roleSchema.safeParse(document.toJS()).data
    return (role?.rules ?? []).map(({ resourceNames, ...rule }) => ({
      ...rule,
      ...(resourceNames !== undefined && { resourceNames }),
    }))
  })
})

test('with the roles in deploy/ an agent can do everything', async () => {
  expect(await ableWith(rules)).toEqual(ALL)
})

test('no verb of the roles is left out here', () => {
  expect(verbs(rules).sort()).toEqual(Object.keys(WITHOUT).sort())
})

test.each(Object.entries(WITHOUT))('an agent without %s no longer %j', async (verb, lost) => {
  const less = rules.map((rule) => ({
    ...rule,
    verbs: rule.verbs.filter((one) => `${one} ${rule.resources.join()}` !== verb),
  }))
  expect(await ableWith(less)).toEqual(ALL.filter((able) => !lost.includes(able)))
})

function verbs(of: readonly PolicyRule[]): string[] {
  return of.flatMap((rule) => rule.verbs.map((verb) => `${verb} ${rule.resources.join()}`))
}

/** What an agent with these rights does in a few minutes in which there is something to do of every kind. */
async function ableWith(allowed: readonly PolicyRule[]): Promise<readonly string[]> {
  const clock = sleepClock()
  const wallMs = () => Date.parse('2026-11-29T12:00:00Z') + clock.now()
  const server = new MemoryApiServer({ wallMs })
  for (const name of ['n1', 'n2']) {
    const conditions = [{ type: 'Ready', status: 'True' }]
    server.seed(NODES, { metadata: { name }, status: { conditions } })
  }
  server.seed(PODS, latePod('early'))
  server.seed(PODS, {
    ...latePod('alone'),
    metadata: { ...latePod('alone').metadata, ownerReferences: [] },
  })
  let isReady = true
  const config = clusterConfigSchema.parse({
    nodeName: 'n1',
    minHealthy: 1,
    recreatePods: 'owned',
    recreateEvery: '10m',
  })
  const cluster = joinCluster(config, {
    connect: async () => {
      const api = server.client({ user: 'agent', rules: allowed })
      return { ...api, [Symbol.dispose]: () => {} }
    },
    networks: oneNetwork(),
    publisher: {
      status: () => ({
        published: ['05-cilium.conflist'],
        waiting: new Map(),
        quarantined: new Map(),
      }),
    },
    runtime: () => (isReady ? { kind: 'ready', sinceMs: 0 } : { kind: 'stalled', sinceMs: 0 }),
    isListening: async () => true,
    clock,
    wallMs,
    onEvent: () => {},
  })
  const stop = new AbortController()
  const running = cluster.run(stop.signal)
  const able = new Set<string>()
  const ask = async () => {
    await clock.advance(2_000)
    return cluster.restartLeave().kind
  }

  await clock.advance(5_000)
  const node = await server.client().get({ resource: NODES, name: 'n1' }, { timeoutMs: 1 })
  if (JSON.stringify(node).includes(CONDITION_TYPE)) able.add('keeps the condition of its Node')
  if (cluster.latePods().some(({ name }) => name === 'alone')) {
    able.add('lists pods that were started too early')
  }
  server.seed(PODS, latePod('later'))
  cluster.tell({
    type: 'repair',
    repair: { kind: 'report', why: 'Status has been silent for 25 s' },
    evidence: '/var/lib/fairlead/agent/evidence/1',
    problems: [],
  })
  isReady = false
  await ask()
  if ((await ask()) === 'granted') able.add('restarts the runtime with the leave of the cluster')
  for (let n = 0; n < 10; n++) await ask()
  if ((await ask()) === 'granted') able.add('keeps that leave')
  if (cluster.latePods().some(({ name }) => name === 'later')) {
    able.add('sees those that come later')
  }
  const early = server.store.objects(PODS).get('web/early')
  if (early?.metadata.deletionTimestamp !== undefined) able.add('evicts them')
  const reasons = [...server.store.objects(EVENTS).values()].map(({ reason }) => reason)
  if (reasons.includes('RuntimeHangs')) able.add('writes Events on its Node')
  stop.abort()
  await running
  return ALL.filter((one) => able.has(one))
}

function oneNetwork() {
  const file = '05-cilium.conflist'
  const text = '{"cniVersion":"1.0.0","name":"cilium","plugins":[{"type":"cilium-cni"}]}'
  const list = parseNetworkConfig(text, file)
  const snapshot = nextSnapshot(NOTHING_LOADED, { ok: true, value: [{ file, list }] })
  const plan = planOf(snapshot, { kind: 'containerd', maxConfNum: 0 })
  const status = statusOf(plan, () => ({ state: 'ready', observedAtMs: 0 }), 0)
  return { plan: () => plan, status: () => status }
}

function latePod(name: string) {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'rs',
    uid: 'u',
    controller: true,
  }
  return {
    metadata: {
      name,
      namespace: 'web',
      annotations: { 'k8s.v1.cni.cncf.io/networks': 'macvlan' },
      ownerReferences: [owner],
    },
    spec: { nodeName: 'n1' },
    status: { phase: 'Running', startTime: '2026-11-29T11:00:00Z' },
  }
}

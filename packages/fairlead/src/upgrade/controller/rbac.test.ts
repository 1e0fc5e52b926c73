import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import type { PolicyRule } from '../../kube/rbac.ts'
import { CONFIG_MAPS, EVENTS, NODES, PODS } from '../../kube/resources.ts'
import { randomOf } from '../../random.ts'
import { JOBS } from '../executors/jobs.ts'
import { NOTE, noteOf, SLOT, SLOT_TARGET } from '../node-contract.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import type { UpgradeSpecInput } from '../spec.ts'
import { runController } from './controller.ts'
import { upgradeRef } from './upgrade-object.ts'

const MANIFEST = new URL('../../../../../deploy/kubernetes/controller.yaml', import.meta.url)
const CALL = { timeoutMs: 1_000 }

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
})

const ALL = [
  'keeps the Lease',
  'takes a node to the version',
  'empties it first',
  'writes Events on it and on the upgrade',
  'keeps an upgrade that is deleted until no node is half-way',
  'takes a node there by a Job',
  'stops a Job that it has to undo',
]

const text = await readFile(MANIFEST, 'utf8')
const rules = parseAllDocuments(text).flatMap(
  (document) => roleSchema.safeParse(document.toJS()).data?.rules ?? [],
)
const verbs = rules.flatMap((rule) => rule.verbs.map((verb) => [verb, rule.resources.join()]))

test('with the roles in deploy/ a controller can do everything', async () => {
  expect(await ableWith(rules)).toEqual(ALL)
})

test.each(verbs)('without %s %s something is lost', async (verb, resources) => {
  const less = rules.map((rule) => ({
    ...rule,
    verbs: rule.verbs.filter((one) => one !== verb || rule.resources.join() !== resources),
  }))
  expect(await ableWith(less)).not.toEqual(ALL)
})

/** What a controller with these rights gets done in some minutes, on three nodes. */
async function ableWith(allowed: readonly PolicyRule[]): Promise<readonly string[]> {
  const clock = sleepClock()
  const wallMs = () => Date.parse('2026-11-29T12:00:00Z') + clock.now()
  const server = new MemoryApiServer({ wallMs })
  const admin = server.client()
  for (const name of ['slot', 'job', 'back']) server.seed(NODES, nodeOf(name))
  server.seed(PODS, { metadata: { name: 'web', namespace: 'shop' }, spec: { nodeName: 'slot' } })
  server.seed(CONFIG_MAPS, REPORT)
  let lost = false
  const stop = new AbortController()
  const running = runController(
    { namespace: 'fairlead', identity: 'one' },
    {
      api: server.client({ user: 'controller', rules: allowed }),
      clock,
      wallMs,
      random: randomOf(1),
      fetch: () => Promise.reject(new Error('there is none')),
      onEvent: (event) => {
        if (event.type === 'leader' && event.event.type !== 'leading') lost = true
      },
    },
    stop.signal,
  )
  await clock.advance(3_000)
  const lab = { configMap: 'report' }
  server.seed(RUNTIME_UPGRADES, upgradeOf('slot', { drain: {}, gates: [{ name: 'lab', lab }] }))
  for (const name of ['job', 'back']) {
    server.seed(RUNTIME_UPGRADES, upgradeOf(name, { executor: { job: { image: 'x' } } }))
  }
  const node = (name: string) => server.store.objects(NODES).get(name)
  const phase = (name: string) => noteOf(node(name)?.metadata.annotations?.[NOTE])?.phase
  const jobs = () => [...server.store.objects(JOBS).values()]
  const jobOn = (name: string) => jobs().find(({ metadata }) => metadata.name.startsWith(name))
  for (let second = 0; second < 20; second++) await clock.advance(1_000)

  // The pod ends, the node's agent answers, one Job succeeds, and one has to be undone while it runs.
  const isEvicted = server.store.objects(PODS).get('shop/web')?.metadata.deletionTimestamp
  for (const pod of server.store.objects(PODS).values()) server.store.remove(PODS, pod)
  for (let second = 0; second < 5; second++) await clock.advance(1_000)
  const sent = node('slot')
  if (sent?.metadata.annotations?.[SLOT_TARGET] === '2') {
    const annotations = { ...sent.metadata.annotations, [SLOT]: '2' }
    server.store.put(NODES, { ...sent, metadata: { ...sent.metadata, annotations } })
  }
  const job = jobOn('job')
  if (job !== undefined) {
    const status = { conditions: [{ type: 'Complete', status: 'True' }] }
    server.store.put(JOBS, { ...job, status })
    server.store.put(NODES, { ...(node('job') ?? job), status: statusOf('2') })
  }
  const back = { spec: { rollback: 'all' } }
  await admin.patch(upgradeRef('back'), back, { ...CALL, kind: 'merge' })
  await admin.delete(upgradeRef('job'), CALL)
  const isKept = server.store.objects(RUNTIME_UPGRADES).has('job')
  for (let second = 0; second < 30; second++) await clock.advance(1_000)

  const kinds = new Set(
    [...server.store.objects(EVENTS).values()].map(({ involvedObject }) =>
      String(Reflect.get(Object(involvedObject), 'kind')),
    ),
  )
  const suspended = Reflect.get(Object(jobOn('back')?.spec), 'suspend') === true
  const able: Readonly<Record<string, boolean>> = {
    'keeps the Lease': !lost,
    'takes a node to the version': phase('slot') === 'done',
    'empties it first': isEvicted !== undefined,
    'writes Events on it and on the upgrade': kinds.has('Node') && kinds.has('RuntimeUpgrade'),
    'keeps an upgrade that is deleted until no node is half-way': isKept,
    'takes a node there by a Job': phase('job') === 'done',
    'stops a Job that it has to undo': suspended,
  }
  stop.abort()
  await clock.advance(60_000)
  await running
  return ALL.filter((one) => able[one])
}

function statusOf(version: string): object {
  return {
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    nodeInfo: { containerRuntimeVersion: `containerd://${version}` },
  }
}

function nodeOf(name: string) {
  const metadata = { name, labels: { name }, annotations: { [SLOT]: '1' } }
  return { metadata, spec: {}, status: statusOf('1') }
}

/** An upgrade of the node of that name. */
function upgradeOf(name: string, more: Partial<UpgradeSpecInput>) {
  const spec: UpgradeSpecInput = {
    target: { version: '2' },
    nodeSelector: { name },
    canary: { nodes: 1 },
    soak: { duration: '2s', patience: '1s', deadline: '1m' },
    bake: '0s',
    ...more,
  }
  return { metadata: { name }, spec }
}

const REPORT = {
  metadata: { name: 'report', namespace: 'fairlead' },
  data: {
    'summary.json': JSON.stringify({
      kind: 'fairlead.lab.summary',
      version: 1,
      startedAt: '2026-11-29T11:00:00Z',
      durationMs: 1,
      runtimes: [{ name: 'r', version: '2' }],
      scenarios: [{ name: 's' }],
      cells: [{ runtime: 'r', scenario: 's', verdicts: [{ word: 'pass', count: 1 }] }],
    }),
  },
}

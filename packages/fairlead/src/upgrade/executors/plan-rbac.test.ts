import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import type { PolicyRule } from '../../kube/rbac.ts'
import { NODES } from '../../kube/resources.ts'
import { PLAN } from '../node-contract.ts'
import { specSchema } from '../spec.ts'
import { executorOf } from './executor-of.ts'
import { JOBS, UPGRADE_LABEL } from './jobs.ts'
import { NODE_OF_JOB, PLAN_OF_JOB, PLANS } from './plans.ts'

const MANIFESTS = ['controller.yaml', 'controller-plans.yaml'].map(
  (file) => new URL(`../../../../../deploy/kubernetes/${file}`, import.meta.url),
)

const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ namespace: z.string().optional() }),
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
    }),
  ),
})

const ALL = ['makes a Plan', 'sees its Jobs', 'stops a Job', 'sends a node back']

/** What is lost without a verb; each of them is needed. */
const WITHOUT: Readonly<Record<string, readonly string[]>> = {
  'get plans': ['makes a Plan', 'stops a Job', 'sends a node back'],
  'create plans': ['makes a Plan', 'stops a Job', 'sends a node back'],
  'list jobs': ['sees its Jobs', 'stops a Job', 'sends a node back'],
  'patch jobs': ['stops a Job', 'sends a node back'],
}

/** Of the ClusterRole, and of the Role where system-upgrade-controller is. */
let cluster: readonly PolicyRule[]
let own: readonly PolicyRule[]

beforeAll(async () => {
  const texts = await Promise.all(MANIFESTS.map((file) => readFile(file, 'utf8')))
  const roles = texts
    .flatMap((text) => parseAllDocuments(text))
    .flatMap((document) => roleSchema.safeParse(document.toJS()).data ?? [])
  const rulesOf = (namespace?: string) =>
    roles.filter(({ metadata }) => metadata.namespace === namespace).flatMap(({ rules }) => rules)
  cluster = rulesOf()
  own = rulesOf('system-upgrade')
})

test('with the roles in deploy/ a controller can do everything', async () => {
  expect(await ableWith([...cluster, ...own])).toEqual(ALL)
  const verbs = own.flatMap((rule) => rule.verbs.map((verb) => `${verb} ${rule.resources.join()}`))
  expect(verbs.sort()).toEqual(Object.keys(WITHOUT).sort())
})

test.each(Object.entries(WITHOUT))('a controller without %s no longer %j', async (verb, lost) => {
  const less = own.map((rule) => ({
    ...rule,
    verbs: rule.verbs.filter((one) => `${one} ${rule.resources.join()}` !== verb),
  }))
  expect(await ableWith([...cluster, ...less])).toEqual(ALL.filter((one) => !lost.includes(one)))
})

async function ableWith(rules: readonly PolicyRule[]): Promise<readonly string[]> {
  const { signal } = new AbortController()
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const plan = { image: 'upgrade' }
  const executor = executorOf(specSchema.parse({ target: { version: '2' }, executor: { plan } }), {
    api: server.client({ user: 'controller', rules }),
    clock: sleepClock(),
    namespace: 'fairlead',
    upgrade: { name: 'up', uid: 'u' },
    nodes: () => server.store.objects(NODES),
    jobs: () => new Map(),
  })
  const forward = executor.marksFor('upgrade', '2').labels?.[PLAN] ?? ''
  const node = server.seed(NODES, { metadata: { name: 'n1' } })
  const move = (version: string) =>
    executor.move(
      {
        node,
        version,
        note: { upgrade: 'u', wave: 0, phase: 'upgrade', since: '', from: '1', cordoned: false },
      },
      signal,
    )
  const job = () => server.store.objects(JOBS).get('system-upgrade/job')
  const able = new Set<string>()
  await move('2')
  if (server.store.objects(PLANS).size === 1) able.add('makes a Plan')
  if ((await executor.look?.(signal)) === undefined) able.add('sees its Jobs')
  const labels = { [UPGRADE_LABEL]: 'up', [PLAN_OF_JOB]: forward, [NODE_OF_JOB]: 'n1' }
  const metadata = { name: 'job', namespace: 'system-upgrade', labels }
  server.seed(JOBS, { metadata, spec: { suspend: false } })
  await move('1')
  if (JSON.stringify(job()?.spec) === '{"suspend":true}') able.add('stops a Job')
  const conditions = [{ type: 'Suspended', status: 'True' }]
  const stopped = job()
  if (stopped !== undefined && able.has('stops a Job')) {
    server.store.put(JOBS, { ...stopped, status: { conditions } })
  }
  await move('1')
  const sent = server.store.objects(NODES).get('n1')?.metadata.labels?.[PLAN]
  if (sent?.includes('-rollback-') === true) able.add('sends a node back')
  return ALL.filter((one) => able.has(one))
}

import { expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import type { KubeObject } from '../../kube/api.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import { NODES } from '../../kube/resources.ts'
import { type NodePhase, PLAN } from '../node-contract.ts'
import { specSchema } from '../spec.ts'
import { executorOf } from './executor-of.ts'
import { JOBS, UPGRADE_LABEL } from './jobs.ts'
import { NODE_OF_JOB, PLAN_OF_JOB, PLANS, throughLabel } from './plans.ts'

const { signal } = new AbortController()
const NAMESPACE = 'system-upgrade'

function testbed(more: object = {}) {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const clock = sleepClock()
  const spec = specSchema.parse({
    target: { version: 'v1.33.1+k3s1' },
    timeout: '10m',
    executor: { plan: { image: 'rancher/k3s-upgrade', nodeInfo: 'kubeletVersion', ...more } },
  })
  const executor = executorOf(spec, {
    api: server.client(),
    clock,
    namespace: 'fairlead',
    upgrade: { name: 'up', uid: 'u' },
    nodes: () => server.store.objects(NODES),
    jobs: () => new Map(),
  })
  server.seed(NODES, { metadata: { name: 'n1' }, status: { nodeInfo: {} } })
  const node = (): KubeObject => {
    const found = server.store.objects(NODES).get('n1')
    if (found === undefined) throw new Error('there is no n1')
    return found
  }
  const write = (change: Partial<KubeObject>) => server.store.put(NODES, { ...node(), ...change })
  /** What the write by which the node enters a phase makes of it. */
  const enters = (phase: NodePhase, version?: string) => {
    const { labels = {} } = executor.marksFor(phase, version)
    const kept = Object.entries({ ...node().metadata.labels, ...labels }).flatMap(([key, value]) =>
      value === null ? [] : [[key, value]],
    )
    write({ metadata: { ...node().metadata, labels: Object.fromEntries(kept) } })
    return label()
  }
  const label = () => node().metadata.labels?.[PLAN]
  const says = (kubeletVersion: string) => write({ status: { nodeInfo: { kubeletVersion } } })
  const moveTo = (version: string, phase: NodePhase) => ({
    node: node(),
    version,
    note: { upgrade: 'u', wave: 0, phase, since: '', from: OLD, cordoned: false },
  })
  const plans = () => [...server.store.objects(PLANS).values()]
  const jobs = () => [...server.store.objects(JOBS).values()]
  const seedJob = (plan = '', status: object = {}) =>
    server.seed(JOBS, {
      metadata: {
        name: `apply-${plan}-on-n1`,
        namespace: NAMESPACE,
        labels: { [UPGRADE_LABEL]: 'up', [PLAN_OF_JOB]: plan, [NODE_OF_JOB]: 'n1' },
      },
      spec: { parallelism: 1 },
      status,
    })
  const tellJob = (status: object) => {
    for (const job of jobs()) server.store.put(JOBS, { ...job, status })
  }
  return {
    server,
    clock,
    executor,
    enters,
    label,
    says,
    write,
    node,
    moveTo,
    plans,
    jobs,
    seedJob,
    tellJob,
  }
}

const OLD = 'v1.32.5+k3s1'
const NEW = 'v1.33.1+k3s1'

test('there is one Plan for the version, for nodes that are under way, and it leaves cordons alone', async () => {
  const { executor, moveTo, enters, plans } = testbed({ serviceAccountName: 'system-upgrade' })
  const plan = enters('upgrade', NEW)
  for (let time = 0; time < 2; time++)
    expect(await executor.move(moveTo(NEW, 'upgrade'), signal)).toBeUndefined()
  expect(plans().map(({ metadata, spec }) => ({ metadata, spec }))).toEqual([
    {
      metadata: expect.objectContaining({
        name: plan,
        namespace: NAMESPACE,
        labels: { [UPGRADE_LABEL]: 'up' },
        ownerReferences: [expect.objectContaining({ kind: 'RuntimeUpgrade', uid: 'u' })],
      }),
      spec: {
        concurrency: 1_000_000,
        exclusive: true,
        jobActiveDeadlineSecs: 600,
        nodeSelector: { matchLabels: { [PLAN]: plan } },
        serviceAccountName: 'system-upgrade',
        tolerations: [{ operator: 'Exists' }],
        version: NEW,
        upgrade: { image: 'rancher/k3s-upgrade', envs: [] },
      },
    },
  ])
})

test.each(['soak', 'failed', 'rollback', 'rolled-back', 'done'] as const)(
  'a node that enters %s is in no Plan',
  (phase) => {
    const { enters } = testbed()
    expect(enters('upgrade', NEW)).toMatch(/^up-upgrade-/)
    expect(enters(phase)).toBeUndefined()
  },
)

test('a node is there when its Job has succeeded and it says the version, and soaks by what it says', () => {
  const { executor, moveTo, enters, node, says, write } = testbed()
  const plan = enters('upgrade', NEW) ?? ''
  says(NEW)
  const { progress } = executor
  expect(progress(moveTo(NEW, 'upgrade'))).toEqual({
    at: 'on-the-way',
    why: `system-upgrade-controller is not through with Plan ${NAMESPACE}/${plan}`,
  })
  const { metadata } = node()
  write({ metadata: { ...metadata, labels: { ...metadata.labels, [throughLabel(plan)]: 'hash' } } })
  expect(progress(moveTo(NEW, 'upgrade'))).toEqual({ at: 'there' })
  says(OLD)
  expect(progress(moveTo(NEW, 'upgrade'))).toMatchObject({ why: `it says that it runs ${OLD}` })
  enters('soak')
  says(NEW)
  expect(progress(moveTo(NEW, 'soak'))).toEqual({ at: 'there' })
})

test('a Job that fails is told', async () => {
  const { executor, moveTo, enters, seedJob } = testbed()
  const job = seedJob(enters('upgrade', NEW), { conditions: [{ type: 'Failed', status: 'True' }] })
  expect(await executor.look?.(signal)).toBeUndefined()
  expect(executor.progress(moveTo(NEW, 'upgrade'))).toEqual({
    at: 'failed',
    reason: `its Job ${job.metadata.name} failed`,
  })
})

test('a Job on a node that is in its Plan goes on; one of a node that is gone is suspended', async () => {
  const { server, executor, enters, node, seedJob, jobs } = testbed()
  seedJob(enters('upgrade', NEW), { active: 1 })
  const looked = async () => {
    expect(await executor.look?.(signal)).toBeUndefined()
    return jobs()[0]?.spec
  }
  expect(await looked()).not.toHaveProperty('suspend')
  server.store.remove(NODES, node())
  expect(await looked()).toMatchObject({ suspend: true })
})

test('before the way back the Job that goes forward is suspended, and its last pod gone', async () => {
  const { executor, moveTo, enters, label, seedJob, tellJob, jobs } = testbed()
  seedJob(enters('upgrade', NEW), { active: 1 })
  enters('rollback', OLD)
  const back = async () => {
    expect(await executor.move(moveTo(OLD, 'rollback'), signal)).toBeUndefined()
    return label()
  }
  expect(await back()).toBeUndefined()
  expect(jobs()[0]?.spec).toMatchObject({ suspend: true })
  expect(executor.progress(moveTo(OLD, 'rollback'))).toMatchObject({
    why: expect.stringMatching(/^what Plan up-upgrade-\w+ does on it is stopped first$/),
  })
  // The Job controller has not looked yet; then a pod takes its time to end.
  tellJob({ active: 0 })
  expect(await back()).toBeUndefined()
  const conditions = [{ type: 'Suspended', status: 'True' }]
  tellJob({ active: 0, terminating: 1, conditions })
  expect(await back()).toBeUndefined()
  tellJob({ active: 0, terminating: 0, conditions })
  expect(await back()).toMatch(/^up-rollback-/)
})

test('where there is no Job yet, the way back waits until nobody makes one any more', async () => {
  const { clock, executor, moveTo, enters, label } = testbed()
  enters('upgrade', NEW)
  enters('rollback', OLD)
  const back = async () => {
    expect(await executor.move(moveTo(OLD, 'rollback'), signal)).toBeUndefined()
    return label()
  }
  expect(await back()).toBeUndefined()
  await clock.advance(59_000)
  expect(await back()).toBeUndefined()
  await clock.advance(1_000)
  expect(await back()).toMatch(/^up-rollback-/)
})

test('a node that was through goes back at once', async () => {
  const { executor, moveTo, enters, label, node, write } = testbed()
  const { metadata } = node()
  const plan = enters('upgrade', NEW) ?? ''
  write({ metadata: { ...metadata, labels: { [throughLabel(plan)]: 'hash' } } })
  enters('rollback', OLD)
  await executor.move(moveTo(OLD, 'rollback'), signal)
  expect(label()).toMatch(/^up-rollback-/)
})

test('a Plan that is not taken is told', async () => {
  const { server, executor, moveTo, enters, plans } = testbed()
  enters('upgrade', NEW)
  await executor.move(moveTo(NEW, 'upgrade'), signal)
  const conditions = [{ type: 'Validated', status: 'False', message: 'secret "x" not found' }]
  for (const plan of plans()) server.store.put(PLANS, { ...plan, status: { conditions } })
  expect(await executor.move(moveTo(NEW, 'upgrade'), signal)).toEqual({
    message: expect.stringMatching(/^Plan .* Validated is False: secret "x" not found$/),
  })
})

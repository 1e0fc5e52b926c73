import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KubeApi, KubeObject } from '../packages/fairlead/src/kube/api.ts'
import { CONFIG_MAPS, EVENTS, NODES } from '../packages/fairlead/src/kube/resources.ts'
import { summaryOf } from '../packages/fairlead/src/lab/report/summary.ts'
import { fakeReport, fakeTrial } from '../packages/fairlead/src/lab/report/ui/fake-report.ts'
import { RUNTIME_UPGRADES } from '../packages/fairlead/src/upgrade/resource.ts'
import { JOBS } from '../packages/fairlead/src/upgrade/executors/jobs.ts'
import { PLANS, throughLabel } from '../packages/fairlead/src/upgrade/executors/plans.ts'
import {
  PLAN,
  SLOT,
  SLOT_RESULT,
  SLOT_TARGET,
} from '../packages/fairlead/src/upgrade/node-contract.ts'
import { runInProcess } from '../tests/in-process-cli.ts'
import { ASSETS, freePort } from './api-server.ts'
import { applyManifests, startUpgradeCluster, type UpgradeCluster } from './cluster.ts'
import { until } from './support.ts'

const CALL = { timeoutMs: 30_000 }
/** In memory, where every build runs it, so many are enough; with FAIRLEAD_UPGRADE_NODES, or a real server, more. */
const NODES_COUNT = Number(
  process.env['FAIRLEAD_UPGRADE_NODES'] ?? (ASSETS === undefined ? 100 : 1_000),
)
const CANARY = 3
const [OLD, NEW] = ['containerd-1.7.24', 'containerd-2.1.9']

let folder: string
let cluster: UpgradeCluster
let api: KubeApi

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-upgrade-'))
  cluster = await startUpgradeCluster()
  ;({ api } = cluster)
  for (const user of ['admin', 'controller']) {
    await writeFile(path.join(folder, `${user}.kubeconfig`), cluster.kubeconfig(user))
  }
  const names = Array.from({ length: NODES_COUNT }, (_, index) => `node-${index}`)
  for (let from = 0; from < names.length; from += 50) {
    await Promise.all(names.slice(from, from + 50).map((name) => newNode(name)))
  }
})

afterAll(async () => {
  await cluster[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test(`${NODES_COUNT} nodes: a canary fails and goes back, somebody lets the rest go on, and it gets everywhere`, async () => {
  const agents = new AbortController()
  // The first that is sent to the version does not bear it.
  const fleet = runAgents(agents.signal)
  const stop = new AbortController()
  const addresses = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
  const controllers = addresses.map((address) =>
    fairlead(['controller', '--identity', address, '--http', address], 'controller', stop.signal),
  )

  const lab = { configMap: 'lab-report', version: '1', runtime: 'r1' }
  const file = await policy('containerd-2-1', { gates: [{ name: 'lab', lab }] })
  const early = await fairlead(['upgrade', 'plan', file])
  expect(early).toMatchObject({ code: 1 })
  expect(early.out).toContain(
    'the ConfigMap fairlead/lab-report is not there; run `fairlead lab run --runtime r1 ',
  )
  const report = { metadata: { name: 'lab-report', namespace: 'fairlead' }, data: LAB_REPORT }
  const made = await api.create(
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'ConfigMap', ...report },
    CALL,
  )
  expect(made).toMatchObject({ ok: true })
  const plan = await fairlead(['upgrade', 'plan', file])
  expect(plan.out).toContain(
    `${NODES_COUNT} nodes go to ${NEW}, at most ${NODES_COUNT} out of service at once`,
  )
  expect(plan.out).toMatch(new RegExp(`^canary +${CANARY} `, 'm'))
  expect((await fairlead(['upgrade', 'apply', file])).out).toContain('containerd-2-1: created')
  const stopped = await fairlead(['upgrade', 'status', 'containerd-2-1', '--watch'])
  expect(stopped).toMatchObject({ code: 1 })
  expect(stopped.out).toMatch(/Stopped: node node-\d+ is not on \S+: did not start\n/)

  const resumed = await fairlead(['upgrade', 'resume', 'containerd-2-1'])
  expect(resumed.out).toBe('containerd-2-1: goes on with 1 failed\n')
  await until(async () => (await phase()) !== 'Stopped')
  const answers = (path: string) =>
    Promise.all(addresses.map(async (address) => (await fetch(`http://${address}${path}`)).text()))
  expect(await answers('/healthz')).toEqual(Array(2).fill('[+]looking ok\n'))
  expect(await answers('/readyz')).toEqual(Array(2).fill('[+]lease ok\n'))
  const metrics = await answers('/metrics')
  expect(metrics.filter((text) => text.includes('fairlead_controller_leader 1\n'))).toHaveLength(1)
  expect(metrics.join('')).toContain(
    'fairlead_controller_upgrade_failures{upgrade="containerd-2-1"} 1\n',
  )
  const done = await fairlead(['upgrade', 'status', 'containerd-2-1', '--watch'])
  expect(done, done.err).toMatchObject({ code: 0 })
  expect(done.out).toContain('Complete: every node is done')
  expect(await running(NEW)).toBe(NODES_COUNT - 1)
  await until(async () => (await reasons('RuntimeUpgrade')).has('Complete'))
  for (const reason of ['WaveOpened', 'NodeFailed', 'Stopped']) {
    expect(await reasons('RuntimeUpgrade')).toContain(reason)
  }
  for (const reason of ['RuntimeUpgradeBegun', 'RuntimeUpgraded', 'RuntimeRolledBack']) {
    expect(await reasons('Node')).toContain(reason)
  }
  expect(await cordoned()).toBe(0)
  expect((await fairlead(['upgrade', 'history'])).out).toMatch(
    new RegExp(`^containerd-2-1 +${NEW} +Complete +${NODES_COUNT - 1} of ${NODES_COUNT} +1 `, 'm'),
  )

  stop.abort()
  for (const { err } of await Promise.all(controllers)) expect(err).not.toMatch(/forbidden/)
  agents.abort()
  await fleet
}, 120_000)

/** Of the Events on objects of this kind. */
async function reasons(kind: string): Promise<Set<unknown>> {
  const listed = await api.list(EVENTS, {}, CALL)
  const events = listed.ok ? listed.value.items : []
  return new Set(
    events
      .filter(({ involvedObject }) => Reflect.get(Object(involvedObject), 'kind') === kind)
      .map(({ reason }) => reason),
  )
}

async function phase(): Promise<unknown> {
  const read = await api.get({ resource: RUNTIME_UPGRADES, name: 'containerd-2-1' }, CALL)
  return read.ok ? Reflect.get(Object(read.value.status), 'phase') : undefined
}

test.skipIf(ASSETS === undefined)('a real API server refuses what no policy may be', async () => {
  const made = (name: string, spec: object) =>
    api.create(RUNTIME_UPGRADES, { ...HEAD, metadata: { name }, spec }, CALL)
  const target = { version: NEW }
  const refusals: readonly [object, string][] = [
    [{}, 'spec.target: Required value'],
    [{ target, waves: ['150%'] }, 'spec.waves[0]'],
    [{ target, soak: { duration: '1h' } }, 'deadline is shorter than duration'],
    [{ target, windows: [{ start: '22:00', end: '22:00' }] }, 'end is the same as start'],
    [{ target, executor: { slot: {}, job: { image: 'x' } } }, 'more than one executor'],
    [{ target, gates: [{ name: 'nothing' }] }, 'a gate is one of'],
  ]
  for (const [spec, sentence] of refusals) {
    expect(await made('refused', spec), sentence).toMatchObject({
      error: { message: expect.stringContaining(sentence) },
    })
  }
  expect(await made('kept', { target, paused: true })).toMatchObject({ ok: true })
  const ref = { resource: RUNTIME_UPGRADES, name: 'kept' }
  const changed = { spec: { target: { version: OLD } } }
  expect(await api.patch(ref, changed, { ...CALL, kind: 'merge' })).toMatchObject({
    error: { message: expect.stringContaining('cannot be changed once it is there') },
  })
})

// The Plans that are written are those that the kind's own schema takes where FAIRLEAD_PLAN_CRD names the file of it
// (pkg/crds/yaml/generated/upgrade.cattle.io_plans.yaml of rancher/system-upgrade-controller).
test.skipIf(ASSETS === undefined)(
  'Plans, with the roles in deploy/',
  async () => {
    await applyManifests(api, process.env['FAIRLEAD_PLAN_CRD'] ?? (await planDefinition()))
    const namespaces = { ...NODES, plural: 'namespaces', kind: 'Namespace' }
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'system-upgrade' } }
    expect(await api.create(namespaces, space, CALL)).toMatchObject({ ok: true })
    await applyManifests(api, 'deploy/kubernetes/controller-plans.yaml')
    await until(async () => (await api.list(PLANS, {}, CALL)).ok)
    const nodeInfo = { kubeletVersion: 'v1.32.5+k3s1' }
    await newNode('k3s-0', { pool: 'k3s' }, nodeInfo)
    const stop = new AbortController()
    const controller = fairlead(['controller', '--identity', 'three'], 'controller', stop.signal)

    const plan = {
      image: 'rancher/k3s-upgrade',
      nodeInfo: 'kubeletVersion',
      args: ['upgrade'],
      env: { A: 'b' },
    }
    const file = await policy('k3s', {
      target: { version: 'v1.33.1+k3s1' },
      nodeSelector: { pool: 'k3s' },
      executor: { plan },
    })
    const told = await fairlead(['upgrade', 'plan', file])
    expect(told.out).toContain('system-upgrade-controller in system-upgrade moves each node')
    await fairlead(['upgrade', 'apply', file])
    await until(async () => (await plans()).length === 1)
    const [written] = await plans()
    const name = written?.metadata.name ?? ''
    expect(written?.spec).toEqual({
      concurrency: 1_000_000,
      exclusive: true,
      jobActiveDeadlineSecs: 900,
      nodeSelector: { matchLabels: { [PLAN]: name } },
      tolerations: [{ operator: 'Exists' }],
      version: 'v1.33.1+k3s1',
      upgrade: { image: plan.image, args: plan.args, envs: [{ name: 'A', value: 'b' }] },
    })
    const selected = await api.list(NODES, { labelSelector: `${PLAN}=${name}` }, CALL)
    expect(selected).toMatchObject({ value: { items: [{ metadata: { name: 'k3s-0' } }] } })

    // What system-upgrade-controller and the kubelet do.
    const ref = { resource: NODES, name: 'k3s-0' }
    const done = { metadata: { labels: { [throughLabel(name)]: 'a1b2' } } }
    await api.patch(ref, done, { ...CALL, kind: 'merge' })
    const says = { status: { nodeInfo: { kubeletVersion: 'v1.33.1+k3s1' } } }
    await api.patch(ref, says, { ...CALL, kind: 'merge', subresource: 'status' })
    const status = await fairlead(['upgrade', 'status', 'k3s', '--watch'])
    expect(status, status.err).toMatchObject({ code: 0 })
    const back = await fairlead(['upgrade', 'rollback', 'k3s', '--scope', 'all'])
    expect(back, back.err).toMatchObject({ code: 0 })
    await until(async () => (await plans()).length === 2)
    stop.abort()
    expect((await controller).err).not.toMatch(/forbidden|invalid/)
  },
  60_000,
)

test.skipIf(ASSETS === undefined)(
  'a real API server takes the Jobs of job and talos',
  async () => {
    const stop = new AbortController()
    const controller = fairlead(['controller', '--identity', 'four'], 'controller', stop.signal)
    const info = { osImage: 'Talos (v1.12.4)', containerRuntimeVersion: 'containerd://2.1.6' }
    for (const [name, executor] of Object.entries({
      job: { job: { image: 'x' } },
      talos: { talos: {} },
    })) {
      await newNode(`${name}-0`, { pool: name }, info)
      const file = await policy(name, { nodeSelector: { pool: name }, executor })
      await fairlead(['upgrade', 'apply', file])
    }
    const made = async () => {
      const listed = await api.list(JOBS, {}, CALL)
      return listed.ok ? listed.value.items : []
    }
    await until(async () => (await made()).length === 2)
    expect(JSON.stringify(await made())).toContain('"--nodes=192.0.2.7"')
    stop.abort()
    expect((await controller).err).not.toMatch(/forbidden|invalid/)
  },
  60_000,
)

async function plans(): Promise<readonly KubeObject[]> {
  const listed = await api.list(PLANS, {}, CALL)
  return listed.ok ? listed.value.items : []
}

/** The least that is a Plan. */
async function planDefinition(): Promise<string> {
  const { group, version, plural, kind } = PLANS
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const one = { name: version, served: true, storage: true, schema: { openAPIV3Schema } }
  const names = { plural, kind, singular: 'plan', listKind: 'PlanList' }
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names,
      versions: [{ ...one, subresources: { status: {} } }],
    },
  }
  const file = path.join(folder, 'plans.yaml')
  await writeFile(file, JSON.stringify(definition))
  return file
}

const HEAD = { apiVersion: 'fairlead.dev/v1alpha1', kind: 'RuntimeUpgrade' }

/** What `fairlead lab run` leaves for a ConfigMap. */
const LAB_REPORT = {
  'summary.json': JSON.stringify(
    summaryOf({
      ...fakeReport(['s1', 's2'].map((scenario) => fakeTrial({ scenario }))),
      startedAt: new Date().toISOString(),
    }),
  ),
}

async function policy(name: string, more: object = {}): Promise<string> {
  const file = path.join(folder, `${name}.yaml`)
  const spec = {
    target: { version: NEW },
    canary: { nodes: CANARY },
    waves: ['100%'],
    maxUnavailable: '100%',
    soak: { duration: '1s', patience: '1s', deadline: '1m' },
    bake: '0s',
    onFailure: 'rollback-node',
    ...more,
  }
  await writeFile(file, JSON.stringify({ ...HEAD, metadata: { name }, spec }))
  return file
}

function fairlead(argv: readonly string[], user = 'admin', signal?: AbortSignal) {
  const flags = ['--kubeconfig', path.join(folder, `${user}.kubeconfig`)]
  return runInProcess([...argv, ...flags], signal === undefined ? {} : { signal })
}

async function newNode(name: string, labels: object = {}, nodeInfo?: object): Promise<void> {
  const status = {
    ...(nodeInfo && { nodeInfo: { ...NO_INFO, ...nodeInfo } }),
    addresses: [{ type: 'InternalIP', address: '192.0.2.7' }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  }
  const metadata = { name, labels: { ...labels }, annotations: { [SLOT]: OLD } }
  const made = await api.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata, status }, CALL)
  expect(made).toMatchObject({ ok: true })
}

/** An API server takes no part of it without the others. */
const NO_INFO = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
}

/** What the agents of all nodes do: move their node to the slot that it is sent to, and say so. */
async function runAgents(signal: AbortSignal): Promise<void> {
  let broken: string | undefined
  const move = async (node: KubeObject): Promise<void> => {
    const { name, annotations = {} } = node.metadata
    const target = annotations[SLOT_TARGET]
    if (target === undefined || annotations[SLOT_RESULT] !== undefined) return
    broken ??= name
    const fails = target === NEW && broken === name
    const result = fails
      ? { target, outcome: 'failed', message: 'did not start' }
      : { target, outcome: 'active', message: 'runs' }
    const said = {
      [SLOT_RESULT]: JSON.stringify(result),
      ...(fails ? {} : { [SLOT]: target }),
    }
    const patch = { metadata: { annotations: said } }
    await api.patch({ resource: NODES, name }, patch, { ...CALL, kind: 'merge' })
  }
  while (!signal.aborted) {
    for (const node of await nodes()) await move(node)
    await delay(200)
  }
}

async function nodes(): Promise<readonly KubeObject[]> {
  const listed = await api.list(NODES, {}, CALL)
  return listed.ok ? listed.value.items : []
}

async function running(slot: string): Promise<number> {
  return (await nodes()).filter(({ metadata }) => metadata.annotations?.[SLOT] === slot).length
}

async function cordoned(): Promise<number> {
  return (await nodes()).filter(({ spec }) => Reflect.get(Object(spec), 'unschedulable') === true)
    .length
}

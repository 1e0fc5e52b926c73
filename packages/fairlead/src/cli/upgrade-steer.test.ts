import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'
import { type KubeServer, serveKube } from '../../../../tests/kube-server.ts'
import { MemoryApiServer } from '../kube/memory-api.ts'
import { CONFIG_MAPS, NODES } from '../kube/resources.ts'
import { RUNTIME_UPGRADES } from '../upgrade/resource.ts'
import { NOTE, SLOT } from '../upgrade/node-contract.ts'

let folder: string
let memory: MemoryApiServer
let server: KubeServer

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-steer-'))
  memory = new MemoryApiServer({ wallMs: () => Date.now() })
  server = await serveKube(memory, { resources: [RUNTIME_UPGRADES] })
  const config = {
    clusters: [{ name: 'c', cluster: { server: server.url } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  await writeFile(path.join(folder, 'kubeconfig'), JSON.stringify(config))
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function upgrade(...argv: readonly string[]) {
  const flags = ['--kubeconfig', path.join(folder, 'kubeconfig')]
  return runInProcess(['upgrade', ...argv, ...flags])
}

const REPORT = {
  kind: 'fairlead.lab.summary',
  version: 1,
  startedAt: new Date().toISOString(),
  durationMs: 1,
  runtimes: [{ name: 'containerd@2.1.9', version: '2.1.9' }],
  scenarios: [{ name: 'dual-cni-boot', stack: 'cilium+multus' }],
  cells: [
    {
      runtime: 'containerd@2.1.9',
      scenario: 'dual-cni-boot',
      verdicts: [{ word: 'pass', count: 1 }],
    },
  ],
}

test('plan says what keeps the first node from beginning, and how to get it', async () => {
  const file = path.join(folder, 'policy.yaml')
  const gates = [{ name: 'lab', lab: { configMap: 'report', scenarios: ['dual-cni-boot'] } }]
  const policy = {
    apiVersion: 'fairlead.dev/v1alpha1',
    kind: 'RuntimeUpgrade',
    metadata: { name: 'up' },
    spec: { target: { version: 'containerd-2.1.9' }, gates },
  }
  await writeFile(file, JSON.stringify(policy))
  const without = await upgrade('plan', file)
  expect(without.code).toBe(1)
  expect(without.out).toContain(
    'nothing would begin: gate lab does not hold: the lab report in the ConfigMap fairlead/report is not there; ' +
      'run `fairlead lab run --runtime containerd@2.1.9 --scenario dual-cni-boot --report lab`, then `kubectl -n fairlead',
  )
  memory.seed(CONFIG_MAPS, {
    metadata: { name: 'report', namespace: 'fairlead' },
    data: { 'summary.json': JSON.stringify(REPORT) },
  })
  const withIt = await upgrade('plan', file)
  expect(withIt).toMatchObject({ code: 0 })
  expect(withIt.out).toContain('gate lab holds\n')
})

function spec(): unknown {
  return memory.store.objects(RUNTIME_UPGRADES).get('up')?.spec
}

function seed(status: object, more: object = {}): string {
  const node = memory.seed(RUNTIME_UPGRADES, {
    metadata: { name: 'up' },
    spec: { target: { version: 'v2' }, ...more },
    status: { ...STATUS, ...status },
  })
  return node.metadata.uid ?? ''
}

const STATUS = {
  phase: 'Progressing',
  message: 'its nodes are under way',
  total: 4,
  wave: 1,
  waves: [{ upTo: 1 }, { upTo: Number.MAX_SAFE_INTEGER }],
  started: 2,
  done: 1,
  rolledBack: 0,
  inFlight: [],
  failures: [],
}

test('pause, resume, approve and rollback change what they say, once', async () => {
  seed({ failures: [{ node: 'n1', wave: 1, reason: 'did not start', at: '' }] })
  expect(await upgrade('pause', 'up')).toMatchObject({ code: 0, out: 'up: paused\n' })
  expect((await upgrade('pause', 'up')).out).toBe('up: it is paused already\n')
  expect((await upgrade('approve', 'up')).out).toBe('up: wave 1 is approved\n')
  expect((await upgrade('resume', 'up')).out).toBe('up: goes on with 1 failed\n')
  expect(spec()).toMatchObject({ paused: false, maxFailed: 1, approvedWaves: 1 })
  expect((await upgrade('resume', 'up')).out).toBe('up: nothing holds it\n')
  expect((await upgrade('rollback', 'up', '--scope', 'wave')).out).toBe('up: goes back: wave\n')
  expect(spec()).toMatchObject({ rollback: 'wave' })
  expect((await upgrade('resume', 'up')).out).toContain('up: it is rolled back')
})

test('the tree names the nodes under way and what each waits for', async () => {
  const uid = seed({
    inFlight: [{ node: 'n1', uid: 'x', wave: 1 }],
    failures: [{ node: 'n0', wave: 0, reason: 'did not start', at: '' }],
  })
  const note = { upgrade: uid, wave: 1, phase: 'upgrade', from: 'v1', cordoned: false }
  const annotations = {
    [SLOT]: 'v1',
    [NOTE]: JSON.stringify({ ...note, since: new Date(Date.now() - 5_000).toISOString() }),
    'fairlead.dev/runtime-slot-target': 'v2',
  }
  const ready = { conditions: [{ type: 'Ready', status: 'True' }] }
  memory.seed(NODES, { metadata: { name: 'n1', annotations }, status: ready })
  memory.seed(NODES, { metadata: { name: 'n2', annotations: { [SLOT]: 'v1' } }, status: {} })
  const { code, out } = await upgrade('status', 'up')
  expect(code).toBe(0)
  expect(out).toBe(
    [
      'up  v2  Progressing: its nodes are under way',
      '1 of 4 nodes done',
      '├─ canary   1 node       passed',
      '└─ wave 1   the rest     open     1 under way',
      '   └─ n1  upgrade for 5 s: its agent has not answered to v2',
      'waits: n2 is not Ready',
      'failed: n0 did not start',
      '',
    ].join('\n'),
  )
})

test('what was changed is told while no controller has looked at it', async () => {
  seed({ phase: 'Paused', message: 'spec.paused is set', observedGeneration: 1 }, { paused: true })
  expect((await upgrade('status', 'up')).out).toContain('up  v2  Paused: spec.paused is set\n')
  await upgrade('resume', 'up')
  const { out } = await upgrade('status', 'up')
  expect(out).toContain(
    'up  v2  Paused: spec.paused is set; no controller has looked at it since it was changed\n',
  )
})

test('an upgrade that is not there is told so, and what to do', async () => {
  const { code, err } = await upgrade('pause', 'none')
  expect(code).toBe(2)
  expect(err).toContain('There is no RuntimeUpgrade none.\nSee `fairlead upgrade history`.')
  expect((await upgrade('history')).out).toBe('There is no RuntimeUpgrade.\n')
})

test('an API server that cannot be reached is told in a sentence', async () => {
  await server[Symbol.asyncDispose]()
  const { code, err } = await upgrade('history')
  expect(code).toBe(3)
  expect(err).toMatch(/^error: The API server does not do it: /)
  server = await serveKube(memory)
})

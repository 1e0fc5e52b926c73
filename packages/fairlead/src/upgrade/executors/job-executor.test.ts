import { expect, test } from 'vitest'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import { NODES } from '../../kube/resources.ts'
import { gatesOf } from '../controller/gates.ts'
import type { NodeNote } from '../node-contract.ts'
import { specSchema, type UpgradeSpecInput } from '../spec.ts'
import { executorOf } from './executor-of.ts'
import { JOBS } from './jobs.ts'

const { signal } = new AbortController()
const CALL = { timeoutMs: 1_000 }

function testbed(spec: Partial<UpgradeSpecInput>, answers: unknown[] = []) {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const api = server.client()
  const clock = sleepClock()
  const status = { nodeInfo: { containerRuntimeVersion: 'containerd://1.7.24' } }
  const node = () =>
    server.store.objects(NODES).get('n1') ??
    server.seed(NODES, { metadata: { name: 'n1' }, status })
  const jobs = () => server.store.objects(JOBS)
  const world = {
    api,
    namespace: 'fairlead',
    upgrade: { name: 'up', uid: 'u' },
    nodes: () => server.store.objects(NODES),
    jobs,
    clock,
    wallMs: () => 0,
    fetch: async () => {
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return Response.json({ status: 'success', data: { result: answer } })
    },
  }
  const parsed = specSchema.parse({ target: { version: '2.1.9' }, ...spec })
  const note: NodeNote = {
    upgrade: 'u',
    wave: 0,
    phase: 'upgrade',
    since: '',
    from: '1.7.24',
    cordoned: false,
  }
  const move = (version: string) => ({ node: node(), note, version })
  const tell = async (name: string, status: object) => {
    const ref = { resource: JOBS, namespace: 'fairlead', name }
    const options = { ...CALL, kind: 'merge', subresource: 'status' } as const
    expect(await api.patch(ref, { status }, options)).toMatchObject({ ok: true })
  }
  const end = (name: string, type: string) => tell(name, { conditions: [{ type, status: 'True' }] })
  const names = () => [...jobs().values()].map(({ metadata }) => metadata.name)
  const runs = (version: string) => {
    const told = { nodeInfo: { containerRuntimeVersion: `containerd://${version}` } }
    server.store.put(NODES, { ...node(), status: told })
  }
  return {
    node,
    names,
    jobs,
    move,
    tell,
    end,
    runs,
    clock,
    executor: executorOf(parsed, world),
    gates: gatesOf(parsed, world),
  }
}

test('a Job is made once for a node, and the node is there when it says so, too', async () => {
  const { executor, move, names, jobs, end, runs } = testbed({
    executor: { job: { image: 'registry:5000/upgrade', command: ['upgrade'] } },
  })
  for (let time = 0; time < 2; time++)
    expect(await executor.move(move('2.1.9'), signal)).toBeUndefined()
  const [name = ''] = names()
  expect(names()).toHaveLength(1)
  expect(JSON.stringify([...jobs().values()])).toContain('"image":"registry:5000/upgrade:2.1.9"')
  expect(executor.progress(move('2.1.9'))).toEqual({
    at: 'on-the-way',
    why: `its Job ${name} runs`,
  })
  await end(name, 'Complete')
  expect(executor.progress(move('2.1.9'))).toMatchObject({ why: 'it says that it runs 1.7.24' })
  runs('2.1.9')
  expect(executor.progress(move('2.1.9'))).toEqual({ at: 'there' })
})

test('a Job that fails is told', async () => {
  const { executor, move, names, end } = testbed({ executor: { job: { image: 'x' } } })
  await executor.move(move('2.1.9'), signal)
  const [name = ''] = names()
  await end(name, 'Failed')
  expect(executor.progress(move('2.1.9'))).toEqual({
    at: 'failed',
    reason: `its Job ${name} failed`,
  })
})

test('before the way back the Job that goes forward is stopped, or its name taken', async () => {
  const { executor, move, jobs } = testbed({ executor: { job: { image: 'x' } } })
  await executor.move(move('1.7.24'), signal)
  const specs = [...jobs().values()].map(({ metadata, spec }) => [
    metadata.name.split('-').at(1),
    Reflect.get(Object(spec), 'suspend'),
  ])
  expect(specs).toEqual([
    ['upgrade', true],
    ['rollback', undefined],
  ])
})

test('a Job that runs is suspended, and the way back begins when its last pod is gone', async () => {
  const { executor, move, jobs, names, tell } = testbed({ executor: { job: { image: 'x' } } })
  await executor.move(move('2.1.9'), signal)
  const [forward = ''] = names()
  const stopping = { message: `its Job ${forward} is being stopped` }
  expect(await executor.move(move('1.7.24'), signal)).toEqual(stopping)
  expect([...jobs().values()][0]?.spec).toMatchObject({ suspend: true })
  const conditions = [{ type: 'Suspended', status: 'True' }]
  await tell(forward, { active: 0, terminating: 1, conditions })
  expect(await executor.move(move('1.7.24'), signal)).toEqual(stopping)
  await tell(forward, { active: 0, terminating: 0, conditions })
  expect(await executor.move(move('1.7.24'), signal)).toBeUndefined()
  expect(names()).toHaveLength(2)
})

test('a way back that comes to nothing is gone three times, five minutes apart', async () => {
  const { executor, move, names, end, clock, runs } = testbed({
    executor: { job: { image: 'x' } },
  })
  const back = async () => {
    expect(await executor.move(move('1.7.24'), signal)).toBeUndefined()
    return names().at(-1) ?? ''
  }
  runs('2.1.9')
  // The Job forward was never made, and its name is taken by one that does nothing.
  const first = await back()
  await end(names()[0] ?? '', 'Suspended')
  await end(first, 'Complete')
  expect(await back()).toBe(first)
  await clock.advance(299_000)
  expect(await back()).toBe(first)
  expect(executor.progress(move('1.7.24'))).toEqual({
    at: 'on-the-way',
    why: 'it says that it runs 2.1.9; another Job follows',
  })
  await clock.advance(1_000)
  const second = await back()
  expect(second).not.toBe(first)
  await end(second, 'Failed')
  await back()
  await clock.advance(300_000)
  const third = await back()
  await end(third, 'Failed')
  await clock.advance(300_000)
  expect(await back()).toBe(third)
  const reason = `its Job ${third} failed`
  expect(executor.progress(move('1.7.24'))).toEqual({ at: 'failed', reason })
})

test('the version may be the one of kubelet, and a + of it is no part of a tag', async () => {
  const job = { image: 'rancher/k3s-upgrade', nodeInfo: 'kubeletVersion' } as const
  const { executor, node, move, jobs } = testbed({ executor: { job } })
  const status = { nodeInfo: { kubeletVersion: 'v1.32.5+k3s1' } }
  expect(executor.versionOf({ ...node(), status })).toBe('v1.32.5+k3s1')
  await executor.move(move('v1.33.1+k3s1'), signal)
  const written = JSON.stringify([...jobs().values()])
  expect(written).toContain('"image":"rancher/k3s-upgrade:v1.33.1-k3s1"')
  expect(written).toContain('"value":"v1.33.1-k3s1"')
})

test('a lab report is asked for until nodes have begun', async () => {
  const { gates, clock } = testbed({ gates: [{ name: 'lab', lab: { configMap: 'report' } }] })
  expect(gates.preflight).toBe('its lab report has not been read')
  await gates.look(false, signal)
  const missing =
    /^gate lab does not hold: the lab report in the ConfigMap fairlead\/report is not there; run /
  expect(gates.preflight).toMatch(missing)
  expect([gates.alarm, gates.hold]).toEqual([undefined, undefined])
  await clock.advance(20_000)
  await gates.look(true, signal)
  expect(gates.preflight).toMatch(missing)
})

test('a gate that is a Job lets a node pass when it has succeeded', async () => {
  const { gates, node, names, end } = testbed({
    gates: [{ name: 'probe', job: { image: 'probe:1' } }],
  })
  expect(gates.progress(node())).toEqual({ at: 'on-the-way', why: 'probe runs' })
  for (let time = 0; time < 2; time++) expect(await gates.begin(node(), signal)).toBeUndefined()
  expect(names()).toHaveLength(1)
  await end(names()[0] ?? '', 'Complete')
  expect(gates.progress(node())).toEqual({ at: 'there' })
})

test('a query that does not hold is an alarm; one without an answer only holds', async () => {
  const prometheus = { url: 'http://prometheus:9090', query: 'ALERTS' }
  const answers = [[], [{}, {}], new Error('connect ECONNREFUSED')]
  const { gates, clock } = testbed({ gates: [{ name: 'alerts', prometheus }] }, answers)
  expect(gates.hold).toBe('its queries have not been asked')
  await gates.look(false, signal)
  expect([gates.alarm, gates.hold]).toEqual([undefined, undefined])
  await clock.advance(15_000)
  await gates.look(false, signal)
  expect(gates.alarm).toBe('gate alerts does not hold: its query has 2 results')
  await clock.advance(15_000)
  await gates.look(false, signal)
  expect([gates.alarm, gates.hold]).toEqual([
    undefined,
    'gate alerts is not known: connect ECONNREFUSED',
  ])
})

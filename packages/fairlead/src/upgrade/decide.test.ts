import { expect, test } from 'vitest'
import { Stopwatch } from './stopwatch.ts'
import { Testbed } from '../../../../tests/upgrade-testbed.ts'

const MINUTE = 60

test('the canary goes first, soaks, and only then the next wave begins', () => {
  const bed = new Testbed(10, { canary: { nodes: 2 }, waves: [5, 10] })
  bed.run(10)
  expect(bed.phases).toMatchObject({ soak: { length: 2 } })
  bed.run(2 * MINUTE)
  expect(bed.phases).toMatchObject({ soak: { length: 2 } })
  bed.run(MINUTE + 10)
  expect(bed.phases).toMatchObject({ done: { length: 2 }, soak: { length: 3 } })
})

test('it ends when every node runs the version and takes pods again', () => {
  const bed = new Testbed(10, { canary: { nodes: 1 }, waves: [5] })
  bed.run(20 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Complete', done: 10, message: 'every node is done' })
  expect([...bed.cluster.all()].filter(({ cordoned }) => cordoned)).toEqual([])
})

test('a node begins only when the stored status names it', () => {
  const bed = new Testbed(3, { canary: { nodes: 1 } })
  expect(bed.look().nodes).toEqual([])
  expect(bed.inFlight).toHaveLength(1)
  expect(bed.phases).toEqual({})
  bed.look()
  expect(bed.phases).toMatchObject({ upgrade: { length: 1 } })
  bed.look()
  expect(bed.status?.message).toBe('its nodes are under way')
})

test('asked again with nothing changed it says the same, and nothing new', () => {
  const bed = new Testbed(3, { canary: { nodes: 1 } })
  bed.run(10)
  const [first, second] = [bed.look(), bed.look()]
  expect(second.status).toBe(first.status)
  expect(second.nodes).toEqual(first.nodes)
})

test('never more nodes are out of service than maxUnavailable, those of others included', () => {
  const bed = new Testbed(20, { canary: { nodes: 0 }, maxUnavailable: 4 })
  bed.breaks('n1')
  bed.change('n2', { cordoned: true })
  for (let second = 0; second < 60 * MINUTE; second++) {
    bed.run(1)
    expect(bed.cluster.unwell.size, `${second} s`).toBeLessThanOrEqual(4)
  }
  expect(bed.status).toMatchObject({ phase: 'Complete', done: 18 })
  expect(bed.status?.message).toBe('2 nodes were left out: they could not begin')
})

test('a node that breaks while it soaks stops everything, and its wave goes back', () => {
  const bed = new Testbed(20, { canary: { nodes: 2 }, waves: [10, '100%'] })
  bed.run(4 * MINUTE)
  const [broken = ''] = bed.phases['soak'] ?? []
  bed.breaks(broken)
  bed.run(16)
  expect(bed.status?.failures).toMatchObject([{ node: broken, wave: 1 }])
  bed.run(5)
  bed.change(broken, { ready: true })
  bed.run(5)
  expect(bed.status?.phase).toBe('Stopped')
  expect(bed.status?.message).toBe(`node ${broken} is not Ready after it ran 2`)
  expect(bed.phases).toMatchObject({ done: { length: 2 }, 'rolled-back': { length: 8 } })
  expect(bed.cluster.get(broken)).toMatchObject({ version: '1', cordoned: false })
  bed.run(60 * MINUTE)
  expect(bed.status?.started).toBe(10)
})

test('a lapse within patience only begins the soak anew', () => {
  const bed = new Testbed(1)
  bed.run(2 * MINUTE)
  bed.breaks('n0')
  bed.run(10)
  bed.change('n0', { ready: true, readyMark: bed.nowMs })
  bed.run(2 * MINUTE + 50)
  expect(bed.phases).toEqual({ soak: ['n0'] })
  bed.run(20)
  expect(bed.phases).toEqual({ done: ['n0'] })
})

test('a lapse between two looks is seen by when Ready changed', () => {
  const bed = new Testbed(1)
  bed.run(2 * MINUTE)
  bed.change('n0', { readyMark: bed.nowMs })
  bed.run(2 * MINUTE)
  expect(bed.phases).toEqual({ soak: ['n0'] })
})

test('a node that flaps for ever has failed', () => {
  const bed = new Testbed(1, { onFailure: 'pause' })
  for (let minute = 0; minute < 16; minute++) {
    bed.run(MINUTE)
    bed.change('n0', { readyMark: bed.nowMs })
  }
  expect(bed.status?.failures).toMatchObject([{ reason: 'was not steady in time, it flaps' }])
  expect(bed.phases).toEqual({ failed: ['n0'] })
})

test('a node that breaks within the bake time after its soak stops it, too', () => {
  const bed = new Testbed(10, { canary: { nodes: 1 }, bake: '10m' })
  bed.run(5 * MINUTE)
  const [done = ''] = bed.phases['done'] ?? []
  bed.breaks(done)
  bed.run(30)
  expect(bed.status?.failures).toMatchObject([{ node: done }])
  expect(bed.cluster.get(done)?.version).toBe('1')
})

test('a node that breaks later is not held against the version, but is out of service', () => {
  const bed = new Testbed(10, { canary: { nodes: 1 }, waves: [3], bake: '1m', maxUnavailable: 1 })
  bed.run(6 * MINUTE)
  const [done = ''] = bed.phases['done'] ?? []
  bed.breaks(done)
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Progressing', failures: [] })
  expect(bed.status?.message).toBe('maxUnavailable is 1, and so many are out of service')
})

/** Twenty of sixty nodes are done, and the bake time is over; the others wait for approval. */
function twentyOfSixty(): { bed: Testbed; done: string[]; others: string[] } {
  const waiting = { approval: 'every-wave', approvedWaves: 1 } as const
  const bed = new Testbed(60, { canary: { nodes: 0 }, waves: [20, 60], bake: '1m', ...waiting })
  bed.run(8 * MINUTE)
  const { done = [] } = bed.phases
  const names = Array.from({ length: 60 }, (_, index) => `n${index}`)
  return { bed, done, others: names.filter((name) => !done.includes(name)) }
}

test('when far more of the nodes that are done turn ill than of the others, they have failed', () => {
  const { bed, done } = twentyOfSixty()
  for (const name of done.slice(0, 8)) bed.breaks(name)
  bed.run(MINUTE)
  expect(bed.status?.failures).toEqual([])
  bed.run(2)
  expect(bed.status?.failures).toHaveLength(8)
  expect(bed.status?.failures[0]).toMatchObject({
    phase: 'done',
    reason:
      'is not Ready long after it was done; of 20 nodes that got 2 8 have failed, of 40 others 0 are ill',
  })
  bed.run(MINUTE)
  expect(bed.phases).toMatchObject({ rollback: { length: 8 }, done: { length: 12 } })
})

test('a fault that has stopped it is found on the nodes that turn ill one by one afterwards', () => {
  const { bed, done } = twentyOfSixty()
  for (const name of done.slice(0, 8)) bed.breaks(name)
  bed.run(2 * MINUTE)
  bed.breaks(done[9] ?? '')
  bed.run(2 * MINUTE)
  expect(bed.status?.failures).toHaveLength(9)
})

test('when the others turn ill as often, it is not the version', () => {
  const { bed, done, others } = twentyOfSixty()
  for (const name of [...done.slice(0, 8), ...others.slice(0, 12)]) bed.breaks(name)
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Progressing', failures: [] })
})

test('a node that turned ill before the bake time was over has failed by itself', () => {
  const bed = new Testbed(10, { canary: { nodes: 1 }, bake: '1m', approval: 'after-canary' })
  bed.run(3 * MINUTE + 55)
  const [done = ''] = bed.phases['done'] ?? []
  bed.breaks(done)
  bed.run(30)
  expect(bed.status?.failures).toMatchObject([{ node: done, phase: 'done' }])
})

test('a controller that takes over watches all that is done for the bake time, and no longer', () => {
  const { bed, done } = twentyOfSixty()
  bed.watch = new Stopwatch(() => bed.nowMs)
  bed.run(2 * MINUTE)
  bed.breaks(done[0] ?? '')
  bed.run(10 * MINUTE)
  expect(bed.status?.failures).toEqual([])
})

test.each([
  ['pause', { failed: { length: 1 }, done: { length: 2 } }],
  ['rollback-node', { 'rolled-back': { length: 1 }, done: { length: 2 } }],
  ['rollback-all', { 'rolled-back': { length: 3 } }],
] as const)('onFailure %s', (onFailure, phases) => {
  const bed = new Testbed(6, { canary: { nodes: 2 }, waves: [3, 6], onFailure })
  bed.run(4 * MINUTE)
  const [broken = ''] = bed.phases['soak'] ?? []
  bed.failing.set(broken, 'did not start')
  bed.run(2 * MINUTE)
  expect(bed.phases).toMatchObject(phases)
  expect(bed.status?.failures).toMatchObject([{ node: broken, reason: 'did not start' }])
  expect(bed.status?.phase).toBe(onFailure === 'rollback-all' ? 'RolledBack' : 'Stopped')
})

test('rolling back everything keeps to maxUnavailable, and takes what is broken first', () => {
  const bed = new Testbed(10, { canary: { nodes: 0 }, waves: [10], maxUnavailable: 2, bake: '1h' })
  bed.run(20 * MINUTE)
  expect(bed.status?.done).toBe(10)
  bed.change('n3', { ready: false })
  bed.spec = { ...bed.spec, rollback: 'all' }
  bed.look()
  expect(bed.inFlight[0]).toBe('n3')
  expect(bed.inFlight).toHaveLength(2)
  bed.change('n3', { ready: true })
  for (let second = 0; second < 60; second++) {
    bed.run(1)
    expect(bed.cluster.unwell.size).toBeLessThanOrEqual(2)
  }
  expect(bed.status).toMatchObject({ phase: 'RolledBack', rolledBack: 10 })
})

test('a node that is done gives its place back before it is sent back, with a place that says so', () => {
  const bed = new Testbed(3, { canary: { nodes: 1 } })
  let before = bed.status
  for (let second = 0; bed.phases['done'] === undefined && second < 300; second++) {
    before = bed.status
    bed.run(1)
  }
  // Somebody orders the way back before the place is given back.
  bed.status = before
  bed.spec = { ...bed.spec, rollback: 'all' }
  expect(bed.look().nodes).toEqual([])
  expect(bed.status?.inFlight).toMatchObject([{ back: true }])
  bed.run(5)
  expect(bed.status?.phase).toBe('RolledBack')
})

test('an upgrade that is complete can still be rolled back', () => {
  const bed = new Testbed(3)
  bed.run(20 * MINUTE)
  expect(bed.status?.phase).toBe('Complete')
  bed.spec = { ...bed.spec, rollback: 'all' }
  bed.run(10)
  expect(bed.status).toMatchObject({ phase: 'RolledBack', done: 0, rolledBack: 3 })
})

test('resume: with maxFailed raised to what has failed, the rest goes on', () => {
  const bed = new Testbed(6, { canary: { nodes: 1 }, onFailure: 'rollback-node' })
  bed.run(5)
  const [canary = ''] = bed.inFlight
  bed.failing.set(canary, 'did not start')
  bed.run(10)
  expect(bed.status?.phase).toBe('Stopped')
  bed.spec = { ...bed.spec, maxFailed: 1 }
  bed.run(40 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Complete', done: 5, rolledBack: 1 })
})

test('paused, nothing begins, and what is under way goes on', () => {
  const bed = new Testbed(6, { canary: { nodes: 2 } })
  bed.run(10)
  bed.spec = { ...bed.spec, paused: true }
  bed.run(30 * MINUTE)
  expect(bed.status?.phase).toBe('Paused')
  expect(bed.phases).toMatchObject({ done: { length: 2 } })
  bed.spec = { ...bed.spec, paused: false }
  bed.run(30 * MINUTE)
  expect(bed.status?.phase).toBe('Complete')
})

test('a wave that has to be approved waits for that', () => {
  const bed = new Testbed(6, { canary: { nodes: 1 }, approval: 'after-canary', waves: ['50%'] })
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Progressing', started: 1 })
  expect(bed.status?.message).toBe('wave 1 waits for approval: fairlead upgrade approve up')
  bed.spec = { ...bed.spec, approvedWaves: 1 }
  bed.run(30 * MINUTE)
  expect(bed.status?.phase).toBe('Complete')
})

test('zones come one after another', () => {
  const bed = new Testbed(6, { canary: { nodes: 0 }, waves: [6], zoneKey: 'zone' })
  for (let index = 0; index < 6; index++) bed.change(`n${index}`, { zone: `z${index % 2}` })
  bed.run(2)
  expect(bed.inFlight.map((name) => bed.cluster.get(name)?.zone)).toEqual(['z0', 'z0', 'z0'])
  expect(bed.status?.message).toBe('zone z0 comes before z1')
  bed.run(30 * MINUTE)
  expect(bed.status?.phase).toBe('Complete')
})

test('a node that cannot be drained in time is let go, untouched', () => {
  const bed = new Testbed(2, { drain: { timeout: '2m' }, canary: { nodes: 1 } })
  bed.pods = 'db-0 is protected by the budget db'
  bed.run(3 * MINUTE)
  expect(bed.status?.failures).toMatchObject([
    { reason: 'was not empty in time: db-0 is protected by the budget db' },
  ])
  expect(bed.phases).toMatchObject({ 'rolled-back': { length: 1 } })
  expect([...bed.cluster.all()].filter(({ cordoned }) => cordoned)).toEqual([])
  expect([...bed.cluster.all()].map(({ version }) => version)).toEqual(['1', '1'])
})

test('a controller that takes over begins soaks again, and trusts no time that is written', () => {
  const bed = new Testbed(1)
  bed.run(2 * MINUTE)
  bed.watch = new Stopwatch(() => bed.nowMs)
  bed.run(2 * MINUTE)
  expect(bed.phases).toEqual({ soak: ['n0'] })
  bed.run(MINUTE + 10)
  expect(bed.phases).toEqual({ done: ['n0'] })
})

test('a node that is deleted gives its place back; one of the same name is another', () => {
  const bed = new Testbed(2, { canary: { nodes: 1 } })
  bed.run(5)
  const [name = ''] = bed.inFlight
  bed.change(name, { uid: 'new', note: undefined, version: '1', cordoned: false })
  expect(bed.look()).toMatchObject({ gone: [name], nodes: [] })
  expect(bed.inFlight).not.toContain(name)
})

test('nodes of another upgrade are left to it', () => {
  const bed = new Testbed(1)
  const note = { upgrade: 'other', wave: 0, phase: 'soak', since: '', from: '1', cordoned: false }
  bed.change('n0', { note: { ...note, phase: 'soak' }, cordoned: true })
  bed.look()
  expect(bed.status?.message).toBe('waits for n0 is in the hands of another upgrade')
})

test('a canary selector that selects nothing is told, and nothing else begins', () => {
  const bed = new Testbed(3, { canary: { nodes: 1 } }, { canary: false })
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({
    phase: 'Progressing',
    message: 'canary.nodeSelector selects none of the nodes',
    started: 0,
  })
})

test('nodes that run the version already are none of its business', () => {
  const bed = new Testbed(3, {}, { version: '2' })
  bed.run(10)
  expect(bed.status).toMatchObject({ phase: 'Complete', started: 0, total: 0 })
})

test('before the first node begins everything that is asked for must be there; then it is asked no more', () => {
  const bed = new Testbed(3, { canary: { nodes: 1 } })
  bed.gates = { preflight: 'the lab report is not there' }
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Progressing', started: 0, failures: [] })
  expect(bed.status?.message).toBe('the lab report is not there')
  bed.gates = {}
  bed.run(2)
  bed.gates = { preflight: 'the lab report is gone' }
  bed.run(30 * MINUTE)
  expect(bed.status).toMatchObject({ phase: 'Complete', done: 3 })
})

test('what is not known holds a node that soaks, for however long, and is not held against it', () => {
  const bed = new Testbed(1)
  bed.run(MINUTE)
  bed.gates = { hold: 'Prometheus does not answer' }
  bed.run(60 * MINUTE)
  expect(bed.status?.failures).toEqual([])
  expect(bed.phases).toEqual({ soak: ['n0'] })
  bed.gates = {}
  bed.run(2)
  expect(bed.phases).toEqual({ done: ['n0'] })
})

test('nodes that were begun and that the status has forgotten are taken up again', () => {
  const bed = new Testbed(6, { canary: { nodes: 2 } })
  bed.run(10)
  bed.status = undefined
  bed.run(2)
  expect(bed.status).toMatchObject({ started: 2, inFlight: { length: 2 } })
})

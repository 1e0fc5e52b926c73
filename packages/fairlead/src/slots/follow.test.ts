import { expect, test } from 'vitest'
import { sleepClock } from '../../../../tests/sleep-clock.ts'
import { randomOf } from '../random.ts'
import { MemoryApiServer } from '../kube/memory-api.ts'
import { NODES } from '../kube/resources.ts'
import { NOTE, SLOT, SLOT_RESULT, SLOT_TARGET } from '../upgrade/node-contract.ts'
import { followNode, type FollowWorld } from './follow.ts'

type FollowedSlots = Awaited<ReturnType<FollowWorld['slots']>>

function testbed() {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  server.seed(NODES, { metadata: { name: 'n1' }, spec: {} })
  const clock = sleepClock()
  const api = server.client()
  const slots = {
    current: 'v1' as string | null,
    shim: 'v1' as string | null,
    previous: null as string | null,
    isChanging: false,
    last: undefined as FollowedSlots['last'],
  }
  const activations: string[] = []
  const failures = new Map<string, string>()
  const stop = new AbortController()
  const running = followNode(
    'n1',
    {
      api,
      clock,
      random: randomOf(1),
      slots: async () => ({ ...slots }),
      activate: async (slot, { force }) => {
        activations.push(force ? `${slot}, by force` : slot)
        const failure = failures.get(slot)
        if (failure !== undefined) return failure
        slots.previous = slots.current
        slots.current = slot
        return undefined
      },
      giveShim: async () => {
        slots.shim = slots.current
      },
      onEvent: () => undefined,
    },
    stop.signal,
  )
  const annotations = () => server.store.objects(NODES).get('n1')?.metadata.annotations ?? {}
  const send = async (target: string) => {
    const patch = { metadata: { annotations: { [SLOT_TARGET]: target, [SLOT_RESULT]: null } } }
    await api.patch({ resource: NODES, name: 'n1' }, patch, { timeoutMs: 1, kind: 'merge' })
    await clock.advance(10_000)
  }
  /** As a process wrote it that was ended then. */
  const said = async (outcome: string, target: string) => {
    const result = JSON.stringify({ target, outcome, message: '' })
    const patch = { metadata: { annotations: { [SLOT_RESULT]: result } } }
    await api.patch({ resource: NODES, name: 'n1' }, patch, { timeoutMs: 1, kind: 'merge' })
  }
  const note = async (phase: string) => {
    const whole = { upgrade: 'u', wave: 0, phase, since: '', from: 'v1', cordoned: false }
    const patch = { metadata: { annotations: { [NOTE]: JSON.stringify(whole) } } }
    await api.patch({ resource: NODES, name: 'n1' }, patch, { timeoutMs: 1, kind: 'merge' })
  }
  const end = async () => {
    stop.abort()
    await clock.advance(1_000)
    await running
  }
  return { clock, slots, activations, failures, annotations, send, said, note, end }
}

test('a node says which slot it is on, and goes where it is sent', async () => {
  const { clock, annotations, send, end, activations } = testbed()
  await clock.advance(1_000)
  expect(annotations()).toEqual({ [SLOT]: 'v1' })
  await send('v2')
  expect(annotations()[SLOT]).toBe('v2')
  expect(JSON.parse(annotations()[SLOT_RESULT] ?? '')).toMatchObject({
    target: 'v2',
    outcome: 'active',
  })
  await send('v1')
  expect(activations).toEqual(['v2', 'v1, by force'])
  await end()
})

test('a slot that failed is told, and not tried again until the node is sent there anew', async () => {
  const { clock, annotations, send, end, activations, failures } = testbed()
  failures.set('v2', 'Status hangs')
  await send('v2')
  await clock.advance(600_000)
  expect(activations).toEqual(['v2'])
  expect(annotations()[SLOT]).toBe('v1')
  expect(JSON.parse(annotations()[SLOT_RESULT] ?? '')).toEqual({
    target: 'v2',
    outcome: 'failed',
    message: 'Status hangs',
  })
  failures.clear()
  await send('v2')
  expect(annotations()[SLOT]).toBe('v2')
  await end()
})

test('new pods get the new shim when the cluster is done with the node, and not before', async () => {
  const { clock, slots, send, note, end } = testbed()
  await note('upgrade')
  await send('v2')
  await note('soak')
  await clock.advance(600_000)
  expect(slots).toMatchObject({ current: 'v2', shim: 'v1' })
  await note('done')
  await clock.advance(10_000)
  expect(slots.shim).toBe('v2')
  await end()
})

test('a node that somebody sends without an upgrade gives new pods the new shim at once', async () => {
  const { slots, send, end } = testbed()
  await send('v2')
  expect(slots.shim).toBe('v2')
  await end()
})

test('while a change goes on that somebody else began, it waits', async () => {
  const { clock, slots, send, end, activations } = testbed()
  slots.isChanging = true
  await send('v2')
  expect(activations).toEqual([])
  slots.isChanging = false
  await clock.advance(10_000)
  expect(activations).toEqual(['v2'])
  await end()
})

test('what somebody has changed by hand stays so, and is told with the reason', async () => {
  const { clock, slots, annotations, send, end, activations } = testbed()
  await send('v2')
  slots.current = 'v1'
  slots.last = { to: 'v1', outcome: 'activated', reasons: ['pods of team A do not start'] }
  await clock.advance(600_000)
  expect(activations).toEqual(['v2'])
  expect(annotations()[SLOT]).toBe('v1')
  expect(JSON.parse(annotations()[SLOT_RESULT] ?? '')).toEqual({
    target: 'v2',
    outcome: 'failed',
    message: 'it ran, and the node was changed to v1 by hand: pods of team A do not start',
  })
  await send('v2')
  expect(activations).toEqual(['v2', 'v2'])
  await end()
})

test('a change that was ended in the middle and taken back is not begun again', async () => {
  const { clock, slots, annotations, send, said, end, activations } = testbed()
  slots.isChanging = true
  await send('v2')
  await said('working', 'v2')
  slots.isChanging = false
  slots.last = { to: 'v2', outcome: 'rolled-back', reasons: ['it was interrupted at "watch"'] }
  await clock.advance(600_000)
  expect(activations).toEqual([])
  expect(JSON.parse(annotations()[SLOT_RESULT] ?? '')).toMatchObject({
    outcome: 'failed',
    message: 'it was interrupted at "watch"',
  })
  // A way back is gone to its end all the same.
  Object.assign(slots, { current: 'v2', previous: 'v1', isChanging: true })
  await send('v1')
  await said('working', 'v1')
  slots.isChanging = false
  slots.last = { to: 'v1', outcome: 'rolled-back', reasons: ['it was interrupted at "watch"'] }
  await clock.advance(600_000)
  expect(activations).toEqual(['v1, by force'])
  await end()
})

import { expect, test } from 'vitest'
import { Recorder } from './story.ts'
import type { ChoicePoint, Strategy } from './strategy.ts'
import { TIME } from './strategy.ts'
import { World } from './world.ts'

const first: Strategy = { choose: () => 0 }
const never = () => false

test('an actor goes on to its next wait before anybody is asked, however long its promises', async () => {
  const world = new World()
  const log: string[] = []
  world.spawn('long', async () => {
    await world.step()
    for (let turn = 0; turn < 5_000; turn += 1) await Promise.resolve()
    await Promise.all([1, 2, 3].map(async () => Promise.resolve()))
    log.push('long')
    await world.step()
  })
  world.spawn('short', async () => {
    await world.step()
    log.push('short')
  })
  await world.run(first, never)
  expect(log).toEqual(['long', 'short'])
})

test('time stands still while anybody can go on, and then jumps to the next who sleeps', async () => {
  const world = new World()
  const log: string[] = []
  const at = (what: string) => log.push(`${what} ${world.clock.now()}`)
  world.spawn('sleeper', async () => {
    await world.sleep(300)
    at('slept')
  })
  world.spawn('walker', async () => {
    await world.step()
    at('walked')
    await world.sleep(200)
    at('slept less')
  })
  await world.run({ choose: () => 1 }, never)
  expect(log).toEqual(['walked 0', 'slept less 200', 'slept 300'])
})

test('time may pass before an event, which may come at any moment', async () => {
  const world = new World()
  const points: ChoicePoint[] = []
  let cameMs = 0
  world.spawn('outside', async () => {
    await world.event('comes')
    cameMs = world.clock.now()
  })
  world.spawn('sleeper', () => world.sleep(300))
  const late: Strategy = {
    choose: (point) => {
      points.push(point)
      return point.options.findIndex(({ actor }) => actor === TIME)
    },
  }
  await world.run({ choose: (point) => Math.max(0, late.choose(point)) }, never)
  expect(points[0]?.options).toEqual([
    { actor: 0, preempts: false },
    { actor: TIME, preempts: false },
  ])
  expect(cameMs).toBe(300)
})

test('only taking the turn from who could go on is a preemption', async () => {
  const world = new World()
  const points: ChoicePoint[] = []
  for (const name of ['a', 'b']) {
    world.spawn(name, async () => {
      await world.step()
      await world.step()
      await world.sleep(1)
    })
  }
  await world.run(
    {
      choose: (point) => {
        points.push(point)
        return 0
      },
    },
    never,
  )
  expect(points.map(({ options }) => options.map(({ preempts }) => preempts))).toEqual([
    // Nobody is at it yet; then a could go on; when both have slept, b was last and can.
    [false, false],
    [false, true],
    [false, true],
  ])
})

test('the clock calls back in simulated time, and not what was taken back', async () => {
  const world = new World()
  const log: number[] = []
  world.spawn('a', async () => {
    const cancel = world.clock.after(10, () => log.push(-1))
    world.clock.after(20, () => log.push(world.clock.now()))
    await world.sleep(5)
    cancel()
  })
  await world.run(first, never)
  expect(log).toEqual([20])
})

test('what an actor throws ends the run', async () => {
  const world = new World()
  world.spawn('a', async () => {
    await world.step()
    throw new Error('broken')
  })
  await expect(world.run(first, never)).rejects.toThrow('broken')
})

test('a run that would never end is refused', async () => {
  const world = new World()
  world.spawn('a', async () => {
    for (;;) await world.step()
  })
  await expect(world.run(first, never)).rejects.toThrow('has no end')
})

test('a story has a line for each step, and says who was interrupted', async () => {
  const recorder = new Recorder()
  const world = new World(recorder)
  world.spawn('a', async () => {
    await world.step('rises')
    await world.step('dresses')
  })
  world.spawn('b', async () => {
    await world.sleep(1_000)
    await world.step('knocks')
    world.say('laughs', 'a')
  })
  await world.run(first, never)
  expect(recorder.story().lines).toMatchObject([
    { number: 1, atMs: 0, actor: 'a', text: 'rises' },
    { number: 2, atMs: 0, actor: 'a', text: 'dresses' },
    { number: 3, atMs: 1_000, text: '1 s pass' },
    { number: 4, atMs: 1_000, actor: 'b', text: '' },
    { number: 5, atMs: 1_000, actor: 'b', text: 'knocks; a laughs' },
  ])
})

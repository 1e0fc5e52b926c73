import { expect, test } from 'vitest'
import { RwMutex } from './rw-mutex.ts'
import { World } from './world.ts'

/**
 * Plays a script: `R1` reader 1 asks, `W1` writer 1 asks, in lower case they let go. What there is after
 * it: who has the lock in the order of getting it, and who waits.
 */
async function play(script: string): Promise<{ has: string[]; waits: string[] }> {
  const world = new World()
  const mutex = new RwMutex(world)
  const held = new Map<string, (() => void)[]>()
  const has: string[] = []
  const waits = new Set<string>()
  let turn = 0
  const words = script.split(' ')
  for (const name of new Set(words.map((word) => word.toUpperCase()))) {
    world.spawn(name, async () => {
      for (const [index, word] of words.entries()) {
        if (word.toUpperCase() !== name) continue
        await world.until(() => turn === index)
        turn += 1
        if (word === name) {
          waits.add(name)
          held.set(name, [
            ...(held.get(name) ?? []),
            await (name.startsWith('R') ? mutex.rLock('') : mutex.lock('')),
          ])
          waits.delete(name)
          has.push(name)
        } else {
          has.splice(has.indexOf(name), 1)
          held.get(name)?.pop()?.()
        }
      }
    })
  }
  // First the one who was last: a lock is asked for before the next word's turn.
  await world.run({ choose: () => 0 }, () => false)
  return { has, waits: [...waits] }
}

test.each([
  ['readers share', 'R1 R2', 'R1 R2', ''],
  ['a writer is alone', 'W1 R1 W2', 'W1', 'R1 W2'],
  ['a writer waits for readers', 'R1 R2 W1 r1', 'R2', 'W1'],
  ['a writer gets the lock from the last reader', 'R1 R2 W1 r1 r2', 'W1', ''],
  ['a writer that waits makes new readers wait', 'R1 W1 R2', 'R1', 'W1 R2'],
  ['readers wait on while the writer writes', 'R1 W1 R2 r1', 'W1', 'R2'],
  ['readers that waited all go before the next writer', 'W1 W2 R1 R2 w1', 'R1 R2', 'W2'],
  ['the next writer waits for those readers', 'W1 W2 R1 w1 r1', 'W2', ''],
  ['a reader may read again', 'R1 R1 W1', 'R1 R1', 'W1'],
  ['and has to let go as often', 'R1 R1 W1 r1', 'R1', 'W1'],
  ['but not while a writer waits: both wait for ever', 'R1 W1 R1', 'R1', 'W1 R1'],
  ['nobody waits for a lock that was let go', 'W1 w1 R1 r1 W2', 'W2', ''],
])('%s: %s', async (_, script, has, waits) => {
  const words = (text: string) => (text === '' ? [] : text.split(' '))
  expect(await play(script)).toEqual({ has: words(has), waits: words(waits) })
})

test('a wait says who waits for what and whom', async () => {
  const world = new World()
  const mutex = new RwMutex(world)
  world.spawn('reader', async () => {
    await mutex.rLock('')
    await world.sleep(1)
    await mutex.rLock('')
  })
  world.spawn('writer', async () => {
    await mutex.lock('')
  })
  world.spawn('other writer', async () => {
    await world.sleep(2)
    await mutex.lock('')
  })
  await world.run({ choose: () => 0 }, () => false)
  expect(world.waits.map(({ actor, describe }) => `${actor} ${describe()}`)).toEqual([
    'writer waits for the write lock until reader lets the read lock go',
    'reader waits for the read lock a second time behind writer',
    'other writer waits for its turn to write, after writer',
  ])
})

test('letting go twice is a fault, as in Go', async () => {
  const world = new World()
  const mutex = new RwMutex(world)
  world.spawn('reader', async () => {
    const unlock = await mutex.rLock('')
    unlock()
    unlock()
  })
  await expect(world.run({ choose: () => 0 }, () => false)).rejects.toThrow('RUnlock')
})

import { expect, test } from 'vitest'
import type { StatusSoFar } from './observers.ts'
import { dumpWhenStuck } from './dumps.ts'

/** Plays `untilMs` of a trial; `answers` says whether Status is answered at a moment. */
async function dumpsOf(options: {
  readonly untilMs: number
  readonly answers: (atMs: number) => boolean
  readonly runs?: (atMs: number) => boolean
  readonly openCallMs?: number
}): Promise<number[]> {
  const { untilMs, answers, runs = () => true } = options
  const soFar: StatusSoFar = { lastAnswerMs: undefined, networkReady: true, loaded: undefined }
  const ended = new AbortController()
  const dumps: number[] = []
  let nowMs = 0
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms
      if (answers(nowMs)) soFar.lastAnswerMs = nowMs
      if (nowMs >= untilMs) ended.abort()
      await Promise.resolve()
    },
  }
  const dump = async () => {
    if (runs(nowMs)) dumps.push(nowMs)
    return await Promise.resolve(runs(nowMs))
  }
  await dumpWhenStuck(
    { dump },
    {
      soFar,
      openCallMs: () => options.openCallMs,
      clock,
      atMs: () => nowMs,
      signal: ended.signal,
    },
  )
  return dumps
}

test('a runtime whose Status answers is left alone', async () => {
  expect(await dumpsOf({ untilMs: 60_000, answers: (atMs) => atMs % 3000 === 0 })).toEqual([])
})

test('one that is silent tells soon, and once more when that lasts', async () => {
  expect(await dumpsOf({ untilMs: 120_000, answers: (atMs) => atMs <= 5000 })).toEqual([
    9000, 25_000,
  ])
})

test('each silence is told, up to four dumps', async () => {
  const dumps = await dumpsOf({ untilMs: 600_000, answers: (atMs) => atMs % 10_000 === 0 })
  expect(dumps).toEqual([14_000, 24_000, 34_000, 44_000])
})

test('a call for a pod that hangs is told once, also where Status answers', async () => {
  const answers = () => true
  expect(await dumpsOf({ untilMs: 60_000, answers, openCallMs: 2000 })).toEqual([10_000])
})

test('before the first answer, and while it does not run, there is nobody to ask', async () => {
  expect(await dumpsOf({ untilMs: 60_000, answers: () => false })).toEqual([])
  const restarts = {
    answers: (atMs: number) => atMs <= 1000,
    runs: (atMs: number) => atMs > 30_000,
  }
  expect(await dumpsOf({ untilMs: 60_000, ...restarts })).toEqual([30_500, 31_000])
})

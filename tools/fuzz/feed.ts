import { randomOf } from '../../packages/fairlead/src/random.ts'
import { mutated } from './mutate.ts'
import type { FuzzTarget } from './target.ts'

/** What came of feeding a target. */
export interface Tally {
  readonly target: string
  readonly inputs: number
  readonly accepted: number
  readonly seconds: number
  readonly slowestMs: number
}

/** An input that showed something wrong. */
export interface Fault {
  readonly target: string
  readonly index: number
  readonly problem: string
  /** The input, made as short as it still shows the same. */
  readonly input: Uint8Array
  readonly originalBytes: number
}

/** Which inputs: those of a seed, from one on. */
export interface Inputs {
  readonly seed: number
  readonly from: number
  readonly count: number
}

/** No input that is read takes as long, on whatever machine. */
const SLOW_MS = 1000
const SHRINK_MS = 10_000

/** Feeds a target until an input shows a fault; `onInput` is told of each before it is fed. */
export async function fuzz(
  target: FuzzTarget,
  { seed, from, count }: Inputs,
  onInput: (index: number) => void,
): Promise<Tally | Fault> {
  let accepted = 0
  let slowestMs = 0
  const beganMs = performance.now()
  for (let index = from; index < from + count; index += 1) {
    onInput(index)
    const input = inputOf(target, seed, index)
    const judged = await judge(target, input)
    if (judged.problem !== undefined) {
      return {
        target: target.name,
        index,
        problem: judged.problem,
        input: await shortened(target, input, judged.problem),
        originalBytes: input.length,
      }
    }
    if (judged.accepted) accepted += 1
    slowestMs = Math.max(slowestMs, judged.tookMs)
  }
  const seconds = (performance.now() - beganMs) / 1000
  return { target: target.name, inputs: count, accepted, seconds, slowestMs }
}

/** The same input for the same seed and index, whatever was fed before. */
function inputOf({ name, samples }: FuzzTarget, seed: number, index: number): Buffer {
  let state = seed
  for (const part of [...Buffer.from(name), index]) state = Math.imul(state ^ part, 0x9e3779b1)
  return mutated(samples, randomOf(state ^ (state >>> 15)))
}

interface Judgement {
  readonly accepted: boolean
  readonly tookMs: number
  readonly problem: string | undefined
}

async function judge(target: FuzzTarget, input: Buffer): Promise<Judgement> {
  const first = await judgeOnce(target, input)
  // The machine may have been busy with something else.
  return first.tookMs > SLOW_MS && first.problem?.includes(' ms') === true
    ? judgeOnce(target, input)
    : first
}

async function judgeOnce(target: FuzzTarget, input: Buffer): Promise<Judgement> {
  const beganMs = performance.now()
  let accepted = false
  let problem: string | undefined
  try {
    accepted = await target.feed(input)
  } catch (error) {
    problem = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
  const tookMs = performance.now() - beganMs
  if (tookMs > SLOW_MS) problem ??= `it took more than ${SLOW_MS} ms`
  if (isPolluted()) problem ??= 'it has changed the prototype of all objects'
  return { accepted, tookMs, problem }
}

const OWN_KEYS = [Object.prototype, Array.prototype].map((object) => Reflect.ownKeys(object).length)

function isPolluted(): boolean {
  return [Object.prototype, Array.prototype].some(
    (object, index) => Reflect.ownKeys(object).length !== OWN_KEYS[index],
  )
}

/** Leaves out pieces, each half as long as the last, while the same is wrong without them. */
async function shortened(target: FuzzTarget, input: Buffer, problem: string): Promise<Buffer> {
  const untilMs = performance.now() + SHRINK_MS
  let shortest = input
  for (let size = input.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < shortest.length;) {
      if (performance.now() > untilMs) return shortest
      const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + size)])
      const judged = await judgeOnce(target, shorter)
      if (kindOf(judged.problem) === kindOf(problem)) shortest = shorter
      else at += size
    }
  }
  return shortest
}

/** Without what an input itself puts into the text of a problem. */
function kindOf(problem: string | undefined): string | undefined {
  return problem?.slice(0, 24)
}

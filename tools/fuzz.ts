// Feeds every reader of what others wrote with broken inputs, made of valid ones (docs/security.md has the list). Each
// has to come to an outcome, a value or an error that its documentation names, in less than a second and in bounded
// memory, and must leave the prototypes of all objects alone; what else each target holds stands beside it.
//
//   npm run fuzz -- [count] [target...] [--seed N] [--from N]
//
// An input is made of the seed, the target and its number alone: a fault is printed with the command that shows it again.
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { newSeed } from '../packages/fairlead/src/random.ts'
import type { Fault } from './fuzz/feed.ts'
import { targets } from './fuzz/targets.ts'
import type { FuzzTarget } from './fuzz/target.ts'
import type { WorkerAnswer, WorkerTask } from './fuzz/worker.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, from: { type: 'string', default: '0' } },
})
const [given = '100000', ...names] = positionals
const count = Number(given)
const seed = values.seed === undefined ? newSeed() : Number(values.seed)
const from = Number(values.from)
if (![count, seed, from].every(Number.isSafeInteger)) throw new Error('expected whole numbers')

const known = await targets()
const unknown = names.find((name) => !known.some((target) => target.name === name))
if (unknown !== undefined) {
  throw new Error(
    `there is no target ${unknown}; there are ${known.map((one) => one.name).join(', ')}`,
  )
}
const pending = known.filter(({ name }) => names.length === 0 || names.includes(name))

/** An input that is not read within this never will be. */
const STUCK_MS = 20_000
const HEAP_MB_MAX = 384
/** Of an input that is printed. */
const SHOWN_MAX = 2000

/** A thread that is fed target by target: its memory is bounded, and the input at hand is watched. */
function startThread() {
  const progress = new SharedArrayBuffer(4)
  const current = new Int32Array(progress)
  const worker = new Worker(new URL('fuzz/worker.ts', import.meta.url), {
    workerData: progress,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
  })
  let target = ''
  let settle: (answer: WorkerAnswer) => void = () => undefined
  const end = (problem: string) => {
    const index = Atomics.load(current, 0)
    settle({ target, index, problem, input: new Uint8Array(), originalBytes: 0 })
  }
  worker.on('message', (answer: WorkerAnswer) => settle(answer))
  worker.on('error', (error) => end(error.message))
  const feed = ({ name, cost = 1 }: FuzzTarget) =>
    new Promise<WorkerAnswer>((resolve) => {
      target = name
      let seen = -1
      const watch = setInterval(() => {
        const index = Atomics.load(current, 0)
        // While it shortens an input that showed a fault, it stays there for a while, too.
        if (index === seen) end('it does not end')
        seen = index
      }, STUCK_MS)
      settle = (answer) => {
        clearInterval(watch)
        resolve(answer)
      }
      const task: WorkerTask = { target: name, seed, from, count: Math.ceil(count / cost) }
      // A thread, unlike a window, has no origin.
      // oxlint-disable-next-line require-post-message-target-origin
      worker.postMessage(task)
    })
  return { feed, stop: () => worker.terminate() }
}

let faults = 0
async function feedPending(): Promise<void> {
  let thread = startThread()
  for (let target = pending.shift(); target !== undefined; target = pending.shift()) {
    const answer = await thread.feed(target)
    if ('problem' in answer) {
      faults += 1
      tell(answer)
      await thread.stop()
      thread = startThread()
      continue
    }
    const { inputs, accepted, seconds, slowestMs } = answer
    process.stdout.write(
      `${answer.target}: ${inputs} inputs, ${accepted} accepted, ${inputs - accepted} refused; ` +
        `${seconds.toFixed(1)} s, the slowest ${slowestMs.toFixed(1)} ms\n`,
    )
  }
  await thread.stop()
}

function tell({ target, index, problem, input, originalBytes }: Fault): void {
  const bytes = Buffer.from(input).toString('latin1')
  process.stdout.write(
    `*** ${target}: input ${index} of seed ${seed}: ${problem}\n` +
      `    ${bytes.length} of ${originalBytes} bytes, as latin1: ${JSON.stringify(bytes.slice(0, SHOWN_MAX))}\n` +
      `    again: npm run fuzz -- 1 ${target} --seed ${seed} --from ${index}\n`,
  )
}

process.stdout.write(`seed ${seed}\n`)
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, feedPending))
if (faults > 0) process.exitCode = 1

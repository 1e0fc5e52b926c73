import { parentPort, workerData } from 'node:worker_threads'
import { fuzz, type Fault, type Inputs, type Tally } from './feed.ts'
import { targets } from './targets.ts'

/** What a worker is told to do: its targets come one by one. */
export interface WorkerTask extends Inputs {
  readonly target: string
}

/** What it answers to each. */
export type WorkerAnswer = Tally | Fault

// Where it writes the number of the input at hand: one that never ends is known by it.
const current = new Int32Array(workerData as SharedArrayBuffer)
const known = await targets()

parentPort?.on('message', ({ target: name, ...inputs }: WorkerTask) => {
  const target = known.find((each) => each.name === name)
  if (target === undefined) throw new Error(`there is no target ${name}`)
  const onInput = (index: number) => {
    Atomics.store(current, 0, index)
  }
  void fuzz(target, inputs, onInput).then((answer: WorkerAnswer) => {
    // A thread, unlike a window, has no origin.
    // oxlint-disable-next-line require-post-message-target-origin
    parentPort?.postMessage(answer)
  })
})

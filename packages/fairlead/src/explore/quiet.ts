/**
 * Resolves when nothing moves: no promise reaction is left to run.
 *
 * That is certain, and nothing is counted or guessed: Node.js runs what was handed to
 * `process.nextTick` from within a promise reaction only when the queue of reactions is empty, however
 * long the chains in it are (processTicksAndRejections in lib/internal/process/task_queues.js). No turn of the event loop is taken, so no timer or file
 * of the machine can come in between, and it costs about a microsecond.
 *
 * What waits for something of the machine's (a file, a real timer) is not seen, and cannot be explored.
 */
export function quiet(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

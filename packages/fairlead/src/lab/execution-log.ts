import type { ExecutionObserver } from './plugins/plugin-host.ts'
import type { ExecEvent, TraceSink } from './trace.ts'

/** Writes executions to the trace and remembers when the last one ended. */
export class ExecutionLog implements ExecutionObserver {
  readonly #sink: TraceSink
  readonly #atMs: () => number
  #running = 0
  #lastEndMs = 0
  /** The lab's own failure to serve a plugin, if there was one. */
  lastFault: string | undefined

  constructor(sink: TraceSink, atMs: () => number) {
    this.#sink = sink
    this.#atMs = atMs
  }

  /** Ms since no plugin runs any more; 0 while one does. */
  quietForMs(): number {
    return this.#running > 0 ? 0 : this.#atMs() - this.#lastEndMs
  }

  readonly begin: ExecutionObserver['begin'] = (execution) => {
    this.#running += 1
    this.#sink.write(execEvent('begin', execution, this.#atMs()))
  }

  readonly end: ExecutionObserver['end'] = (execution, outcome) => {
    this.#running -= 1
    this.#lastEndMs = this.#atMs()
    this.#sink.write({ ...execEvent('end', execution, this.#lastEndMs), outcome })
  }

  readonly fault: ExecutionObserver['fault'] = (message) => {
    this.lastFault = message
  }
}

function execEvent(
  phase: 'begin' | 'end',
  execution: Parameters<ExecutionObserver['begin']>[0],
  atMs: number,
): ExecEvent {
  const { id, plugin, verb, containerId, ifName } = execution
  const pod = execution.args.get('K8S_POD_NAME')
  return {
    type: 'exec',
    atMs,
    phase,
    id,
    plugin,
    verb,
    containerId,
    ifName,
    ...(pod === undefined ? {} : { pod }),
  }
}

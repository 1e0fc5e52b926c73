import type { PluginProcess } from '../plugin-processes.ts'
import type { ExecEvent } from '../lab/trace.ts'

/** Tells a program from another that the same process becomes: what starts a plugin looks like one until exec. */
export function programKey({ process, plugin }: Pick<PluginProcess, 'process' | 'plugin'>): string {
  return `${process.pid} ${process.startTick} ${plugin}`
}

/** The executions of plugins on the node, as looks at its processes show them. */
export class PluginExecutions {
  #running = new Map<string, Omit<ExecEvent, 'atMs' | 'phase' | 'outcome'>>()
  #count = 0

  /** Those that have begun and ended since the look before. */
  look(plugins: readonly PluginProcess[], atMs: number): readonly ExecEvent[] {
    const events: ExecEvent[] = []
    const before = this.#running
    this.#running = new Map()
    for (const { process, plugin, verb, containerId, pod, ageMs } of plugins) {
      const key = programKey({ process, plugin })
      const known = before.get(key)
      if (known === undefined) this.#count += 1
      const exec = known ?? {
        type: 'exec',
        id: this.#count,
        plugin,
        verb,
        containerId,
        ifName: '',
        ...(pod === undefined ? {} : { pod }),
      }
      this.#running.set(key, exec)
      if (known === undefined) events.push({ ...exec, atMs: atMs - ageMs, phase: 'begin' })
    }
    for (const [key, exec] of before) {
      if (this.#running.has(key)) continue
      // From outside it is not seen how it ended.
      events.push({ ...exec, atMs, phase: 'end', outcome: 'ended' })
    }
    return events
  }
}

import { quiet } from '../../packages/fairlead/src/explore/quiet.ts'
import type { Clock } from '../../packages/fairlead/src/ports.ts'
import { EventQueue } from '../../packages/fairlead/src/upgrade/simulate/event-queue.ts'

interface Timer {
  readonly atMs: number
  readonly run: () => void
}

/** Time that jumps to the next timer when nothing moves any more: hours in milliseconds, and always the same. */
export class VirtualClock implements Clock {
  readonly #timers = new EventQueue<Timer>()
  #nowMs = 0

  readonly now = (): number => this.#nowMs

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const give = () => reject(signal?.reason)
      signal?.addEventListener('abort', give, { once: true })
      this.at(this.#nowMs + ms, () => {
        signal?.removeEventListener('abort', give)
        resolve()
      })
    })

  at(atMs: number, run: () => void): void {
    this.#timers.add({ atMs: Math.max(atMs, this.#nowMs), run })
  }

  /** Lets time pass until then, or until `isOver`. */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    for (;;) {
      await quiet()
      const nextMs = this.#timers.nextMs
      if (nextMs === undefined || nextMs > untilMs || isOver()) return
      this.#nowMs = nextMs
      this.#timers.take()?.run()
    }
  }
}

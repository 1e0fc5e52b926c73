import type { Clock } from '../packages/fairlead/src/ports.ts'
import { manualClock } from './manual-clock.ts'

/** A clock to wait by, that stands still until a test moves it; timer by timer, as {@link manualClock}. */
export function sleepClock(): Clock & { readonly advance: (ms: number) => Promise<void> } {
  const { now, after, advance } = manualClock()
  return {
    now,
    advance,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason)
        const give = () => {
          cancel()
          reject(signal?.reason)
        }
        const cancel = after(ms, () => {
          signal?.removeEventListener('abort', give)
          resolve()
        })
        signal?.addEventListener('abort', give, { once: true })
      }),
  }
}

import path from 'node:path'
import type { Networks, ReconcileRequest } from '@fairlead/networks'
import { messageOf } from '../errors.ts'
import type { SandboxStore } from './store.ts'

/** Of one plugin, for what nobody waits for. */
const TIMEOUT_MS = 10_000

/**
 * Has what no sandbox of the store owns collected, beside: nobody waits for it but its end. What the
 * cache has is of this runtime alone; an address may be of another one that shares host-local's folder.
 * `onFailure` hears why nothing came of it.
 */
export function collectLeftovers(
  networks: Networks,
  store: Pick<SandboxStore, 'get' | 'damaged'>,
  onFailure: (reason: string) => void,
): AsyncDisposable {
  const ended = new AbortController()
  const livenessOf: ReconcileRequest['livenessOf'] = (id, isCached) => {
    if (store.get(id) !== undefined) return 'alive'
    const isDamaged = store.damaged.some((file) => path.basename(file) === `${id}.json`)
    return isCached && !isDamaged ? 'gone' : 'unknown'
  }
  const done = networks
    .reconcile({ livenessOf }, { timeoutMs: TIMEOUT_MS, signal: ended.signal })
    .catch((error: unknown) => onFailure(messageOf(error)))
  return {
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      await done
    },
  }
}

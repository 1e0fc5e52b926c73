import { randomBytes } from 'node:crypto'
import path from 'node:path'
import {
  type PodSandboxConfig,
  type PodSandboxFilter,
  PodSandboxState,
  refusal,
} from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import { messageOf } from '../errors.ts'
import { wallClockMs } from '../ports.ts'
import type { ProcessId } from '../procfs.ts'
import type { Pauses } from './pauses.ts'
import { newSandbox, sandboxFor, sandboxName, type SandboxRecord } from './sandbox.ts'
import type { SandboxStore } from './store.ts'

/** What sandboxes are made of. */
export interface PodSandboxParts {
  readonly store: SandboxStore
  readonly networks: Networks
  readonly pauses: Pauses
}

/** What came of the sandboxes that an earlier run has begun and not finished. */
export interface Recovered {
  /** The ids of those that are gone now. */
  readonly undone: readonly string[]
  /** Those of which something may be left. They are shown as not ready, for kubelet to remove. */
  readonly stopped: readonly { readonly id: string; readonly reason: string }[]
}

/** Which sandboxes to list; an id may be cut. */
type SandboxFilter = Pick<PodSandboxFilter, 'id' | 'labelSelector' | 'state'>

/** The sandboxes of a node, as the CRI has them. Refusals are thrown, as its server wants it. */
export interface PodSandboxes {
  /**
   * Undoes what an earlier run has begun and not finished, all at once. One that cannot be undone before
   * the signal is aborted costs only itself.
   */
  readonly recover: (signal: AbortSignal) => Promise<Recovered>
  readonly run: (
    config: PodSandboxConfig,
    runtimeHandler: string,
    signal: AbortSignal,
  ) => Promise<string>
  /** Can be repeated; of a sandbox that is not there it succeeds, as kubelet expects. */
  readonly stop: (idOrPrefix: string, signal: AbortSignal) => Promise<void>
  readonly remove: (idOrPrefix: string, signal: AbortSignal) => Promise<void>
  readonly get: (idOrPrefix: string) => SandboxRecord
  /** The process that holds a sandbox's namespaces; undefined where it has ended. */
  readonly pauseOf: (record: SandboxRecord) => ProcessId | undefined
  readonly stateOf: (record: SandboxRecord) => PodSandboxState
  readonly list: (filter: SandboxFilter | undefined) => readonly SandboxRecord[]
}

// Empty: the host's name, as runc has it. The kernel keeps 64 bytes (sethostname(2)).
const HOSTNAME = /^[A-Za-z0-9._-]{0,64}$/

/** Sandboxes kept in `store`, attached to `networks`. */
export function podSandboxes({ store, networks, pauses }: PodSandboxParts): PodSandboxes {
  const reserved = new Set<string>()

  const find = (idOrPrefix: string): SandboxRecord | undefined => {
    if (idOrPrefix === '') return undefined
    const exact = store.get(idOrPrefix)
    if (exact !== undefined) return exact
    const matches = shown().filter(({ id }) => id.startsWith(idOrPrefix))
    return matches.length === 1 ? matches[0] : undefined
  }
  const shown = () => store.all().filter(({ state }) => state !== 'making')

  /** Detaches, ends the pause and deletes the namespace; throws while something of it is left. */
  const takeDown = async (record: SandboxRecord, signal?: AbortSignal): Promise<void> => {
    const call = signal === undefined ? {} : { signal }
    const removed = record.hostNetwork ? [] : await networks.remove(sandboxFor(record), call)
    const failed = removed.find(({ error }) => error !== undefined)
    if (failed?.error !== undefined) {
      const { network, ifName, error } = failed
      throw refusal(
        'failed',
        `network ${network} of ${ifName} is not detached: ${error.message}`,
        error,
      )
    }
    await pauses.stop(record)
  }

  const make = async (record: SandboxRecord, signal: AbortSignal): Promise<void> => {
    await store.put(record)
    await pauses.start(record)
    if (record.hostNetwork) {
      await store.put({ ...record, state: 'ready' })
      return
    }
    const done = await networks.setup(sandboxFor(record), { signal })
    if (!done.ok) {
      throw refusal(
        'failed',
        `the sandbox's network is not set up: ${done.error.message}`,
        done.error,
      )
    }
    const addresses = done.attached.flatMap(({ result }) =>
      result.ips.map(({ address }) => address),
    )
    const ips = addresses.map((address) => address.replace(/\/\d+$/, ''))
    await store.put({ ...record, state: 'ready', ips })
  }

  // Without its pause a sandbox is as dead as with containerd; it is for kubelet to stop it.
  const stateOf = ({ id, state }: SandboxRecord) =>
    state === 'ready' && pauses.find(id) !== undefined
      ? PodSandboxState.SANDBOX_READY
      : PodSandboxState.SANDBOX_NOTREADY

  return {
    recover: async (signal) => {
      // Of a damaged record the network is left alone, and so is its pause.
      const damaged = store.damaged.map((file) => path.basename(file, '.json'))
      await pauses.keepOnly(new Set([...store.all().map(({ id }) => id), ...damaged]))
      const begun = store.all().filter(({ state }) => state === 'making')
      if (begun.length === 0) return { undone: [], stopped: [] }
      // A plugin that outlived the last run would attach what is detached here.
      const ended = pauses.endPlugins(begun.map(({ id }) => id))
      const undone: string[] = []
      const stopped: { id: string; reason: string }[] = []
      const recoverOne = async (record: SandboxRecord): Promise<void> => {
        try {
          await ended
          await takeDown(record, signal)
          await store.remove(record.id)
          undone.push(record.id)
        } catch (error) {
          // As in `undo`; and the others are not to wait for it, nor kubelet for Status.
          await store.put({ ...record, state: 'stopped' })
          stopped.push({ id: record.id, reason: messageOf(error) })
        }
      }
      await Promise.all(begun.map(recoverOne))
      return { undone, stopped }
    },

    run: async (config, runtimeHandler, signal) => {
      if (config.metadata === undefined) throw refusal('invalid', 'a sandbox needs metadata')
      if (!HOSTNAME.test(config.hostname)) {
        throw refusal('invalid', `${JSON.stringify(config.hostname)} is no host name`)
      }
      const record = newSandbox(newId(), config, runtimeHandler, wallClockMs())
      const name = sandboxName(record)
      const owner = shown().find((other) => sandboxName(other) === name)
      if (owner !== undefined || reserved.has(name)) {
        const by = owner === undefined ? 'one that is being made' : owner.id
        throw refusal('already-exists', `the sandbox name ${name} is reserved for ${by}`)
      }
      reserved.add(name)
      try {
        await make(record, signal)
        return record.id
      } catch (error) {
        await undo(record, { store, takeDown })
        throw error
      } finally {
        reserved.delete(name)
      }
    },

    stop: async (idOrPrefix, signal) => {
      const record = find(idOrPrefix)
      if (record === undefined) return
      await takeDown(record, signal)
      if (store.get(record.id) !== undefined) await store.put({ ...record, state: 'stopped' })
    },

    remove: async (idOrPrefix, signal) => {
      const record = find(idOrPrefix)
      if (record === undefined) return
      await takeDown(record, signal)
      await store.remove(record.id)
    },

    get: (idOrPrefix) => {
      const record = find(idOrPrefix)
      if (record !== undefined && record.state !== 'making') return record
      throw refusal('not-found', `there is no sandbox ${idOrPrefix}`)
    },

    pauseOf: ({ id }) => pauses.find(id),
    stateOf,

    list: (filter) =>
      shown().filter(
        (record) =>
          isMeant(record, filter) &&
          (filter?.state === undefined || filter.state.state === stateOf(record)),
      ),
  }
}

// As containerd's ids: kubelet and people cut them, so that the beginning has to tell.
function newId(): string {
  return randomBytes(32).toString('hex')
}

/**
 * What could not be made is taken down at once. Where that fails, too, it stays as a sandbox that is not
 * ready, which kubelet stops and removes, again and again, as it does with containerd's
 * (internal/cri/server/sandbox_run.go@v2.1.4: StateUnknown).
 */
async function undo(
  record: SandboxRecord,
  parts: {
    readonly store: SandboxStore
    readonly takeDown: (record: SandboxRecord) => Promise<void>
  },
): Promise<void> {
  try {
    await parts.takeDown(record)
    await parts.store.remove(record.id)
  } catch (error) {
    await parts.store.put({ ...record, state: 'stopped' })
    throw refusal('failed', `what was made of a sandbox is not gone: ${messageOf(error)}`, error)
  }
}

function isMeant(record: SandboxRecord, filter: SandboxFilter | undefined): boolean {
  if (filter === undefined) return true
  return (
    record.id.startsWith(filter.id) &&
    Object.entries(filter.labelSelector).every(([key, value]) => record.labels[key] === value)
  )
}

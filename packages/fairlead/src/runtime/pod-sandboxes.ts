import { randomBytes } from 'node:crypto'
import {
  type PodSandboxConfig,
  type PodSandboxFilter,
  PodSandboxState,
  refusal,
} from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import { messageOf } from '../errors.ts'
import { wallClockMs } from '../ports.ts'
import { newSandbox, sandboxFor, sandboxName, type SandboxRecord } from './sandbox.ts'
import type { SandboxStore } from './store.ts'

/** Network namespaces, by name. */
interface NetnsPort {
  readonly create: (name: string) => Promise<void>
  /** Succeeds where there is none. */
  readonly remove: (name: string) => Promise<void>
}

/** What sandboxes are made of. */
export interface PodSandboxParts {
  readonly store: SandboxStore
  readonly networks: Networks
  readonly netns: NetnsPort
}

/** The sandboxes of a node, as the CRI has them. Refusals are thrown, as its server wants it. */
export interface PodSandboxes {
  /** Undoes what an earlier run has begun and not finished; the ids of what was undone. */
  readonly recover: () => Promise<readonly string[]>
  readonly run: (
    config: PodSandboxConfig,
    runtimeHandler: string,
    signal: AbortSignal,
  ) => Promise<string>
  /** Can be repeated; of a sandbox that is not there it succeeds, as kubelet expects. */
  readonly stop: (idOrPrefix: string, signal: AbortSignal) => Promise<void>
  readonly remove: (idOrPrefix: string, signal: AbortSignal) => Promise<void>
  readonly get: (idOrPrefix: string) => SandboxRecord
  readonly list: (filter: PodSandboxFilter | undefined) => readonly SandboxRecord[]
}

/** Sandboxes kept in `store`, attached to `networks`. */
export function podSandboxes({ store, networks, netns }: PodSandboxParts): PodSandboxes {
  const reserved = new Set<string>()

  const find = (idOrPrefix: string): SandboxRecord | undefined => {
    if (idOrPrefix === '') return undefined
    const exact = store.get(idOrPrefix)
    if (exact !== undefined) return exact
    const matches = shown().filter(({ id }) => id.startsWith(idOrPrefix))
    return matches.length === 1 ? matches[0] : undefined
  }
  const shown = () => store.all().filter(({ state }) => state !== 'making')

  /** Detaches and deletes the namespace; throws while something of it is left. */
  const takeDown = async (record: SandboxRecord, signal?: AbortSignal): Promise<void> => {
    if (record.hostNetwork) return
    const call = signal === undefined ? {} : { signal }
    const removed = await networks.remove(sandboxFor(record), call)
    const failed = removed.find(({ error }) => error !== undefined)
    if (failed?.error !== undefined) {
      const { network, ifName, error } = failed
      throw refusal(
        'failed',
        `network ${network} of ${ifName} is not detached: ${error.message}`,
        error,
      )
    }
    await netns.remove(record.netns)
  }

  const make = async (record: SandboxRecord, signal: AbortSignal): Promise<void> => {
    await store.put(record)
    if (record.hostNetwork) {
      await store.put({ ...record, state: 'ready' })
      return
    }
    await netns.create(record.netns)
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

  return {
    recover: async () => {
      const begun = store.all().filter(({ state }) => state === 'making')
      for (const record of begun) {
        await takeDown(record)
        await store.remove(record.id)
      }
      return begun.map(({ id }) => id)
    },

    run: async (config, runtimeHandler, signal) => {
      if (config.metadata === undefined) throw refusal('invalid', 'a sandbox needs metadata')
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

    list: (filter) => shown().filter((record) => isMeant(record, filter)),
  }
}

/** Whether a sandbox is ready, in the CRI's words. */
export function stateOf({ state }: SandboxRecord): PodSandboxState {
  return state === 'ready' ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY
}

// As containerd's ids: kubelet and people cut them, so that the beginning has to tell.
function newId(): string {
  return randomBytes(32).toString('hex')
}

/**
 * What could not be made is taken down at once. Where that fails, too, the record stays as it is, and
 * the next start of the runtime tries again.
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
    throw refusal('failed', `what was made of a sandbox is not gone: ${messageOf(error)}`, error)
  }
}

function isMeant(record: SandboxRecord, filter: PodSandboxFilter | undefined): boolean {
  if (filter === undefined) return true
  return (
    record.id.startsWith(filter.id) &&
    (filter.state === undefined || filter.state.state === stateOf(record)) &&
    Object.entries(filter.labelSelector).every(([key, value]) => record.labels[key] === value)
  )
}

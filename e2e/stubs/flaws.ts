import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ConfDir, Networks } from '@fairlead/networks'
import type { Pauses } from '../../packages/fairlead/src/runtime/pauses.ts'

/** What a stub's Status answers, cut down to what kubelet reads of it. */
interface Readiness {
  readonly ready: boolean
}

/** What a flaw can know of its runtime. */
export interface Seen {
  /** Sandboxes that are being made or stopped now. */
  readonly inFlight: () => number
  /** Ms since the conf dir was changed last. */
  readonly sinceChangeMs: () => number
  /** Whether it was ever changed while a sandbox was being made or stopped. */
  readonly changedInFlight: () => boolean
}

/**
 * One way in which a runtime is broken; each part wraps the sound one, and what is left out is sound.
 *
 * To add a flaw, add an entry to {@link FLAWS}; `stub('its-name')` of `install.ts` then is a runtime for the
 * lab. Keep to one fault each, so that a scenario which fails it says what it is able to find.
 */
export interface Flaw {
  readonly confDir?: (sound: ConfDir) => ConfDir
  readonly networks?: (sound: Networks) => Networks
  readonly pauses?: (sound: Pauses) => Pauses
  /** Before the state of an earlier run is read. */
  readonly onStart?: (stateDir: string) => Promise<void>
  readonly status?: (sound: Readiness, seen: Seen) => Promise<Readiness> | Readiness
}

const FLAPS_FOR_MS = 4_000
const POLL_MS = 20

export const FLAWS = {
  sound: {},
  /** Status waits for every plugin that runs. */
  stalls: {
    status: async (sound, seen) => {
      while (seen.inFlight() > 0) await delay(POLL_MS)
      return sound
    },
  },
  /** A change of the conf dir while plugins run ends Status for ever. */
  wedges: {
    status: async (sound, seen) => {
      if (seen.changedInFlight()) await new Promise(() => {})
      return sound
    },
  },
  /** Status takes 12 s, whatever happens. */
  'slow-status': {
    status: async (sound) => {
      await delay(12_000)
      return sound
    },
  },
  'never-ready': { status: () => ({ ready: false }) },
  'reports-ready-without-config': { status: () => ({ ready: true }) },
  /** NotReady for a while after any change in the conf dir. */
  flaps: {
    status: ({ ready }, seen) => ({ ready: ready && seen.sinceChangeMs() > FLAPS_FOR_MS }),
  },
  /** Once a pod has failed, none ever comes. */
  'gives-up': {
    networks: (sound) => {
      let failure: Awaited<ReturnType<Networks['setup']>> | undefined
      return {
        ...sound,
        setup: async (...call) => {
          if (failure !== undefined) return failure
          const outcome = await sound.setup(...call)
          if (!outcome.ok) failure = outcome
          return outcome
        },
      }
    },
  },
  /** No DEL is ever run. */
  'forgets-del': { networks: (sound) => ({ ...sound, remove: async () => [] }) },
  /** What it finds in the conf dir first is what it believes for ever. */
  stale: {
    confDir: (sound) => {
      let first: ReturnType<ConfDir['read']> | undefined
      return {
        ...sound,
        read: async () => {
          const now = await sound.read()
          if (now.ok && now.value.length > 0) first ??= Promise.resolve(now)
          return first ?? now
        },
      }
    },
  },
  /** The file that sorts last wins. */
  'picks-last': {
    confDir: (sound) => ({
      ...sound,
      read: async () => {
        const reading = await sound.read()
        return reading.ok ? { ok: true, value: reading.value.slice(-1) } : reading
      },
    }),
  },
  'crashes-on-conf-dir-removal': {
    confDir: (sound) => ({
      ...sound,
      read: async () => {
        const reading = await sound.read()
        if (!reading.ok) process.exit(3)
        return reading
      },
    }),
  },
  /** A restart knows nothing of the sandboxes there are. */
  'forgets-pods': {
    onStart: (stateDir) => rm(path.join(stateDir, 'sandboxes'), { recursive: true, force: true }),
  },
  'leaks-netns': { pauses: (sound) => ({ ...sound, stop: async () => {} }) },
} satisfies Record<string, Flaw>

export type FlawName = keyof typeof FLAWS

import type { Clock } from '../ports.ts'
import { absences } from './absences.ts'
import { candidateChecks, type CheckWorld } from './checks.ts'
import type { PublishPolicy } from './config.ts'
import { type Candidate, decide, type Decision } from './decide.ts'
import { type Loaded, notLoadedReason } from './loaded.ts'
import { isLull } from './lull.ts'
import type { Change, Memory, Published } from './memory.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import { type Files, movesBetween } from './publication.ts'
import type { PublishedDir } from './published-dir.ts'
import type { RuntimeState } from './runtime-watch.ts'

/** Something that the publisher did or saw. */
export type PublisherEvent =
  | { readonly type: 'published'; readonly change: string; readonly files: readonly string[] }
  /** The runtime had missed it. */
  | { readonly type: 'kicked'; readonly change: string }
  | { readonly type: 'confirmed'; readonly change: string }
  | { readonly type: 'not-confirmed'; readonly change: string; readonly reason: string }
  | { readonly type: 'withdrawn'; readonly change: string; readonly reason: string }
  | { readonly type: 'waits'; readonly network: string; readonly reason: string }
  | { readonly type: 'unknown-file'; readonly file: string; readonly setAside: boolean }

/** What the publisher works with; all networks of the sources are in their plan. */
export interface PublisherWorld extends CheckWorld {
  readonly dir: PublishedDir
  /** What was published last, on a disk that survives a boot. */
  readonly memory: Memory<Published>
  readonly setAsideDir: string
  readonly runtime: {
    readonly state: () => RuntimeState
    /** When the last look at it began that has ended. */
    readonly lookedAtMs: () => number
    readonly loaded: (signal: AbortSignal) => Promise<Loaded | undefined>
  }
  readonly plugins: () => Promise<readonly PluginProcess[]>
  readonly clock: Clock
  readonly onEvent: (event: PublisherEvent) => void
}

/** What `fairlead agent status` tells of the networks. */
interface PublisherStatus {
  readonly published: readonly string[]
  readonly waiting: ReadonlyMap<string, string>
  readonly quarantined: ReadonlyMap<string, string>
}

/** Keeps a conf dir as its sources and its policy say, until it is told to end. */
export interface Publisher {
  readonly run: (signal: AbortSignal) => Promise<void>
  /** Something may have changed: it looks at once, not only when its rest is over. */
  readonly hint: () => void
  /** Looks and does one thing, if there is one to do. How long it may rest then, in ms. */
  readonly step: (signal: AbortSignal) => Promise<number>
  readonly status: () => PublisherStatus
}

const REST_MS = 1_000
const SHORT_REST_MS = 100

/** What is about to be published. */
interface Pending extends Change {
  readonly files: Files
  /** Texts that are withdrawn with it. */
  readonly quarantine?: Published['quarantine']
}

/** Makes a publisher; it does nothing before it is run. */
export function createPublisher(world: PublisherWorld, policy: PublishPolicy): Publisher {
  const { networks, dir, runtime, clock, onEvent } = world
  const candidatesNow = candidateChecks(world, policy)
  const gone = absences(clock)
  let toldUnknown: ReadonlySet<string> = new Set()
  let memory: Published | undefined
  let inForce: Files = new Map()
  /** When the change was made that is remembered. */
  let changedAtMs = -Infinity
  let isUnfinished = false
  let pendingSinceMs: number | undefined
  let latest: Decision = { files: new Map(), change: undefined, waiting: new Map() }
  let rest = new AbortController()

  const step = async (signal: AbortSignal): Promise<number> => {
    memory ??= await recall()
    const published = await withoutUnknown(await dir.read(), memory)
    inForce = published
    memory = await proven(memory)
    const pending =
      unfinished(memory, published) ?? withdrawal(memory) ?? (await next(memory, published, signal))
    if (pending === undefined) {
      pendingSinceMs = undefined
      return REST_MS
    }
    pendingSinceMs ??= clock.now()
    const waitedMs = clock.now() - pendingSinceMs
    // The runtime has been looked at since the last change: what goes bad then is known to be its doing.
    if (runtime.lookedAtMs() <= changedAtMs) return SHORT_REST_MS
    if (!isLull(await world.plugins(), waitedMs, policy)) return SHORT_REST_MS
    pendingSinceMs = undefined
    memory = await publish(pending, memory, published, signal)
    return SHORT_REST_MS
  }

  /** What this agent had published before it was started again. */
  const recall = async (): Promise<Published> => {
    const { change, ...last } = await world.memory.read()
    const found = await dir.read()
    if (found.size > 0 && change !== undefined) {
      changedAtMs = clock.now()
      isUnfinished = true
      // What was to go may have come back meanwhile: whether it goes is decided anew.
      const stays = ([file]: readonly [string, string]) =>
        change.withdraws === undefined && change.before.has(file)
      return { ...last, files: new Map([...[...found].filter(stays), ...last.files]), change }
    }
    if (found.size > 0 || policy.atBoot === 'clean') return last
    // What had not been proven is not good.
    const isGood = change === undefined || change.withdraws !== undefined
    const files = isGood ? last.files : change.before
    for (const move of movesBetween(found, files)) await dir.make(move)
    if (files.size > 0) {
      const change = 'as it was before the boot'
      onEvent({ type: 'published', change, files: [...files.keys()] })
    }
    return { ...last, files }
  }

  /** Files that somebody else has put into the conf dir do not count as published. */
  const withoutUnknown = async (found: Files, { files, change }: Published): Promise<Files> => {
    const isOurs = (file: string) => files.has(file) || change?.before.has(file) === true
    const unknown = [...found.keys()].filter((file) => !isOurs(file))
    const setAside = policy.unknownFiles === 'set-aside'
    for (const file of unknown) {
      if (setAside) await dir.setAside(file, world.setAsideDir)
      if (setAside || !toldUnknown.has(file)) onEvent({ type: 'unknown-file', file, setAside })
    }
    toldUnknown = new Set(unknown)
    return new Map([...found].filter(([file]) => isOurs(file)))
  }

  /** A change after which the runtime has been well for long is not taken back any more. */
  const proven = async (published: Published): Promise<Published> => {
    const { change, ...last } = published
    const isInDoubt = change?.wasReady === true && runtime.state().kind !== 'ready'
    if (change === undefined || isInDoubt || isUnfinished) return published
    if (clock.now() <= changedAtMs + policy.steadyFor) return published
    await world.memory.write(last)
    return last
  }

  /** A change that an earlier run of this agent has not brought to its end. */
  const unfinished = ({ files, change }: Published, published: Files): Pending | undefined => {
    if (change === undefined || movesBetween(published, files).length === 0) isUnfinished = false
    return isUnfinished && change !== undefined ? { ...change, files } : undefined
  }

  /** A change that has to be taken back, which two looks have to agree on. */
  const withdrawal = ({ files, change }: Published): Pending | undefined => {
    const state = runtime.state()
    const isBad = state.kind === 'not-ready' && runtime.lookedAtMs() > state.sinceMs
    if (change?.wasReady !== true || change.withdraws !== undefined || !isBad) return undefined
    const { before, what } = change
    const { reason } = state
    const changed = [...files].filter(([file, text]) => before.get(file) !== text)
    return {
      files: before,
      before: files,
      what: `${what}: withdrawn`,
      wasReady: false,
      withdraws: { what, reason },
      quarantine: new Map(changed.map(([file, text]) => [file, { text, reason }])),
    }
  }

  const next = async (
    { quarantine }: Published,
    published: Files,
    signal: AbortSignal,
  ): Promise<Pending | undefined> => {
    const candidates = await candidatesNow(published, signal)
    gone.note(goneNow(published, candidates))
    const decision = decide(
      {
        candidates,
        rejected: new Set(networks.snapshot().rejections.map(({ file }) => file)),
        published,
        goneForMs: gone.forMs,
        quarantined: (file, text) => {
          const entry = quarantine.get(file)
          return entry?.text === text ? entry.reason : undefined
        },
        steadyForMs: steadyForMs(),
      },
      policy,
    )
    tellWaiting(decision)
    latest = decision
    const { files, change: what } = decision
    if (what === undefined) return undefined
    return { files, what, before: published, wasReady: runtime.state().kind === 'ready' }
  }

  const publish = async (
    { files, quarantine = new Map(), ...change }: Pending,
    before: Published,
    published: Files,
    signal: AbortSignal,
  ): Promise<Published> => {
    const { what, withdraws } = change
    const after = { files, change, quarantine: new Map([...before.quarantine, ...quarantine]) }
    // First: whatever a kill -9 leaves in the conf dir is known to be this agent's, and can be mended.
    await world.memory.write(after)
    memory = after
    for (const move of movesBetween(published, files)) await dir.make(move)
    isUnfinished = false
    inForce = files
    changedAtMs = clock.now()
    onEvent({ type: 'published', change: what, files: [...files.keys()] })
    if (withdraws !== undefined) {
      onEvent({ type: 'withdrawn', change: withdraws.what, reason: withdraws.reason })
    }
    const kick = async () => {
      await dir.kick()
      onEvent({ type: 'kicked', change: what })
    }
    const reason = await notLoadedReason(files, { loaded: runtime.loaded, kick, clock }, signal)
    if (reason === undefined) onEvent({ type: 'confirmed', change: what })
    else onEvent({ type: 'not-confirmed', change: what, reason })
    changedAtMs = clock.now()
    return after
  }

  /** Published files that the sources do not have any more, as far as those can be read. */
  const goneNow = (published: Files, candidates: readonly Candidate[]): ReadonlySet<string> => {
    const { rejections, dirError } = networks.snapshot()
    const there = new Set([...candidates, ...rejections].map(({ file }) => file))
    if (dirError !== undefined) return new Set()
    return new Set([...published.keys()].filter((file) => !there.has(file)))
  }

  const steadyForMs = (): number | undefined => {
    const state = runtime.state()
    return state.kind === 'ready' ? clock.now() - state.sinceMs : undefined
  }

  const tellWaiting = ({ waiting }: Decision): void => {
    for (const [network, reason] of waiting) {
      if (latest.waiting.get(network) !== reason) onEvent({ type: 'waits', network, reason })
    }
  }

  return {
    step,
    // With a reason of its own: without one, each would be an exception with a stack.
    hint: () => rest.abort('hint'),
    run: async (signal) => {
      signal.addEventListener('abort', () => rest.abort(signal.reason), { once: true })
      while (!signal.aborted) {
        rest = new AbortController()
        const restMs = await step(signal)
        if (!signal.aborted) await clock.sleep(restMs, rest.signal).catch(() => undefined)
      }
    },
    status: () => ({
      published: [...inForce.keys()],
      waiting: latest.waiting,
      quarantined: new Map(
        [...(memory?.quarantine ?? [])].map(([file, { reason }]) => [file, reason]),
      ),
    }),
  }
}

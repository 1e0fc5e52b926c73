import type { Networks } from '@fairlead/networks'
import { type Clock, waitUntil } from '../ports.ts'
import { candidatesOf } from './candidates.ts'
import { type CheckWorld, createChecks } from './checks.ts'
import type { PublishPolicy } from './config.ts'
import { type Candidate, decide, type Decision } from './decide.ts'
import { hasLoaded, type Loaded } from './loaded.ts'
import type { PluginProcess } from './plugin-processes.ts'
import { type Files, movesBetween } from './publication.ts'
import type { PublishedDir } from './published-dir.ts'
import type { RuntimeState } from './runtime-watch.ts'

/** Something that the publisher did or saw. */
export type PublisherEvent =
  | { readonly type: 'published'; readonly change: string; readonly files: readonly string[] }
  | { readonly type: 'confirmed'; readonly change: string }
  | { readonly type: 'not-confirmed'; readonly change: string; readonly reason: string }
  | { readonly type: 'withdrawn'; readonly change: string; readonly reason: string }
  | { readonly type: 'waits'; readonly network: string; readonly reason: string }
  | { readonly type: 'unknown-file'; readonly file: string; readonly setAside: boolean }

/** What the publisher works with. */
export interface PublisherWorld extends CheckWorld {
  /** The networks of the sources; all of them are in its plan. */
  readonly networks: Pick<Networks, 'snapshot' | 'plan' | 'status'>
  /** When a network was loaded with another text than before, on the scale of `clock`. */
  readonly loadedAtMs: (network: string) => number
  readonly dir: PublishedDir
  /** What was published last, on a disk that survives a boot. */
  readonly lastGood: {
    readonly read: () => Promise<Files>
    readonly write: (files: Files) => Promise<void>
  }
  readonly setAsideDir: string
  readonly runtime: {
    readonly state: () => RuntimeState
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
  /** Looks and does one thing, if there is one to do. */
  readonly step: (signal: AbortSignal) => Promise<void>
  readonly status: () => PublisherStatus
}

const EVERY_MS = 250
const CONFIRM_TIMEOUT_MS = 5_000
const YOUNG_PLUGIN_MS = 1_000

/** A change that was published, for as long as it may have to be taken back. */
interface Probation {
  readonly before: Files
  readonly after: Files
  readonly change: string
  readonly atMs: number
  /** Where it was not, there is nothing that the change could have broken. */
  readonly wasReady: boolean
}

/** Makes a publisher; it does nothing before it is run. */
export function createPublisher(world: PublisherWorld, policy: PublishPolicy): Publisher {
  const { networks, dir, lastGood, runtime, clock, onEvent } = world
  const goneSinceMs = new Map<string, number>()
  const quarantine = new Map<string, { readonly text: string; readonly reason: string }>()
  const problemOf = createChecks(world, policy)
  let ours: Files | undefined
  let probation: Probation | undefined
  let latest: Decision = { files: new Map(), change: undefined, waiting: new Map() }

  const step = async (signal: AbortSignal): Promise<void> => {
    ours ??= await begin()
    const published = await withoutUnknown(await dir.read(), ours)
    if (probation !== undefined && clock.now() > probation.atMs + policy.steadyFor) {
      probation = undefined
    }
    const bad = badSince(probation)
    if (probation !== undefined && bad !== undefined) {
      await withdraw(probation, bad, signal)
      return
    }
    const candidates = await checkedCandidates(published, signal)
    const decision = decide(
      {
        candidates,
        rejected: new Set(networks.snapshot().rejections.map(({ file }) => file)),
        published,
        goneForMs: (file) => goneForMs(file, candidates),
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
    if (decision.change === undefined) return
    const wasReady = runtime.state().kind === 'ready'
    await publish(decision.files, decision.change, published, signal)
    const { files, change } = decision
    probation = { before: published, after: files, change, atMs: clock.now(), wasReady }
  }

  /** What this agent had published before it was started again. */
  const begin = async (): Promise<Files> => {
    const before = await lastGood.read()
    const found = await dir.read()
    if (found.size > 0 || before.size === 0 || policy.atBoot === 'clean') return before
    for (const move of movesBetween(found, before)) await dir.make(move)
    const files = [...before.keys()]
    onEvent({ type: 'published', change: 'as it was before the boot', files })
    return before
  }

  /** Files that somebody else has put into the conf dir do not count as published. */
  const withoutUnknown = async (found: Files, known: Files): Promise<Files> => {
    const own = new Map<string, string>()
    for (const [file, text] of found) {
      if (known.has(file)) {
        own.set(file, text)
        continue
      }
      const isSetAside = policy.unknownFiles === 'set-aside'
      if (isSetAside) await dir.setAside(file, world.setAsideDir)
      if (!toldUnknown.has(file) || isSetAside) {
        onEvent({ type: 'unknown-file', file, setAside: isSetAside })
      }
      toldUnknown.add(file)
    }
    return own
  }
  const toldUnknown = new Set<string>()

  const checkedCandidates = async (
    published: Files,
    signal: AbortSignal,
  ): Promise<readonly Candidate[]> => {
    const nowMs = clock.now()
    const sources = {
      plan: networks.plan(),
      status: networks.status(),
      loadedForMs: ({ name }: { readonly name: string }) => nowMs - world.loadedAtMs(name),
    }
    const checked = candidatesOf(sources, policy).map(async (candidate) => {
      const { file, text, readiness } = candidate
      // What is published stays, whatever becomes of it.
      if (!readiness.ready || published.get(file) === text) return candidate
      const reason = await problemOf(candidate, signal)
      return reason === undefined
        ? candidate
        : { ...candidate, readiness: { ready: false, reason } as const }
    })
    return Promise.all(checked)
  }

  const publish = async (
    files: Files,
    change: string,
    before: Files,
    signal: AbortSignal,
  ): Promise<void> => {
    const askedMs = clock.now()
    await waitUntil(async () => isLull(await world.plugins(), clock.now() - askedMs, policy), {
      clock,
      everyMs: 50,
      timeoutMs: policy.waitForHung,
      signal,
    })
    // First: whatever is in the conf dir after a kill -9 is known to be this agent's.
    ours = new Map([...(ours ?? []), ...files])
    await lastGood.write(ours)
    for (const move of movesBetween(before, files)) await dir.make(move)
    ours = files
    await lastGood.write(files)
    onEvent({ type: 'published', change, files: [...files.keys()] })
    await confirm(files, change, signal)
  }

  /** Says whether the runtime has loaded it, and makes it load once more where it has missed it. */
  const confirm = async (files: Files, change: string, signal: AbortSignal): Promise<void> => {
    let kicked = false
    let reason = 'the runtime does not answer, or does not say what it has loaded'
    const deadlineMs = clock.now() + CONFIRM_TIMEOUT_MS
    for (;;) {
      const loaded = await runtime.loaded(signal)
      if (loaded !== undefined) {
        if (hasLoaded(loaded, files)) return onEvent({ type: 'confirmed', change })
        reason = `it has loaded ${loaded.networks.map(({ name }) => name).join(', ')}: ${loaded.status}`
      }
      const leftMs = deadlineMs - clock.now()
      if (leftMs <= 0) return onEvent({ type: 'not-confirmed', change, reason })
      if (loaded !== undefined && !kicked && leftMs < CONFIRM_TIMEOUT_MS / 2) {
        kicked = true
        await dir.kick()
      }
      await clock.sleep(EVERY_MS, signal)
    }
  }

  /** Why a change has to be taken back; undefined where it has not. */
  const badSince = (change: Probation | undefined): string | undefined => {
    const state = runtime.state()
    return change?.wasReady === true && state.kind === 'not-ready' ? state.reason : undefined
  }

  const withdraw = async (bad: Probation, reason: string, signal: AbortSignal): Promise<void> => {
    for (const [file, text] of bad.after) {
      if (bad.before.get(file) !== text) quarantine.set(file, { text, reason })
    }
    probation = undefined
    await publish(bad.before, `${bad.change}: withdrawn`, bad.after, signal)
    onEvent({ type: 'withdrawn', change: bad.change, reason })
  }

  const goneForMs = (file: string, candidates: readonly Candidate[]): number | undefined => {
    const { rejections, dirError } = networks.snapshot()
    const isThere =
      dirError !== undefined ||
      candidates.some((one) => one.file === file) ||
      rejections.some((one) => one.file === file)
    if (isThere) goneSinceMs.delete(file)
    else if (!goneSinceMs.has(file)) goneSinceMs.set(file, clock.now())
    const since = goneSinceMs.get(file)
    return since === undefined ? undefined : clock.now() - since
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
    run: async (signal) => {
      while (!signal.aborted) {
        await step(signal)
        await clock.sleep(EVERY_MS, signal).catch(() => undefined)
      }
    },
    status: () => ({
      published: [...(ours ?? new Map<string, string>()).keys()],
      waiting: latest.waiting,
      quarantined: new Map([...quarantine].map(([file, { reason }]) => [file, reason])),
    }),
  }
}

/**
 * Whether the runtime can load without keeping Status waiting: no plugin runs, or, on a node where some
 * plugin always does, none that has run for long, for the load waits for those that run.
 */
function isLull(
  plugins: readonly PluginProcess[],
  waitedMs: number,
  { waitForPlugins }: PublishPolicy,
): boolean {
  if (waitedMs < waitForPlugins) return plugins.length === 0
  return plugins.every(({ ageMs }) => ageMs < YOUNG_PLUGIN_MS)
}

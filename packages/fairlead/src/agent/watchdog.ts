import { messageOf } from '../errors.ts'
import { type Clock, settlesWithin } from '../ports.ts'
import type { WatchdogPolicy } from './config.ts'
import type { Moment } from './evidence.ts'
import type { Memory, Repaired } from './memory.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import { type NamedRepair, type RepairEvent, repairOf, type RestartLeave, whyOf } from './repair.ts'
import { RESTART_TIMEOUT_MS } from './restart-command.ts'
import { type Look, nextState, type RuntimeState, stateText } from './runtime-watch.ts'

/** Something that the watchdog did or saw. */
export type WatchdogEvent =
  | { readonly type: 'runtime'; readonly state: RuntimeState; readonly text: string }
  | RepairEvent

/** What the watchdog works with. */
export interface WatchdogWorld {
  /** Asks the runtime how it is, under a deadline. */
  readonly look: (signal: AbortSignal) => Promise<Look>
  readonly plugins: () => Promise<readonly PluginProcess[]>
  /** Keeps what is known, before anything is done about it; where it is kept. */
  readonly keepEvidence: (moment: Moment) => Promise<string>
  readonly endPlugins: (plugins: readonly PluginProcess[]) => Promise<void>
  /** Restarts the runtime; resolves when that is done. */
  readonly restart: (signal: AbortSignal) => Promise<void>
  /** Whether the cluster bears a restart now; not asked where it is not given. */
  readonly restartLeave?: () => RestartLeave
  /** The latest repairs, also of an earlier run of the agent: they count, too. */
  readonly memory: Memory<readonly Repaired[]>
  readonly clock: Clock
  /** The time of day, for people to read. */
  readonly date: () => Date
  readonly onEvent: (event: WatchdogEvent) => void
}

/** Watches a runtime, and repairs what it waits for, until it is told to end. */
export interface Watchdog {
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly state: () => RuntimeState
  /** When the last look began that has ended; -Infinity before the first. */
  readonly lookedAtMs: () => number
  /** The state in a sentence. */
  readonly text: () => string
  /** The latest, the oldest first. */
  readonly repairs: () => readonly Repaired[]
}

const REPAIRS_KEPT = 20
/** Whatever is asked for the evidence has 3 s; all of it takes a few more where the disk answers. */
const KEEP_TIMEOUT_MS = 20_000

/** Makes a watchdog; it does nothing before it is run. */
export function createWatchdog(world: WatchdogWorld, policy: WatchdogPolicy): Watchdog {
  const { clock, onEvent } = world
  const beganMs = clock.now()
  let repairs: readonly (Repaired & { readonly atMs: number })[] | undefined
  let restartingUntilMs = -Infinity
  let state: RuntimeState = { kind: 'unknown' }
  let lookedAtMs = -Infinity
  let text = stateText(state, [], beganMs)
  let isReported = false

  const look = async (signal: AbortSignal): Promise<void> => {
    repairs ??= await recall()
    const beganLookMs = clock.now()
    const before = state
    state = nextState(before, await world.look(signal), beganLookMs)
    lookedAtMs = beganLookMs
    const plugins = state.kind === 'stalled' ? await world.plugins() : []
    text = stateText(state, plugins, clock.now())
    if (state.kind !== before.kind) onEvent({ type: 'runtime', state, text })
    const observation = {
      state,
      plugins,
      nowMs: clock.now(),
      runsForMs: clock.now() - beganMs,
      repairsAtMs: repairs.map(({ atMs }) => atMs),
      restartingUntilMs,
      restartLeave: world.restartLeave ?? (() => ({ kind: 'granted' }) as const),
    }
    const repair = repairOf(observation, policy)
    if (repair.kind === 'none') {
      isReported = false
      return
    }
    // What is only said is said once for each silence.
    if (repair.kind === 'report' && isReported) return
    isReported = true
    await act(repair, plugins, signal)
  }

  /** By the time of day, which is all that both runs share. */
  const recall = async () => {
    const [nowMs, dayMs] = [clock.now(), world.date().getTime()]
    const recalled = (await world.memory.read()).map((repaired) => ({
      ...repaired,
      atMs: nowMs - Math.max(0, dayMs - Date.parse(repaired.at)),
    }))
    // It may go on: nobody waited for its end.
    const restart = recalled.findLast(({ kind }) => kind === 'restart')
    if (restart !== undefined) restartingUntilMs = restart.atMs + RESTART_TIMEOUT_MS
    return recalled
  }

  const act = async (
    repair: NamedRepair,
    plugins: readonly PluginProcess[],
    signal: AbortSignal,
  ): Promise<void> => {
    const at = world.date()
    const problems: string[] = []
    // A disk that is full, or hangs, keeps nobody from help: that is only told.
    const kept = async <T>(keeping: Promise<T>, problem: string): Promise<T | undefined> => {
      try {
        if (await settlesWithin(keeping, { clock, timeoutMs: KEEP_TIMEOUT_MS }))
          return await keeping
        problems.push(`${problem}: it has taken longer than ${KEEP_TIMEOUT_MS / 1000} s`)
      } catch (error) {
        problems.push(`${problem}: ${messageOf(error)}`)
      }
      return undefined
    }
    const moment = { at, why: repair.why, state: text, plugins }
    const evidence = await kept(world.keepEvidence(moment), 'no evidence could be kept')
    if (repair.kind !== 'report') {
      const { kind } = repair
      const repaired = { at: at.toISOString(), kind, why: whyOf(repair), atMs: clock.now() }
      repairs = [...(repairs ?? []), repaired].slice(-Math.max(REPAIRS_KEPT, policy.actionsAtMost))
      await kept(world.memory.write(repairs), 'an agent that starts again will not know of it')
    }
    onEvent({ type: 'repair', repair, evidence, problems })
    if (repair.kind === 'end-plugins') await world.endPlugins(repair.plugins)
    if (repair.kind === 'restart') await world.restart(signal)
  }

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await look(signal)
        await clock.sleep(policy.every, signal).catch(() => undefined)
      }
    },
    state: () => state,
    text: () => text,
    lookedAtMs: () => lookedAtMs,
    repairs: () =>
      (repairs ?? []).slice(-REPAIRS_KEPT).map(({ at, kind, why }) => ({ at, kind, why })),
  }
}

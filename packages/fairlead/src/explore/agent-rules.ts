import type { AgentConfig } from '../agent/config.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import type { Files, Move } from '../agent/publication.ts'
import type { AgentRuntime } from './agent-runtime.ts'
import { seconds } from './story.ts'

/** What the agent of one life has seen and told; it ends with it. */
export interface Seen {
  /** The evidence that was kept for the repair that comes, and how long Status was silent then. */
  evidence: { readonly silentMs: number; readonly pluginsRun: boolean } | undefined
  /** Whether it has seen a plugin that a load would wait for when it looked last. */
  isBusy: boolean
  /** When it made the runtime load last, or began; no change has waited for longer. */
  loadedAtMs: number
  hasLookedForPlugins: boolean
  /** Since the last publication was told, or begun. */
  loads: number
  removals: number
}

/** Nothing seen yet. */
export function nothingSeen(nowMs: number): Seen {
  return {
    evidence: undefined,
    isBusy: false,
    loadedAtMs: nowMs,
    hasLookedForPlugins: false,
    loads: 0,
    removals: 0,
  }
}

const YOUNG_PLUGIN_MS = 1_000
const BUDGET_WINDOW_MS = 600_000
/** Plain Status and verbose Status, each once. */
const CALLS_MAX = 2

/** What is true of the node, whatever the agent has seen of it. */
interface Truth {
  readonly nowMs: () => number
  readonly runtime: () => AgentRuntime
  /** Whether a source ever had this text, whole. */
  readonly wasWhole: (file: string, text: string) => boolean
  /** Whether the runtime refuses to load it. */
  readonly isRefused: (text: string) => boolean
  /** How long a file has been gone from the sources; undefined where it is there. */
  readonly goneForMs: (file: string) => number | undefined
}

/** The rules that an agent may never break, each asked for when it acts; `breach` hears of the first. */
export function agentRules(
  truth: Truth,
  { publish, watchdog }: Pick<AgentConfig, 'publish' | 'watchdog'>,
  breach: (what: string) => void,
) {
  const repairsAtMs: number[] = []

  const repairs = (what: string): void => {
    const nowMs = truth.nowMs()
    if (truth.runtime().isRestarting) breach(`${what} while the runtime is being restarted`)
    repairsAtMs.push(nowMs)
    const recent = repairsAtMs.filter((atMs) => nowMs - atMs < BUDGET_WINDOW_MS).length
    if (recent > watchdog.actionsAtMost) breach(`${what}, repair ${recent} within ten minutes`)
  }

  return {
    /** Whether no further repair is allowed now. */
    isSpent: (): boolean => repairsAtMs.length >= watchdog.actionsAtMost,

    moves: (move: Move, published: Files, seen: Seen): void => {
      const { file } = move
      if (move.kind === 'remove-and-load') {
        const goneMs = truth.goneForMs(file)
        const isRefused = truth.isRefused(published.get(file) ?? '')
        if (published.size === 1 && !publish.withdrawLast && !isRefused) {
          breach(`removes ${file}, the last network`)
        } else if (!isRefused && (goneMs === undefined || goneMs < publish.sourceGoneFor)) {
          const gone = goneMs === undefined ? 'is there' : `has been gone for ${seconds(goneMs)}`
          breach(`removes ${file}, whose source ${gone}`)
        }
      } else if (!truth.wasWhole(file, move.text)) {
        breach(`publishes as ${file} what no source ever had: ${move.text}`)
      }
      if (move.kind === 'bring') return
      seen.loads += 1
      if (move.kind === 'remove-and-load') seen.removals += 1
      if (!seen.hasLookedForPlugins) breach('makes the runtime load without a look for plugins')
      const waitedMs = truth.nowMs() - seen.loadedAtMs
      seen.loadedAtMs = truth.nowMs()
      if (seen.isBusy && waitedMs < publish.waitForHung) {
        breach('makes the runtime load while it sees a plugin run')
      }
    },

    /** The publisher tells that a change is made. */
    published: (seen: Seen): void => {
      const expected = Math.max(1, seen.removals)
      if (seen.loads > expected) breach(`makes ${seen.loads} loads of one change`)
      seen.loads = 0
      seen.removals = 0
    },

    looksForPlugins: (plugins: readonly PluginProcess[], seen: Seen): void => {
      seen.hasLookedForPlugins = true
      seen.isBusy = plugins.some(({ ageMs }) => ageMs >= YOUNG_PLUGIN_MS)
    },

    keepsEvidence: (seen: Seen, caller: object): void => {
      const calls = [...truth.runtime().open].filter((one) => one.caller === caller)
      const oldestMs = Math.min(truth.nowMs(), ...calls.map(({ atMs }) => atMs))
      const pluginsRun = truth.runtime().plugins.size > 0
      seen.evidence = { silentMs: truth.nowMs() - oldestMs, pluginsRun }
    },

    ends: (plugins: readonly PluginProcess[], seen: Seen): void => {
      const { evidence } = seen
      seen.evidence = undefined
      if (evidence === undefined) breach('ends plugins without evidence')
      else if (evidence.silentMs < watchdog.hungAfter) {
        breach(`ends plugins when Status has been silent for ${seconds(evidence.silentMs)}`)
      }
      const running = [...truth.runtime().plugins]
      for (const { process } of plugins) {
        const plugin = running.find(({ pid }) => pid === process.pid)
        const ageMs = plugin === undefined ? Infinity : truth.nowMs() - plugin.beganMs
        if (ageMs < watchdog.hungAfter) breach(`ends a plugin that has run for ${seconds(ageMs)}`)
      }
      repairs('ends plugins')
    },

    restarts: (seen: Seen): void => {
      const { evidence } = seen
      seen.evidence = undefined
      if (evidence === undefined) breach('restarts the runtime without evidence')
      else if (evidence.silentMs < watchdog.deadlockAfter) {
        breach(`restarts the runtime when Status has been silent for ${seconds(evidence.silentMs)}`)
      }
      repairs('restarts the runtime')
    },

    calls: (caller: object): void => {
      const open = [...truth.runtime().open].filter((one) => one.caller === caller).length
      if (open > CALLS_MAX) breach(`has ${open} Status calls open at once`)
    },
  }
}

/** See {@link agentRules}. */
export type AgentRules = ReturnType<typeof agentRules>

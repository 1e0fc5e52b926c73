import { type Plan, type Snapshot, statusOf } from '@fairlead/networks'
import type { AgentConfig } from '../agent/config.ts'
import { loadedBy } from '../agent/loaded.ts'
import type { Published, Repaired } from '../agent/memory.ts'
import type { PublishedDir } from '../agent/published-dir.ts'
import type { PublisherWorld } from '../agent/publisher.ts'
import { lookAt } from '../agent/runtime-watch.ts'
import type { WatchdogWorld } from '../agent/watchdog.ts'
import type { Clock } from '../ports.ts'
import type { AgentRules, Seen } from './agent-rules.ts'
import type { AgentRuntime } from './agent-runtime.ts'
import type { World } from './world.ts'

/** What an agent works with, of both its parts. */
export interface AgentPorts {
  readonly publisher: Omit<PublisherWorld, 'runtime'> & Pick<PublisherWorld['runtime'], 'loaded'>
  readonly watchdog: WatchdogWorld
}

/** One run of the agent, until it is killed. */
export interface Life {
  isOver: boolean
  readonly seen: Seen
  hint: () => void
  /** Whether what the sources were read as may be old. */
  isStale: boolean
  snapshot: Snapshot
  plan: Plan
}

/** What of an agent outlives it. */
export interface AgentDisk {
  published: Published
  repairs: readonly Repaired[]
  /** Texts that were published where the agent had seen the runtime Ready: what follows is their doing. */
  readonly onProbation: Set<string>
}

/** What an agent finds around it, whichever it is. */
export interface Surroundings {
  readonly world: World
  readonly config: AgentConfig
  /** What the runtime's conf dir holds. */
  readonly published: Map<string, string>
  readonly disk: AgentDisk
  readonly runtime: AgentRuntime
  readonly rules: AgentRules
}

/** The runtime's CRI, as one life reaches it. */
export type AgentCri = ReturnType<AgentRuntime['criOf']>

const ABORTED = new Error('aborted')

/**
 * The doors of an agent. Each thing that it does through them is a step, at which it may be killed: then
 * it is not done, or done and never known to be.
 */
export function agentPorts(node: Surroundings, life: Life, cri: AgentCri): AgentPorts {
  const { world, config, disk, runtime, rules } = node
  const step = (text: string) => stepOf(life, world, text)
  const clock = clockOf(life, world)
  const { signal } = new AbortController()
  const call = { timeoutMs: config.watchdog.timeout, clock, signal }
  const plugins = async () => {
    await step('looks for plugins')
    return runtime.processes()
  }
  const seenAt = () => ({ state: 'ready', observedAtMs: clock.now() }) as const
  return {
    publisher: {
      networks: {
        snapshot: () => life.snapshot,
        plan: () => life.plan,
        status: () => statusOf(life.plan, seenAt, clock.now()),
      },
      loadedAtMs: clock.now,
      dir: publishedDir(node, life, step),
      memory: {
        read: async () => {
          await step('reads what it had published')
          return disk.published
        },
        write: async (published) => {
          await step('writes down what it publishes')
          disk.published = published
          if (published.change?.wasReady !== true) return
          for (const text of published.files.values()) disk.onProbation.add(text)
        },
      },
      setAsideDir: '/set-aside',
      cni: {
        validateNetworkList: async () => {
          await step('asks the plugins for their versions')
          return []
        },
        findPlugin: async (plugin) => ({ ok: true, value: `/bin/${plugin}` }),
      },
      isListening: async () => true,
      loaded: loadedBy(cri, call),
      plugins: async () => {
        const running = await plugins()
        rules.looksForPlugins(running, life.seen)
        return running
      },
      clock,
      onEvent: (event) => {
        if (event.type === 'published') rules.published(life.seen)
        if ('change' in event) world.say(`${event.type}: ${event.change}`)
      },
    },
    watchdog: {
      look: lookAt(cri, call),
      plugins,
      keepEvidence: async () => {
        await step('keeps evidence')
        rules.keepsEvidence(life.seen, life)
        return '/evidence'
      },
      endPlugins: async (ended) => {
        await step('ends plugins')
        rules.ends(ended, life.seen)
        for (const { process } of ended) {
          for (const plugin of runtime.plugins) {
            if (plugin.pid === process.pid) plugin.kill()
          }
        }
      },
      restart: async () => {
        await step('restarts the runtime')
        rules.restarts(life.seen)
        await runtime.restart()
        await step('sees the runtime restarted')
      },
      memory: {
        read: async () => {
          await step('reads its repairs')
          return disk.repairs
        },
        write: async (repairs) => {
          await step('writes its repair down')
          disk.repairs = repairs
        },
      },
      clock,
      date: () => new Date(clock.now()),
      onEvent: (event) => {
        if (event.type === 'runtime') world.say(`sees the runtime ${event.state.kind}`)
        life.hint()
      },
    },
  }
}

/** What the runtime loads, and what the agent does to it. */
function publishedDir(
  { published, runtime, rules }: Surroundings,
  life: Life,
  step: (text: string) => Promise<void>,
): PublishedDir {
  return {
    read: async () => {
      await step('reads the conf dir')
      return new Map(published)
    },
    make: async (move) => {
      const { file } = move
      await step(move.kind === 'remove-and-load' ? `removes ${file}` : `brings ${file}`)
      rules.moves(move, published, life.seen)
      if (move.kind === 'remove-and-load') published.delete(file)
      else published.set(file, move.text)
      if (move.kind !== 'bring') runtime.notice()
      await step('')
    },
    kick: async () => {
      await step('makes the runtime load once more')
      runtime.notice()
    },
    setAside: async () => {
      throw new Error('nobody else writes to the conf dir')
    },
  }
}

/** A step of a life; whoever is killed meanwhile never goes on. */
export async function stepOf(life: Life, world: World, text: string): Promise<void> {
  await world.step(text)
  if (life.isOver) await new Promise(() => {})
}

/** The runtime's CRI, whose answers reach nobody who was killed. */
export function criOf(life: Life, { runtime, rules }: Surroundings): AgentCri {
  const cri = runtime.criOf(life)
  const unlessOver = async <T>(answer: Promise<T>): Promise<T> => {
    rules.calls(life)
    const value = await answer
    return life.isOver ? new Promise(() => {}) : value
  }
  return {
    status: (...call) => unlessOver(cri.status(...call)),
    listPodSandbox: (...call) => unlessOver(cri.listPodSandbox(...call)),
  }
}

function clockOf(life: Life, { clock }: World): Clock {
  return {
    now: clock.now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(ABORTED)
        const cancel = clock.after(ms, () => {
          if (!life.isOver) resolve()
        })
        signal?.addEventListener('abort', () => {
          cancel()
          if (!life.isOver) reject(ABORTED)
        })
      }),
  }
}

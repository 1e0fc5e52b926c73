import { parseNetworkConfig } from '@fairlead/cni'
import {
  type ConfFileReading,
  nextSnapshot,
  NOTHING_LOADED,
  type Plan,
  planOf,
  type Snapshot,
  statusOf,
} from '@fairlead/networks'
import type { AgentConfig } from '../agent/config.ts'
import { loadedBy } from '../agent/loaded.ts'
import type { Published, Repaired } from '../agent/memory.ts'
import type { PublishedDir } from '../agent/published-dir.ts'
import { createPublisher, type PublisherWorld } from '../agent/publisher.ts'
import { lookAt } from '../agent/runtime-watch.ts'
import { createWatchdog, type WatchdogWorld } from '../agent/watchdog.ts'
import type { Clock } from '../ports.ts'
import { type AgentRules, nothingSeen, type Seen } from './agent-rules.ts'
import type { AgentRuntime } from './agent-runtime.ts'
import type { World } from './world.ts'

/** What an agent works with, of both its parts. */
export interface AgentPorts {
  readonly publisher: Omit<PublisherWorld, 'runtime'> & Pick<PublisherWorld['runtime'], 'loaded'>
  readonly watchdog: WatchdogWorld
}

/** What is otherwise than in the agent; made around its code and never in it. */
export interface AgentMutation {
  readonly ports?: (ports: AgentPorts, life: Life, node: AgentNode) => AgentPorts
  readonly config?: (config: AgentConfig) => AgentConfig
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

const ABORTED = new Error('aborted')
const POLICY = { kind: 'containerd', maxConfNum: 0 } as const

/**
 * A node with its disk, on which agents live one after the other: publisher and watchdog as they are.
 * Each thing that they do outside of themselves is a step, at which they may be killed: then it is not
 * done, or done and never known to be.
 */
export class AgentNode {
  readonly sources = new Map<string, string>()
  readonly #published: Map<string, string>
  /** Texts that were published where the agent had seen the runtime Ready: what follows is their doing. */
  readonly #onProbation = new Set<string>()
  readonly #disk: { published: Published; repairs: readonly Repaired[] } = {
    published: { files: new Map(), quarantine: new Map() },
    repairs: [],
  }
  #life: Life | undefined
  #lives = 0
  #restarts = 0
  readonly #world: World
  readonly #config: AgentConfig
  readonly #runtime: AgentRuntime
  readonly #rules: AgentRules
  readonly #mutation: AgentMutation

  constructor(
    world: World,
    parts: {
      readonly config: AgentConfig
      /** What the runtime's conf dir holds. */
      readonly published: Map<string, string>
      readonly runtime: AgentRuntime
      readonly rules: AgentRules
      readonly mutation: AgentMutation
    },
  ) {
    this.#world = world
    this.#published = parts.published
    this.#runtime = parts.runtime
    this.#rules = parts.rules
    this.#mutation = parts.mutation
    this.#config = parts.mutation.config?.(parts.config) ?? parts.config
  }

  /** Whether an agent lives. */
  get isGuarded(): boolean {
    return this.#life !== undefined
  }

  /** Whether a text may stay, whatever the runtime makes of it: it was no better before. */
  isBorne = (text: string): boolean => !this.#onProbation.has(text)

  /** An installer has written something. */
  changed(): void {
    if (this.#life !== undefined) this.#life.isStale = true
  }

  /** kill -9. */
  kill(): void {
    if (this.#life !== undefined) this.#life.isOver = true
    this.#life = undefined
  }

  /** Begins a life, with what the disk has. */
  start(): void {
    const life: Life = {
      isOver: false,
      seen: nothingSeen(this.#world.clock.now()),
      hint: () => {},
      isStale: true,
      snapshot: NOTHING_LOADED,
      plan: planOf(NOTHING_LOADED, POLICY),
    }
    this.#life = life
    this.#lives += 1
    const which = this.#lives === 1 ? '' : ` ${this.#lives}`
    const ports = this.#mutation.ports?.(this.#ports(life), life, this) ?? this.#ports(life)
    const { publish, watchdog: policy } = this.#config
    const { loaded, ...world } = ports.publisher
    const watchdog = createWatchdog(ports.watchdog, policy)
    const publisher = createPublisher({ ...world, runtime: { ...watchdog, loaded } }, publish)
    life.hint = publisher.hint
    const { signal } = new AbortController()
    this.#world.spawn(`the sources${which}`, () => this.#readSources(life))
    this.#world.spawn(`the publisher${which}`, async () => {
      await this.#step(life, 'begins')
      await publisher.run(signal)
    })
    this.#world.spawn(`the watchdog${which}`, () => watchdog.run(signal))
  }

  /** Whoever is killed meanwhile never goes on. */
  async #step(life: Life, text: string): Promise<void> {
    await this.#world.step(text)
    if (life.isOver) await new Promise(() => {})
  }

  async #readSources(life: Life): Promise<void> {
    while (!life.isOver) {
      await this.#world.until(() => life.isStale || life.isOver)
      if (life.isOver) return
      life.isStale = false
      const texts = [...this.sources].toSorted(([left], [right]) => (left < right ? -1 : 1))
      await this.#step(life, 'has read the sources')
      const value = texts.map(([file, text]): ConfFileReading => {
        return { file, list: parseNetworkConfig(text, file) }
      })
      life.snapshot = nextSnapshot(life.snapshot, { ok: true, value })
      life.plan = planOf(life.snapshot, POLICY)
      life.hint()
    }
  }

  #clock(life: Life): Clock {
    const { clock } = this.#world
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

  #ports(life: Life): AgentPorts {
    const clock = this.#clock(life)
    const cri = this.criOf(life)
    const { signal } = new AbortController()
    const call = { timeoutMs: this.#config.watchdog.timeout, clock, signal }
    const plugins = async () => {
      await this.#step(life, 'looks for plugins')
      return this.#runtime.processes()
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
        dir: this.#dir(life),
        memory: {
          read: async () => {
            await this.#step(life, 'reads what it had published')
            return this.#disk.published
          },
          write: async (published) => {
            await this.#step(life, 'writes down what it publishes')
            this.#disk.published = published
            if (published.change?.wasReady !== true) return
            for (const text of published.files.values()) this.#onProbation.add(text)
          },
        },
        setAsideDir: '/set-aside',
        cni: {
          validateNetworkList: async () => {
            await this.#step(life, 'asks the plugins for their versions')
            return []
          },
          findPlugin: async (plugin) => ({ ok: true, value: `/bin/${plugin}` }),
        },
        isListening: async () => true,
        loaded: loadedBy(cri, call),
        plugins: async () => {
          const running = await plugins()
          this.#rules.looksForPlugins(running, life.seen)
          return running
        },
        clock,
        onEvent: (event) => {
          if (event.type === 'published') this.#rules.published(life.seen)
          if ('change' in event) this.#world.say(`${event.type}: ${event.change}`)
        },
      },
      watchdog: {
        look: lookAt(cri, call),
        plugins,
        keepEvidence: async () => {
          await this.#step(life, 'keeps evidence')
          this.#rules.keepsEvidence(life.seen, life)
          return '/evidence'
        },
        endPlugins: async (ended) => {
          await this.#step(life, 'ends plugins')
          this.#rules.ends(ended, life.seen)
          for (const { process } of ended) {
            for (const plugin of this.#runtime.plugins) {
              if (plugin.pid === process.pid) plugin.kill()
            }
          }
        },
        restart: async () => {
          await this.#step(life, 'restarts the runtime')
          this.#rules.restarts(life.seen)
          this.#restarts += 1
          await this.#runtime.restart(this.#restarts)
          await this.#step(life, 'sees the runtime restarted')
        },
        memory: {
          read: async () => {
            await this.#step(life, 'reads its repairs')
            return this.#disk.repairs
          },
          write: async (repairs) => {
            await this.#step(life, 'writes its repair down')
            this.#disk.repairs = repairs
          },
        },
        clock,
        date: () => new Date(clock.now()),
        onEvent: (event) => {
          if (event.type === 'runtime') this.#world.say(`sees the runtime ${event.state.kind}`)
          life.hint()
        },
      },
    }
  }

  /** The runtime's CRI, as that life reaches it. */
  criOf(life: Life): ReturnType<AgentRuntime['criOf']> {
    const cri = this.#runtime.criOf(life)
    const unlessOver = async <T>(answer: Promise<T>): Promise<T> => {
      this.#rules.calls(life)
      const value = await answer
      return life.isOver ? new Promise(() => {}) : value
    }
    return {
      status: (...call) => unlessOver(cri.status(...call)),
      listPodSandbox: (...call) => unlessOver(cri.listPodSandbox(...call)),
    }
  }

  #dir(life: Life): PublishedDir {
    return {
      read: async () => {
        await this.#step(life, 'reads the conf dir')
        return new Map(this.#published)
      },
      make: async (move) => {
        const { file } = move
        await this.#step(
          life,
          move.kind === 'remove-and-load' ? `removes ${file}` : `brings ${file}`,
        )
        this.#rules.moves(move, this.#published, life.seen)
        if (move.kind === 'remove-and-load') this.#published.delete(file)
        else this.#published.set(file, move.text)
        if (move.kind !== 'bring') this.#runtime.notice()
        await this.#step(life, '')
      },
      kick: async () => {
        await this.#step(life, 'makes the runtime load once more')
        this.#runtime.notice()
      },
      setAside: async () => {
        throw new Error('nobody else writes to the conf dir')
      },
    }
  }
}

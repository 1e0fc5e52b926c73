import { CniError, parseNetworkConfig } from '@fairlead/cni'
import {
  type ConfDirReading,
  type ConfFileReading,
  nextSnapshot,
  NOTHING_LOADED,
  planOf,
  type Snapshot,
  statusOf,
} from '@fairlead/networks'
import type { Clock } from '../ports.ts'
import { agentConfigSchema, type PublishPolicy } from './config.ts'
import type { Published } from './memory.ts'
import type { PublishedDir } from './published-dir.ts'
import type { Files } from './publication.ts'
import { createPublisher, type PublisherEvent, type PublisherWorld } from './publisher.ts'
import type { RuntimeState } from './runtime-watch.ts'

const NEVER = new AbortController().signal
/** The text of `05-cilium.conflist`. */
export const CILIUM = conf('cilium', 'cilium-cni')

/** Where an agent was killed. */
export class Killed extends Error {}

/** A node whose disk is two objects, and whose agent can be killed before any of its writes. */
export class PublishingNode {
  sources: Record<string, string>
  dir: Record<string, string> = {}
  memory: Published = remembering({})
  /** When the runtime was looked at last; all the time if not set. */
  lookedAtMs: number | undefined
  nowMs = 0
  killAfter: number | undefined
  unreadable = false
  runtime: RuntimeState = { kind: 'ready', sinceMs: 0 }
  pluginAgeMs: (nowMs: number) => number | undefined = () => undefined
  readonly missing = new Set<string>()
  /** For which versions plugins were asked. */
  readonly asked: string[] = []
  /** Where a daemon listens. */
  readonly sockets = new Set<string>()
  readonly events: PublisherEvent[] = []
  #snapshot: Snapshot = NOTHING_LOADED
  #publisher: { policy: string; step: (signal: AbortSignal) => Promise<number> } | undefined

  constructor(sources: Record<string, string>) {
    this.sources = sources
  }

  restart(): void {
    this.#publisher = undefined
    this.#snapshot = NOTHING_LOADED
    this.killAfter = undefined
  }

  async steps(many: number): Promise<void> {
    for (let step = 0; step < many; step += 1) this.nowMs += await this.step()
  }

  /** Steps with the rests between them. */
  async untilPublished(): Promise<void> {
    while (Object.keys(this.dir).length === 0) this.nowMs += await this.step()
  }

  async step(more: Partial<PublishPolicy> = {}): Promise<number> {
    const reading: ConfDirReading = this.unreadable
      ? { ok: false, error: new CniError('FL_CNI_CONFIG_READ', '/a cannot be read: EACCES') }
      : { ok: true, value: this.#readings() }
    this.#snapshot = nextSnapshot(this.#snapshot, reading)
    const policy = { ...POLICY, ...more }
    const key = JSON.stringify(policy)
    if (this.#publisher?.policy !== key) {
      this.#publisher = { policy: key, step: createPublisher(this.#world(), policy).step }
    }
    return this.#publisher.step(NEVER)
  }

  #readings(): readonly ConfFileReading[] {
    return Object.entries(this.sources)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([file, text]) => ({ file, list: parseNetworkConfig(text, file) }))
  }

  #world(): PublisherWorld {
    const plan = () => planOf(this.#snapshot, { kind: 'containerd', maxConfNum: 0 })
    const seen = () => ({ state: 'ready', observedAtMs: this.nowMs }) as const
    const clock: Clock = {
      now: () => this.nowMs,
      sleep: async (ms) => {
        this.nowMs += ms
      },
    }
    return {
      networks: {
        snapshot: () => this.#snapshot,
        plan,
        status: () => statusOf(plan(), seen, this.nowMs),
      },
      loadedAtMs: () => this.nowMs,
      dir: this.#publishedDir(),
      memory: {
        read: async () => this.memory,
        write: async (published) => {
          this.#write(() => {
            this.memory = published
          })
        },
      },
      setAsideDir: '/set-aside',
      cni: {
        validateNetworkList: async ({ cniVersion }) => {
          this.asked.push(cniVersion)
          return []
        },
        findPlugin: async (type) =>
          this.missing.has(type)
            ? { ok: false, error: new CniError('FL_CNI_PLUGIN_NOT_FOUND', `no ${type}`) }
            : { ok: true, value: `/opt/cni/bin/${type}` },
      },
      runtime: {
        state: () => this.runtime,
        lookedAtMs: () => this.lookedAtMs ?? this.nowMs + 1,
        loaded: async () => ({
          status: 'OK',
          networks: Object.values(this.dir).map((text) => ({ name: 'any', text })),
        }),
      },
      plugins: async () => {
        const ageMs = this.pluginAgeMs(this.nowMs)
        return ageMs === undefined ? [] : [{ ...PLUGIN, ageMs }]
      },
      isListening: async (socket) => this.sockets.has(socket),
      clock,
      onEvent: (event) => this.events.push(event),
    }
  }

  #publishedDir(): PublishedDir {
    const without = (file: string) => {
      this.dir = Object.fromEntries(Object.entries(this.dir).filter(([name]) => name !== file))
    }
    return {
      read: async (): Promise<Files> => new Map(Object.entries(this.dir)),
      make: async (move) => {
        this.#write(() => {
          if (move.kind === 'remove-and-load') without(move.file)
          else this.dir[move.file] = move.text
        })
      },
      kick: async () => undefined,
      setAside: async (file) => {
        this.#write(() => {
          without(file)
        })
      },
    }
  }

  #write(write: () => void): void {
    if (this.killAfter === 0) throw new Killed()
    if (this.killAfter !== undefined) this.killAfter -= 1
    write()
  }
}

/** What an agent that has published these remembers. */
export function remembering(files: Record<string, string>): Published {
  return { files: new Map(Object.entries(files)), quarantine: new Map() }
}

const PLUGIN = {
  process: { pid: 1, startTick: 1 },
  plugin: 'cilium-cni',
  verb: 'ADD',
  containerId: 'abc',
}
const POLICY = agentConfigSchema.parse({ sourceDirs: ['/a'], confDir: '/b' }).publish

/** A list of one plugin. */
export function conf(
  name: string,
  type: string,
  more: Record<string, unknown> = {},
  cniVersion = '0.4.0',
): string {
  return JSON.stringify({ cniVersion, name, plugins: [{ type, ...more }] })
}

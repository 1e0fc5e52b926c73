import { parseNetworkConfig } from '@fairlead/cni'
import { type ConfFileReading, nextSnapshot, NOTHING_LOADED, planOf } from '@fairlead/networks'
import type { AgentConfig } from '../agent/config.ts'
import { createPublisher } from '../agent/publisher.ts'
import { createWatchdog } from '../agent/watchdog.ts'
import {
  type AgentCri,
  type AgentDisk,
  type AgentPorts,
  agentPorts,
  criOf,
  type Life,
  stepOf,
  type Surroundings,
} from './agent-ports.ts'
import { nothingSeen } from './agent-rules.ts'

/** What is otherwise than in the agent; made around its code and never in it. */
export interface AgentMutation {
  readonly ports?: (ports: AgentPorts, cri: AgentCri) => AgentPorts
  readonly config?: (config: AgentConfig) => AgentConfig
}

const POLICY = { kind: 'containerd', maxConfNum: 0 } as const

/** A node with its disk, on which agents live one after the other: publisher and watchdog as they are. */
export class AgentNode {
  readonly #disk: AgentDisk = {
    published: { files: new Map(), quarantine: new Map() },
    repairs: [],
    onProbation: new Set(),
  }
  #life: Life | undefined
  #lives = 0
  readonly #node: Surroundings
  readonly #sources: ReadonlyMap<string, string>
  readonly #mutation: AgentMutation

  constructor(
    {
      sources,
      ...node
    }: Omit<Surroundings, 'disk'> & { readonly sources: ReadonlyMap<string, string> },
    mutation: AgentMutation,
  ) {
    this.#sources = sources
    const config = mutation.config?.(node.config) ?? node.config
    this.#node = { ...node, config, disk: this.#disk }
    this.#mutation = mutation
  }

  /** Whether a text may stay, whatever the runtime makes of it: it was no better before. */
  isBorne = (text: string): boolean => !this.#disk.onProbation.has(text)

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
    const { world, config } = this.#node
    const life: Life = {
      isOver: false,
      seen: nothingSeen(world.clock.now()),
      hint: () => {},
      isStale: true,
      snapshot: NOTHING_LOADED,
      plan: planOf(NOTHING_LOADED, POLICY),
    }
    this.#life = life
    this.#lives += 1
    const which = this.#lives === 1 ? '' : ` ${this.#lives}`
    const cri = criOf(life, this.#node)
    const own = agentPorts(this.#node, life, cri)
    const ports = this.#mutation.ports?.(own, cri) ?? own
    const { loaded, ...publishing } = ports.publisher
    const watchdog = createWatchdog(ports.watchdog, config.watchdog)
    const runtime = { ...watchdog, loaded }
    const publisher = createPublisher({ ...publishing, runtime }, config.publish)
    life.hint = publisher.hint
    const { signal } = new AbortController()
    world.spawn(`the sources${which}`, () => this.#readSources(life))
    world.spawn(`the publisher${which}`, async () => {
      await stepOf(life, world, 'begins')
      await publisher.run(signal)
    })
    world.spawn(`the watchdog${which}`, () => watchdog.run(signal))
  }

  async #readSources(life: Life): Promise<void> {
    const { world } = this.#node
    while (!life.isOver) {
      await world.until(() => life.isStale || life.isOver)
      if (life.isOver) return
      life.isStale = false
      const texts = [...this.#sources].toSorted(([left], [right]) => (left < right ? -1 : 1))
      await stepOf(life, world, 'has read the sources')
      const value = texts.map(([file, text]): ConfFileReading => {
        return { file, list: parseNetworkConfig(text, file) }
      })
      life.snapshot = nextSnapshot(life.snapshot, { ok: true, value })
      life.plan = planOf(life.snapshot, POLICY)
      life.hint()
    }
  }
}

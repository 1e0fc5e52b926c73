import { agentConfigSchema, type AgentConfig } from '../agent/config.ts'
import { KUBELET } from '../kubelet/ready-condition.ts'
import { type AgentMutation, AgentNode } from './agent-node.ts'
import { type AgentRules, agentRules } from './agent-rules.ts'
import { AgentRuntime, nameOf } from './agent-runtime.ts'
import { fileOf, FILES, isRefused, isWhole, refusedVersion, SourceFiles } from './agent-sources.ts'
import type { BootOptions } from './boot-options.ts'
import type { Fault, FaultKind } from './faults.ts'
import { seconds } from './story.ts'
import type { CreateSubject, SimulatedConfDir, Subject } from './subject.ts'
import type { BeginTrial, Trial } from './trial.ts'
import type { World } from './world.ts'

/** As long as a plugin hangs here; a runtime waits for longer, and nothing is decided by how much. */
const HANG_MS = 60_000
/** As systemd or kubelet start an agent again, in the proportion of its other times. */
const RESTART_MS = 2_000
/** As long as all must be as it should before the trial is over, longer than anything is waited for. */
const STABLE_MS = 6_000
/** After the last thing that happens from outside; a plugin that hangs and a restart fit in. */
const PATIENCE_MS = 200_000

/** What an agent is told here; as by default, but for times that are all shorter, in about the same proportions. */
const CONFIG: AgentConfig = agentConfigSchema.parse({
  sourceDirs: ['/sources'],
  confDir: '/published',
  publish: { steadyFor: '2s', sourceGoneFor: '4s', waitForPlugins: '2s', waitForHung: '8s' },
  watchdog: {
    every: '1s',
    timeout: '1s',
    hungAfter: '3s',
    deadlock: 'restart',
    deadlockAfter: '5s',
    bootGrace: '3s',
    actionsAtMost: 2,
  },
})

/** The boot of a node whose runtime has an agent in front: publisher and watchdog, with something otherwise. */
export function guarded(createSubject: CreateSubject, mutation: AgentMutation = {}): BeginTrial {
  return (world, options) => new AgentBoot(world, createSubject, options, mutation)
}

/**
 * Installers write to the source dirs, take files away and bring them back; pods come, whose plugins may
 * hang; kubelet asks for Status; and the agent is killed at any step and started again. In the end, when
 * all is quiet, the runtime must have what the sources and the policy say.
 */
class AgentBoot implements Trial {
  readonly #world: World
  readonly #options: BootOptions
  readonly #config: AgentConfig
  readonly #runtime: AgentRuntime
  readonly #rules: AgentRules
  readonly #node: AgentNode
  readonly #sources: SourceFiles
  readonly #published = new Map<string, string>()
  readonly #faults = new Map<FaultKind, Fault>()
  /** Actors that have not come to their end. */
  readonly #going = new Set<string>()
  /** Calls that have no answer. */
  readonly #calls = new Set<string>()
  #happenedAtMs = 0
  #stableAtMs: number | undefined

  constructor(
    world: World,
    createSubject: CreateSubject,
    options: BootOptions,
    mutation: AgentMutation,
  ) {
    this.#world = world
    this.#options = options
    // Where networks have STATUS, the runtime is to run it.
    const statusBy = options.statusMs === 'none' ? 'agent' : 'runtime'
    const config = { ...CONFIG, publish: { ...CONFIG.publish, statusBy } } as const
    this.#config = config
    const cniVersion = options.statusMs === 'none' ? '0.4.0' : '1.1.0'
    this.#sources = new SourceFiles(world, cniVersion, () => this.#node.changed())
    const { pluginMs, statusMs, loadMs, removals } = options
    this.#runtime = new AgentRuntime(world, createSubject, this.#confDir(), {
      attached: numbered('old', removals),
      pluginMs: pluginMs === 'hang' ? HANG_MS : pluginMs,
      pluginHangs: pluginMs === 'hang',
      statusMs: statusMs === 'none' ? undefined : statusMs,
      loadMs,
    })
    const { wasWhole, goneForMs } = this.#sources
    const runtime = this.#runtime
    const truth = { nowMs: world.clock.now, runtime: () => runtime, wasWhole, isRefused, goneForMs }
    this.#rules = agentRules(truth, config, (what) => this.#found('breach', `The agent ${what}.`))
    this.#node = new AgentNode(
      {
        world,
        config,
        sources: this.#sources.texts,
        published: this.#published,
        runtime,
        rules: this.#rules,
      },
      mutation,
    )
    for (const file of FILES) this.#sources.write(file, 'version 0')
    this.#spawn()
  }

  get faults(): ReadonlyMap<FaultKind, Fault> {
    return this.#faults
  }

  get isOver(): boolean {
    const nowMs = this.#world.clock.now()
    if (nowMs - this.#happenedAtMs > PATIENCE_MS) return true
    const isQuiet = this.#going.size === 0 && this.#runtime.isSettled
    if (isQuiet && this.#difference() === undefined) this.#stableAtMs ??= nowMs
    else this.#stableAtMs = undefined
    return this.#stableAtMs !== undefined && nowMs - this.#stableAtMs > STABLE_MS
  }

  end(): ReadonlyMap<FaultKind, Fault> {
    const stuck = [...this.#calls, ...(this.#runtime.isStuck ? ['a load'] : [])]
    const difference = this.#difference()
    if (stuck.length > 0) {
      if (this.#rules.isSpent()) return this.faults
      this.#found('deadlock', `${stuck.join(', ')} never ends, and the agent did not help.`)
    } else if (this.#going.size === 0 && difference !== undefined) {
      this.#found('unsettled', `All is quiet, and ${difference}.`)
    }
    return this.faults
  }

  #spawn(): void {
    const world = this.#world
    const sources = this.#sources
    const { pods, removals, reloads, halves, goings, refusals, kills } = this.#options
    this.#node.start()
    this.#actor('kubelet', () => this.#kubelet())
    for (const pod of numbered('pod', pods)) {
      this.#actor(`ADD ${pod}`, () => this.#pod((subject) => subject.setup(pod)))
    }
    for (const pod of numbered('old', removals)) {
      this.#actor(`DEL ${pod}`, () => this.#pod((subject) => subject.remove(pod)))
    }
    this.#events('the installer', reloads, 'writes', (number) => {
      sources.write(fileOf(number), `version ${number}`)
    })
    this.#events('another one', halves, 'writes half of', (number) => {
      sources.writeHalf(fileOf(number))
    })
    this.#events('a bad release', refusals, 'writes what the runtime refuses to', (number) => {
      sources.write(fileOf(number), refusedVersion(number))
    })
    this.#events('a daemon', goings, 'takes away or brings back', (number) => {
      const file = fileOf(number)
      if (number % 4 === 1 || number % 4 === 2) sources.take(file)
      else sources.write(file, `back ${number}`)
    })
    this.#actor('the killer', async () => {
      for (let kill = 1; kill <= kills; kill += 1) {
        await this.#anytime('kills the agent')
        this.#node.kill()
        await world.sleep(RESTART_MS, 'starts the agent again')
        this.#node.start()
      }
    })
  }

  #actor(name: string, run: () => Promise<void>): void {
    this.#going.add(name)
    this.#world.spawn(name, async () => {
      await run()
      this.#going.delete(name)
      this.#happenedAtMs = this.#world.clock.now()
    })
  }

  #events(name: string, many: number, what: string, happen: (number: number) => void): void {
    this.#actor(name, async () => {
      for (let number = 1; number <= many; number += 1) {
        await this.#anytime(`${what} a file`)
        happen(number)
      }
    })
  }

  /** Now, or a second later, or five: whatever is being waited for then. */
  async #anytime(text: string): Promise<void> {
    const waitsMs = [0, 1_000, 5_000]
    for (;;) {
      const texts = waitsMs.map((ms) => (ms === 0 ? text : `bides its time for ${seconds(ms)}`))
      const ms = waitsMs[await this.#world.oneOf(texts)] ?? 0
      this.#happenedAtMs = this.#world.clock.now()
      if (ms === 0) return
      await this.#world.sleep(ms)
    }
  }

  async #call<T>(what: string, run: (subject: Subject) => Promise<T>): Promise<T | undefined> {
    this.#calls.add(what)
    const value = await this.#runtime.call(run)
    this.#calls.delete(what)
    return value
  }

  async #pod(run: (subject: Subject) => Promise<boolean>): Promise<void> {
    await this.#anytime('begins')
    const succeeded = await this.#call(this.#world.who, run)
    this.#world.say(succeeded === true ? 'is done' : 'fails')
  }

  /** kubelet's updateRuntimeUp: Status, and again 5 s after it has answered. */
  async #kubelet(): Promise<void> {
    const world = this.#world
    for (let poll = 0; poll < this.#options.polls; poll += 1) {
      await world.sleep(poll === 0 ? 0 : KUBELET.runtimeUpdatePeriodMs, 'calls Status')
      const calledMs = world.clock.now()
      await this.#call("kubelet's Status", (subject) => subject.status())
      const tookMs = world.clock.now() - calledMs
      if (tookMs > KUBELET.maxWaitForContainerRuntimeMs && !this.#rules.isSpent()) {
        this.#found('stall', `Status took ${seconds(tookMs)}, and the agent did not help.`)
      }
    }
  }

  /** What the runtime's model loads: the texts, unless one of them is such that it refuses all. */
  #confDir(): SimulatedConfDir {
    const texts = () => this.#texts()
    return {
      get networks() {
        return texts()
      },
      get halves() {
        return texts().filter((text) => isRefused(text) || !isWhole(text)).length
      },
    }
  }

  #texts(): readonly string[] {
    return FILES.toSorted().flatMap((file) => this.#published.get(file) ?? [])
  }

  /** How what is published and loaded differs from what it should be; undefined where it does not. */
  #difference(): string | undefined {
    // Never Ready for long, so that nothing comes after the first.
    if (Number(this.#options.statusMs) >= this.#config.watchdog.timeout) return undefined
    const texts = this.#texts()
    if (texts.some((text) => isRefused(text) && this.#node.isBorne(text))) return undefined
    const difference = this.#sources.difference(this.#published)
    if (difference !== undefined) return difference
    const loaded = this.#runtime.networks
    if (String(loaded) === String(texts)) return undefined
    return `the runtime has loaded ${loaded.map(nameOf).join(', ') || 'nothing'}, not ${texts.join(', ')}`
  }

  #found(kind: FaultKind, message: string): void {
    if (this.#faults.has(kind)) return
    const waits = this.#world.waits.map(({ actor, describe }) => `${actor} ${describe()}`)
    this.#faults.set(kind, { kind, message, waits })
  }
}

function numbered(word: string, many: number): string[] {
  return Array.from({ length: many }, (_, index) => `${word}-${index + 1}`)
}

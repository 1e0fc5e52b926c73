import { KUBELET } from '../kubelet/ready-condition.ts'
import type { BootOptions } from './boot-options.ts'
import type { Fault, FaultKind } from './faults.ts'
import type { CreateSubject, SimulatedConfDir, Subject } from './subject.ts'
import { seconds } from './story.ts'
import type { BeginTrial, Trial } from './trial.ts'
import type { World } from './world.ts'

/** The boot that a subject is put through. */
export function booted(createSubject: CreateSubject): BeginTrial {
  return (world, options) => new Boot(world, createSubject, options)
}

interface Call {
  readonly who: string
  readonly what: string
}

/**
 * The boot of a node, with kubelet, the runtime's conf syncer and an installer that writes configs, all
 * at once. What goes wrong is found while it runs, by {@link faults}.
 */
class Boot implements Trial {
  readonly #world: World
  readonly #options: BootOptions
  readonly #confDir: SimulatedConfDir = { networks: ['cilium'], halves: 0 }
  readonly #subject: Subject
  readonly #calls = new Set<Call>()
  readonly #faults = new Map<FaultKind, Fault>()
  #unread = 0

  constructor(world: World, createSubject: CreateSubject, options: BootOptions) {
    this.#world = world
    this.#options = options
    const { pluginMs, statusMs, loadMs, removals } = options
    this.#subject = createSubject(world, this.#confDir, {
      attached: numbered('old', removals),
      pluginMs: pluginMs === 'hang' ? KUBELET.runPodSandboxTimeoutMs : pluginMs,
      pluginHangs: pluginMs === 'hang',
      statusMs: statusMs === 'none' ? undefined : statusMs,
      loadMs,
    })
    this.#spawn()
  }

  /** What went wrong so far; to be asked after every step. */
  get faults(): ReadonlyMap<FaultKind, Fault> {
    return this.#faults
  }

  /** What went wrong in a run that has come to its end. */
  end(): ReadonlyMap<FaultKind, Fault> {
    const stuck = [...this.#calls].map(({ who, what }) => (who === what ? who : `${who}'s ${what}`))
    if (stuck.length > 0) {
      this.#found('deadlock', `${list(stuck)} never end${stuck.length === 1 ? 's' : ''}.`)
      return this.faults
    }
    const leaks = this.#subject.leaks?.() ?? []
    if (leaks.length > 0) this.#found('leak', leaks.join(' '))
    if (String(this.#subject.networks()) !== String(this.#confDir.networks)) {
      const [has, says] = [this.#subject.networks(), this.#confDir.networks].map(
        (networks) => networks.join(', ') || 'no network',
      )
      this.#found('unsettled', `All is quiet; the set has ${has}, the conf dir ${says}.`)
    }
    return this.faults
  }

  #spawn(): void {
    const world = this.#world
    const { pods, removals, evictions, reloads, halves } = this.#options
    world.spawn('kubelet', () => this.#kubelet())
    for (const pod of numbered('pod', pods)) {
      this.#pod(`ADD ${pod}`, () => this.#subject.setup(pod))
    }
    const down = [...numbered('old', removals), ...numbered('pod', evictions)]
    for (const pod of down) {
      this.#pod(`DEL ${pod}`, () => this.#subject.remove(pod))
    }
    world.spawn('the syncer', () => this.#syncer())
    world.spawn('the installer', async () => {
      for (let write = 1; write <= reloads; write += 1) {
        await world.event('writes a file to the conf dir')
        this.#confDir.networks = [`cilium, version ${write}`]
        this.#notify()
      }
    })
    if (halves > 0) {
      world.spawn('another one', async () => {
        while (this.#confDir.halves < halves) {
          await world.event('writes half of a file that sorts first')
          this.#confDir.halves += 1
          this.#notify()
        }
      })
    }
  }

  #notify(): void {
    const world = this.#world
    this.#unread += 1
    world.arrow({ kind: 'notice', from: world.who, to: 'the syncer' })
  }

  /** kubelet's updateRuntimeUp: Status, and again 5 s after it has answered. */
  async #kubelet(): Promise<void> {
    const world = this.#world
    let readyWith: readonly string[] = []
    for (let poll = 0; poll < this.#options.polls; poll += 1) {
      await world.sleep(poll === 0 ? 0 : KUBELET.runtimeUpdatePeriodMs, 'calls Status')
      const patience = world.clock.after(KUBELET.maxWaitForContainerRuntimeMs, () => {
        world.say(
          'has waited 30 s for Status: "container runtime is down", the node turns NotReady',
        )
      })
      const calledMs = world.clock.now()
      const ready = await this.#call('Status', () => this.#subject.status())
      const tookMs = world.clock.now() - calledMs
      patience()
      const late = tookMs > 0 ? ` after ${seconds(tookMs)}` : ''
      world.say(`gets the answer${late}: ${ready ? 'ready' : 'not ready'}`)
      if (tookMs > this.#options.stallMs) {
        this.#found('stall', `Status took ${seconds(tookMs)}.`)
      }
      // With a network that has changed a subject may be careful for a moment; with none it may not.
      const networks = this.#subject.networks()
      if (ready) readyWith = networks
      else if (isFlap(readyWith, networks)) {
        this.#found('flap', `Status was ready with ${String(readyWith)}, and is not any more.`)
      }
    }
  }

  #pod(name: string, run: () => Promise<boolean>): void {
    this.#world.spawn(name, async () => {
      await this.#world.event('begins')
      const succeeded = await this.#call(name, run)
      this.#world.say(succeeded ? 'is done' : 'fails')
    })
  }

  /** containerd's cniNetConfSyncer.syncLoop: one load for each event, one after the other. */
  async #syncer(): Promise<void> {
    for (;;) {
      await this.#world.until(() => this.#unread > 0, 'sees the write')
      this.#unread -= 1
      await this.#call('reload', () => this.#subject.load())
    }
  }

  async #call<T>(what: string, run: () => Promise<T>): Promise<T> {
    const call = { who: this.#world.who, what }
    this.#calls.add(call)
    const value = await run()
    this.#calls.delete(call)
    return value
  }

  #found(kind: FaultKind, message: string): void {
    if (this.#faults.has(kind)) return
    const waits = this.#world.waits.map(({ actor, describe }) => `${actor} ${describe()}`)
    this.#faults.set(kind, { kind, message, waits })
  }
}

function isFlap(readyWith: readonly string[], networks: readonly string[]): boolean {
  if (readyWith.length === 0) return false
  return networks.length === 0 || String(networks) === String(readyWith)
}

function numbered(word: string, many: number): string[] {
  return Array.from({ length: many }, (_, index) => `${word}-${index + 1}`)
}

function list(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

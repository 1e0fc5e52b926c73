import type { CriClient, CriResult } from '@fairlead/cri'
import type { PluginProcess } from '../plugin-processes.ts'
import type { CreateSubject, PluginRun, SimulatedConfDir, Subject } from './subject.ts'
import type { World } from './world.ts'

/** A plugin that runs on the node, for the runtime. */
interface RunningPlugin {
  readonly pid: number
  readonly verb: string
  readonly beganMs: number
  /** Ends it by force. */
  readonly kill: () => void
}

interface Running {
  readonly subject: Subject
  readonly died: Promise<void>
  readonly die: () => void
}

/** A Status call that the runtime has not answered. */
interface Open {
  readonly caller: object
  readonly atMs: number
}

const RESTART_MS = 1_000

/**
 * A runtime on a node: a model of go-cni with what containerd has around it. Its syncer loads the conf dir
 * once for each notice, Status waits as the model does, and its plugins are processes that can be ended.
 */
export class AgentRuntime {
  readonly plugins = new Set<RunningPlugin>()
  readonly open = new Set<Open>()
  isRestarting = false
  #running: Running
  #notices = 0
  #loading = false
  #pids = 0
  #restarts = 0
  readonly #world: World
  readonly #create: () => Subject

  constructor(
    world: World,
    createSubject: CreateSubject,
    confDir: SimulatedConfDir,
    circumstances: Parameters<CreateSubject>[2],
  ) {
    this.#world = world
    const run: PluginRun = (execution) => this.#run(execution)
    this.#create = () => createSubject(world, confDir, { ...circumstances, run })
    this.#running = this.#start()
    world.spawn('the syncer', () => this.#syncer())
  }

  /** The texts that are loaded. */
  get networks(): readonly string[] {
    return this.#running.subject.networks()
  }

  /** Whether it has loaded all that it was told of. */
  get isSettled(): boolean {
    return this.#notices === 0 && !this.#loading && !this.isRestarting && this.plugins.size === 0
  }

  /** Whether it goes on with something that no plugin keeps it from. */
  get isStuck(): boolean {
    return this.#loading && this.plugins.size === 0
  }

  /** The conf dir has changed, in a way that containerd looks at. */
  notice(): void {
    this.#notices += 1
    this.#world.arrow({ kind: 'notice', from: this.#world.who, to: 'the syncer' })
  }

  /** A call as kubelet makes it; undefined where the runtime ends under it, or is not there. */
  async call<T>(run: (subject: Subject) => Promise<T>): Promise<T | undefined> {
    const { subject, died } = this.#running
    if (this.isRestarting) {
      await this.#world.step('finds no runtime')
      return undefined
    }
    return Promise.race([run(subject), died.then(() => undefined)])
  }

  /** Its CRI, for somebody whose calls are counted. */
  criOf(caller: object): Pick<CriClient, 'status' | 'listPodSandbox'> {
    const world = this.#world
    return {
      status: async (_request, { timeoutMs }) => {
        const open: Open = { caller, atMs: world.clock.now() }
        this.open.add(open)
        const late = Promise.withResolvers<'deadline'>()
        const cancel = world.clock.after(timeoutMs, () => late.resolve('deadline'))
        const answer = this.call((subject) => subject.status()).then((ready) => {
          this.open.delete(open)
          return ready ?? 'dropped'
        })
        const outcome = await Promise.race([answer, late.promise])
        cancel()
        return typeof outcome === 'boolean'
          ? answered({ status: { conditions: conditionsOf(outcome) }, info: this.#info() })
          : failed(outcome)
      },
      listPodSandbox: async () => {
        await world.step('lists the sandboxes')
        return answered({ items: [] })
      },
    }
  }

  /** What procfs tells of its plugins. */
  processes(): readonly PluginProcess[] {
    const nowMs = this.#world.clock.now()
    return [...this.plugins].map(({ pid, verb, beganMs }) => ({
      process: { pid, startTick: 1 },
      plugin: 'cilium-cni',
      verb,
      containerId: '',
      ageMs: nowMs - beganMs,
    }))
  }

  /** As systemd restarts a unit; resolves when that is done. */
  restart(): Promise<void> {
    const world = this.#world
    this.#restarts += 1
    const done = Promise.withResolvers<void>()
    this.isRestarting = true
    this.#running.die()
    for (const plugin of this.plugins) plugin.kill()
    world.spawn(`restart ${this.#restarts}`, async () => {
      await world.sleep(RESTART_MS, 'starts the runtime again')
      this.isRestarting = false
      this.#running = this.#start()
      done.resolve()
    })
    return done.promise
  }

  /** It loads when it starts. */
  #start(): Running {
    const died = Promise.withResolvers<void>()
    this.#notices = 1
    this.#loading = false
    return { subject: this.#create(), died: died.promise, die: died.resolve }
  }

  /** containerd's cniNetConfSyncer.syncLoop: one load for each event, one after the other. */
  async #syncer(): Promise<void> {
    for (;;) {
      await this.#world.until(() => this.#notices > 0 && !this.isRestarting, 'sees a change')
      this.#notices -= 1
      this.#loading = true
      const running = this.#running
      await this.call((subject) => subject.load())
      if (running === this.#running) this.#loading = false
    }
  }

  #run({ verb, ms, hangs = false }: Parameters<PluginRun>[0]): Promise<boolean> {
    const world = this.#world
    world.say(`runs the plugin's ${verb}`)
    const endSpan = world.span('plugin')
    const done = Promise.withResolvers<boolean>()
    const end = (succeeded: boolean) => {
      cancel()
      if (!this.plugins.delete(plugin)) return
      endSpan()
      done.resolve(succeeded)
    }
    const cancel = world.clock.after(ms, () => {
      world.say(hangs ? `gives up on the plugin's ${verb}` : `sees the plugin's ${verb} done`)
      end(!hangs)
    })
    this.#pids += 1
    const plugin: RunningPlugin = {
      pid: this.#pids,
      verb,
      beganMs: world.clock.now(),
      kill: () => end(false),
    }
    this.plugins.add(plugin)
    return done.promise
  }

  #info(): Readonly<Record<string, string>> {
    const Networks = this.networks.map((text) => ({ Config: { Name: nameOf(text), Source: text } }))
    const status = Networks.length > 0 ? 'OK' : 'cni config load failed: no network config found'
    return { lastCNILoadStatus: JSON.stringify(status), cniconfig: JSON.stringify({ Networks }) }
  }
}

/** The name in a configuration list. */
export function nameOf(text: string): string {
  return /"name":"([^"]*)"/.exec(text)?.[1] ?? ''
}

function conditionsOf(networkReady: boolean) {
  const reason = networkReady ? '' : 'NetworkPluginNotReady'
  return [
    { type: 'RuntimeReady', status: true, reason: '', message: '' },
    { type: 'NetworkReady', status: networkReady, reason, message: 'cni plugin not initialized' },
  ]
}

// Answers are messages of a protobuf library, and errors wrap one of gRPC's; of both only what is read
// of them is made here, so that each takes a cast.
function answered<T>(value: object): CriResult<T> {
  return { ok: true, value: value as T, latencyMs: 0 }
}

function failed<T>(reason: 'deadline' | 'dropped'): CriResult<T> {
  const error = Object.assign(new Error(reason), { reason })
  return { ok: false, error, latencyMs: 0 } as unknown as CriResult<T>
}

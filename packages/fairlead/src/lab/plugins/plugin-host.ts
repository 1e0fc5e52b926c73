import { rm } from 'node:fs/promises'
import { type CniVerb, pluginParameters } from '@fairlead/cni'
import { messageOf, systemCodeOf } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import {
  type Behaviour,
  cniVersionOf,
  CRASH,
  ERR_INTERNAL,
  fail,
  flood,
  GARBAGE,
  type Outcome,
  withOrphan,
} from './behaviour.ts'
import { announcements, lifeOf, readGiven, send } from './plugin-fifos.ts'

/** One run of a plugin, from the moment it has read its stdin. */
export interface Execution {
  readonly id: number
  readonly plugin: string
  readonly verb: CniVerb
  readonly containerId: string
  readonly netns: string
  readonly ifName: string
  readonly args: ReadonlyMap<string, string>
  readonly path: readonly string[]
  readonly stdin: string
  /** Aborted when the plugin has ended, by itself or killed by the runtime. */
  readonly ended: AbortSignal
}

/** Gives the right answer of one plugin; it may take its time, until `execution.ended`. */
export type Role = (execution: Execution) => Promise<Outcome>

/** What the host tells of executions as they happen. */
export interface ExecutionObserver {
  begin(execution: Execution): void
  end(execution: Execution, outcome: string): void
  /** The host could not serve an execution: a fault of the lab, not of the runtime. */
  fault(message: string): void
}

/**
 * The far end of every steerable plugin in a node: it learns of each execution, decides by the
 * behaviour set for that plugin and verb, and replies. `outsideDir` is the folder of the FIFOs, as this
 * process sees it.
 */
export class PluginHost implements AsyncDisposable {
  readonly #roles: ReadonlyMap<string, Role>
  readonly #observer: ExecutionObserver
  readonly #clock: Clock
  readonly #behaviours = new Map<string, Behaviour>()
  readonly #running = new Set<Execution>()
  #held: { key: string; release: () => void }[] = []
  #announcements: Disposable | undefined
  #lastId = 0

  private constructor(options: PluginHostOptions) {
    this.#roles = options.roles
    this.#observer = options.observer
    this.#clock = options.clock
  }

  /** Makes the FIFOs in `outsideDir` and starts listening. */
  static async start(options: PluginHostOptions): Promise<PluginHost> {
    const host = new PluginHost(options)
    host.#announcements = await announcements(options.outsideDir, (plugin, dir) => {
      host.#serve(plugin, dir).catch((error: unknown) => {
        // The files of a plugin vanish when its node ends under it; that is no fault.
        if (systemCodeOf(error) !== 'ENOENT') {
          options.observer.fault(`${plugin}: ${messageOf(error)}`)
        }
      })
    })
    return host
  }

  /** From now on, `plugin` does this when run with `verb`; those already running are not touched. */
  behave(plugin: string, verb: CniVerb, behaviour: Behaviour): void {
    this.#behaviours.set(key(plugin, verb), behaviour)
  }

  /** Lets held executions go on, the oldest first; all of them if `count` is not given. */
  release(plugin: string, verb: CniVerb, count: number = Number.POSITIVE_INFINITY): void {
    const matching = this.#held.filter((held) => held.key === key(plugin, verb)).slice(0, count)
    this.#held = this.#held.filter((held) => !matching.includes(held))
    for (const held of matching) held.release()
  }

  /** Ends every hold, present and future. */
  releaseAll(): void {
    this.#behaviours.clear()
    for (const held of this.#held.splice(0)) held.release()
  }

  /** How many executions of `plugin` with `verb` are running now. */
  running(plugin: string, verb: CniVerb): number {
    return [...this.#running].filter((run) => run.plugin === plugin && run.verb === verb).length
  }

  /** How many executions of any plugin are running now. */
  get runningCount(): number {
    return this.#running.size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#announcements?.[Symbol.dispose]()
    for (const held of this.#held.splice(0)) held.release()
  }

  async #serve(plugin: string, dir: string): Promise<void> {
    const { ended, end } = await lifeOf(dir)
    const role = this.#roles.get(plugin)
    const execution = await this.#read(plugin, dir, ended)
    if (execution === undefined || role === undefined) {
      this.#observer.fault(`${plugin} was run without a known CNI_COMMAND`)
      await send(dir, REFUSAL.reply)
    } else {
      this.#running.add(execution)
      this.#observer.begin(execution)
      const outcome = await this.#decide(execution, role)
      const isTold = outcome !== undefined && !ended.aborted && (await send(dir, outcome.reply))
      await end
      this.#running.delete(execution)
      this.#observer.end(execution, isTold ? outcome.outcome : 'killed')
    }
    await end
    await rm(dir, { recursive: true, force: true })
  }

  /** Undefined when the plugin was not run with a verb of the spec. */
  async #read(plugin: string, dir: string, ended: AbortSignal): Promise<Execution | undefined> {
    const { environment, stdin } = await readGiven(dir)
    const parameters = pluginParameters(environment)
    if (parameters === undefined) return undefined
    const { command, containerId, netns, ifName, args } = parameters
    this.#lastId += 1
    return {
      id: this.#lastId,
      plugin,
      verb: command,
      containerId,
      netns,
      ifName,
      args,
      path: parameters.path,
      stdin,
      ended,
    }
  }

  /** Undefined when the plugin ended before there was anything to tell it. */
  async #decide(execution: Execution, role: Role): Promise<Outcome | undefined> {
    const behaviour = this.#behaviours.get(key(execution.plugin, execution.verb))
    switch (behaviour?.kind) {
      case 'fail':
        return fail(cniVersionOf(execution), behaviour.code, behaviour.msg)
      case 'crash':
        return CRASH
      case 'garbage':
        return GARBAGE
      case 'flood':
        return flood(behaviour.mb)
      case 'hold':
        await this.#hold(execution)
        break
      case 'delay':
        await this.#clock.sleep(behaviour.ms, execution.ended).catch(() => {
          // Killed while it waited: `execution.ended` says so below.
        })
        break
      case 'answer':
      case 'orphan':
      case undefined:
        break
    }
    if (execution.ended.aborted) return undefined
    const outcome = await role(execution).catch((error: unknown) => {
      this.#observer.fault(`${execution.plugin}: ${messageOf(error)}`)
      return REFUSAL
    })
    return behaviour?.kind === 'orphan' ? withOrphan(outcome, behaviour.ms) : outcome
  }

  async #hold(execution: Execution): Promise<void> {
    if (execution.ended.aborted) return
    await new Promise<void>((resolve) => {
      const held = { key: key(execution.plugin, execution.verb), release: resolve }
      this.#held.push(held)
      execution.ended.addEventListener('abort', () => {
        this.#held = this.#held.filter((other) => other !== held)
        resolve()
      })
    })
  }
}

/** What a plugin is told that the lab cannot serve. */
const REFUSAL: Outcome = fail('0.3.1', ERR_INTERNAL, 'the lab could not serve this execution')

/** What {@link PluginHost.start} needs. */
export interface PluginHostOptions {
  readonly outsideDir: string
  /** The plugins by `type`. */
  readonly roles: ReadonlyMap<string, Role>
  readonly observer: ExecutionObserver
  readonly clock: Clock
}

function key(plugin: string, verb: CniVerb): string {
  return `${plugin} ${verb}`
}

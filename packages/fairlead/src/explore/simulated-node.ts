import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type CachedAttachment,
  type Clock,
  CniError,
  type CniOutcome,
  parseNetworkConfig,
  type PluginExecution,
  type PluginOutput,
  type PluginRunner,
  type Result,
  type ResultCache,
} from '@fairlead/cni'
import type { ConfDir, ConfDirReading } from '@fairlead/networks'
import { Ledger } from './ledger.ts'
import { type CreateSubject, runPlugin, type SimulatedConfDir } from './subject.ts'
import type { World } from './world.ts'

/** The doors through which `@fairlead/networks` sees a node. */
export interface Ports {
  readonly confDir: ConfDir
  readonly runner: PluginRunner
  readonly cache: ResultCache
}

/**
 * The end of a run. Networks look again and again, for ever; what would be later than this is left out,
 * and nothing else lasts so long.
 */
export const HORIZON_MS = 3_600_000

const INTERFACE = 'eth0'
const VERSIONS = '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}'
const ADDED = `{"cniVersion":"1.0.0","interfaces":[{"name":"${INTERFACE}"}]}`

/** Runs something as an actor of the world. */
export type As = <T>(run: () => T) => T

/**
 * The doors of {@link Ports} in a world: whatever goes through one is a step, so that anything else may
 * come before it. Until `begin` is called all is done at once.
 */
export class SimulatedNode {
  readonly ledger = new Ledger()
  readonly clock: Clock
  readonly ports: Ports
  /** Who loads, and who observes readiness. */
  readonly asNetworks: As
  readonly asObserver: As
  /** Tells the networks that the conf dir has changed. */
  hint = (): void => {}
  readonly #world: World
  readonly #confDir: SimulatedConfDir
  readonly #circumstances: Parameters<CreateSubject>[2]
  readonly #cached = new Map<string, CachedAttachment & { readonly result: Result }>()
  #isBegun = false

  constructor(...[world, confDir, circumstances]: Parameters<CreateSubject>) {
    this.#world = world
    this.#confDir = confDir
    this.#circumstances = circumstances
    const { now, after } = world.clock
    this.clock = {
      now,
      after: (ms, run) => {
        if (ms > 0 && now() + ms >= HORIZON_MS) return () => {}
        return after(ms, () => {
          world.say('is woken by its timer')
          run()
        })
      },
    }
    this.ports = { confDir: this.#confDirPort(), runner: this.#runner(), cache: this.#cache() }
    this.asNetworks = actor(world, 'the networks')
    this.asObserver = actor(world, 'the observer')
    for (const sandbox of circumstances.attached) this.#attachBefore(sandbox)
  }

  /** From now on things take steps. */
  begin(): void {
    this.#isBegun = true
  }

  /** The attachments of the cache, `sandbox interface`. */
  get cached(): readonly string[] {
    return [...this.#cached.values()].map(({ containerId, ifName }) => `${containerId} ${ifName}`)
  }

  async #step(text: string, ms = 0): Promise<void> {
    if (this.#isBegun) await this.#world.sleep(ms, text)
  }

  /** As with a real folder, what is read is read at once, and a step later it is known. */
  #confDirPort(): ConfDir {
    return {
      read: async () => {
        const { networks, halves } = this.#confDir
        await this.#step('lists the conf dir', this.#circumstances.loadMs)
        const names = [
          ...Array.from({ length: halves }, (_, index) => `05-half-${index + 1}.conflist`),
          ...networks.map((_, index) => `10-cilium-${index + 1}.conflist`),
        ]
        const files = []
        for (const file of names) {
          const text = this.#textOf(names.indexOf(file) - halves)
          await this.#step(`reads ${file}`)
          files.push({ file, list: parseNetworkConfig(text, file) })
        }
        return { ok: true, value: files } satisfies ConfDirReading
      },
      watch: (onHint) => {
        const before = this.hint
        this.hint = () => {
          before()
          onHint()
        }
        return { refresh: () => {}, blindness: () => undefined, close: () => {} }
      },
      exists: async () => {
        await this.#step('looks for a file')
        return true
      },
    }
  }

  /** Each network is a file of its own that says its version; one of a negative index is a half. */
  #textOf(index: number): string {
    const version = this.#confDir.networks[index]
    if (version === undefined) return '{"name": "half", "plug'
    const [name] = version.split(',')
    const cniVersion = this.#circumstances.statusMs === undefined ? '1.0.0' : '1.1.0'
    return JSON.stringify({ name, cniVersion, plugins: [{ type: `${name}-cni`, version }] })
  }

  #runner(): PluginRunner {
    return {
      find: async (plugin) => {
        await this.#step(`looks for ${plugin}`)
        return { ok: true, value: `/bin/${plugin}` }
      },
      run: async (execution) => {
        const { verb } = execution
        if (verb === 'ADD' || verb === 'DEL') return this.#attach(verb, execution)
        const tookMs = verb === 'STATUS' ? (this.#circumstances.statusMs ?? 0) : 0
        const ms = Math.min(tookMs, execution.timeoutMs)
        await this.#step(`sees the plugin's ${verb} done`, ms)
        return outcome(execution, tookMs <= ms, verb === 'VERSION' ? VERSIONS : '')
      },
    }
  }

  async #attach(
    verb: 'ADD' | 'DEL',
    execution: PluginExecution,
  ): Promise<CniOutcome<PluginOutput>> {
    const { pluginMs, pluginHangs } = this.#circumstances
    const { env, timeoutMs } = execution
    const ended = this.ledger.begins(verb, env['CNI_CONTAINERID'] ?? '', env['CNI_IFNAME'] ?? '')
    const hangs = pluginHangs || pluginMs > timeoutMs
    const ms = Math.min(pluginMs, timeoutMs)
    const succeeded = await runPlugin(this.#world, { verb, ms, hangs })
    ended(succeeded)
    return outcome(execution, succeeded, verb === 'ADD' ? ADDED : '')
  }

  #cache(): ResultCache {
    const cached = this.#cached
    return {
      write: async (attachment, result) => {
        await this.#step('has written the attachment to the cache')
        cached.set(id(attachment), { ...attachment, result, writtenAtMs: cached.size })
        return { ok: true, value: undefined }
      },
      read: async (key) => {
        await this.#step('reads the cache')
        return { ok: true, value: cached.get(id(key)) }
      },
      readResult: async (key) => {
        await this.#step('reads the cache')
        return { ok: true, value: cached.get(id(key))?.result }
      },
      remove: async (key) => {
        await this.#step('has removed the attachment from the cache')
        cached.delete(id(key))
        return { ok: true, value: undefined }
      },
      list: async (containerId) => {
        await this.#step('lists the cache')
        const attachments = [...cached.values()].filter(
          (one) => containerId === undefined || one.containerId === containerId,
        )
        return { ok: true, value: { attachments, damaged: [] } }
      },
    }
  }

  #attachBefore(containerId: string): void {
    const [network = ''] = this.#confDir.networks
    const key = { network, containerId, ifName: INTERFACE }
    const rest = { netns: '/netns', args: [], capabilityArgs: {}, config: this.#textOf(0) }
    const result = { ips: [], routes: [], interfaces: [], dns: {}, cniVersion: '1.0.0' } as const
    this.#cached.set(id(key), { ...key, ...rest, result, writtenAtMs: this.#cached.size })
    this.ledger.had(containerId, INTERFACE)
  }
}

function actor(world: World, name: string): As {
  let as: As | undefined
  world.spawn(name, async () => {
    as = AsyncLocalStorage.snapshot()
  })
  if (as === undefined) throw new Error('an actor runs at once')
  return as
}

function id(key: Pick<CachedAttachment, 'network' | 'containerId' | 'ifName'>): string {
  return `${key.network} ${key.containerId} ${key.ifName}`
}

function outcome(
  { plugin, verb }: PluginExecution,
  succeeded: boolean,
  stdout: string,
): CniOutcome<PluginOutput> {
  return succeeded
    ? { ok: true, value: { stdout, stderr: '' } }
    : {
        ok: false,
        error: new CniError('FL_CNI_PLUGIN_DEADLINE', 'has not ended in time', { plugin, verb }),
      }
}

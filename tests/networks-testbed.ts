import {
  CniError,
  type CniOutcome,
  createCni,
  parseNetworkConfig,
  type PluginExecution,
  type PluginOutput,
  type PluginRunner,
  type ResultCache,
} from '../packages/cni/src/index.ts'
import type { CachedAttachment } from '../packages/cni/src/index.ts'
import type { Result } from '../packages/cni/src/index.ts'
import {
  type ConfDir,
  type Networks,
  type NetworksEvent,
  type NetworksOptions,
  type NodeState,
  openNetworks,
  type Reservation,
} from '../packages/networks/src/index.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'

/** A node in memory: its conf dir, its plugins and its cache, on a clock that a test moves. */
export interface NetworksTestbed {
  readonly clock: ManualClock
  /** Text of each file of the conf dir; undefined: the folder is not there. */
  files: Map<string, string> | undefined
  /** Paths that are there. */
  readonly paths: Set<string>
  /** Plugins that are not installed. */
  readonly missing: Set<string>
  /** What a plugin does, by `type VERB` or `type VERB container`; the default succeeds. */
  readonly answers: Map<string, (execution: PluginExecution) => Promise<CniOutcome<PluginOutput>>>
  /** `type VERB container interface` of every execution but VERSION and STATUS, in order. */
  readonly calls: string[]
  /** How many plugins run now, and at most so far. */
  readonly running: { now: number; most: number }
  readonly events: NetworksEvent[]
  readonly cache: Map<string, CachedAttachment & { readonly result: Result }>
  /** Files of the cache that are no entries. */
  readonly damaged: { readonly file: string; readonly problem: string }[]
  /** Addresses that host-local keeps, until `release` takes them away. */
  readonly kept: Set<Reservation>
  /** Network namespaces that are there. */
  readonly netns: Set<string>
  /** When the node booted. Attachments of the cache are as young as the clock. */
  bootedAtMs: number
  /** How often the conf dir was read. */
  reads: number
  /** Why the conf dir cannot be watched, from the next look on. */
  blindness: CniError | undefined
  /** Gives the conf dir these files and no others; nobody is told. */
  write(contents: Readonly<Record<string, string>>): void
  /** Tells that the conf dir has changed. */
  hint: () => void
  open(options?: Partial<NetworksOptions>): Promise<Networks>
}

const VERSIONS = '{"cniVersion":"1.1.0","supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}'

/** The text of a list of plugins. */
export function conflist(name: string, types: readonly string[], cniVersion = '1.0.0'): string {
  return JSON.stringify({ name, cniVersion, plugins: types.map((type) => ({ type })) })
}

export function ok(stdout = ''): CniOutcome<PluginOutput> {
  return { ok: true, value: { stdout, stderr: '' } }
}

export function failed(msg: string, cniCode = 100): CniOutcome<never> {
  return { ok: false, error: new CniError('FL_CNI_PLUGIN_ERROR', msg, { cniCode }) }
}

/** A container to attach networks to. */
export function sandbox(containerId: string): { containerId: string; netns: string } {
  return { containerId, netns: `/run/netns/${containerId}` }
}

/** A plugin that does not come back until it is let go. */
export function held(): {
  answer: () => Promise<CniOutcome<PluginOutput>>
  letGo: (outcome?: CniOutcome<PluginOutput>) => void
} {
  const gate = Promise.withResolvers<CniOutcome<PluginOutput>>()
  return {
    answer: () => gate.promise,
    letGo: (outcome = ok('{"cniVersion":"1.0.0"}')) => gate.resolve(outcome),
  }
}

export function networksTestbed(): NetworksTestbed {
  const testbed: NetworksTestbed = {
    clock: manualClock(),
    files: new Map(),
    paths: new Set(),
    missing: new Set(),
    answers: new Map(),
    calls: [],
    running: { now: 0, most: 0 },
    events: [],
    cache: new Map(),
    damaged: [],
    kept: new Set(),
    netns: new Set(),
    bootedAtMs: -1000,
    reads: 0,
    blindness: undefined,
    write: (contents) => {
      testbed.files = new Map(Object.entries(contents))
    },
    hint: () => {},
    open: (options = {}) =>
      openNetworks({
        cni: createCni({
          binDirs: ['/bin'],
          env: {},
          runner: runnerOf(testbed),
          cache: cacheOf(testbed),
        }),
        confDir: confDirOf(testbed),
        nodeState: nodeStateOf(testbed),
        clock: testbed.clock,
        onEvent: (event) => testbed.events.push(event),
        ...options,
      }),
  }
  return testbed
}

function confDirOf(testbed: NetworksTestbed): ConfDir {
  return {
    read: async () => {
      testbed.reads += 1
      if (testbed.files === undefined) {
        return { ok: false, error: new CniError('FL_CNI_CONFIG_READ', 'the folder is not there') }
      }
      const names = [...testbed.files].sort(([left], [right]) => (left < right ? -1 : 1))
      return {
        ok: true,
        value: names.map(([file, text]) => ({ file, list: parseNetworkConfig(text, file) })),
      }
    },
    watch: (onHint) => {
      testbed.hint = onHint
      return { refresh: () => {}, blindness: () => testbed.blindness, close: () => {} }
    },
    exists: async (file) => testbed.paths.has(file),
  }
}

/** What the node knows of containers, to be changed in part. */
export function nodeStateOf(testbed: NetworksTestbed): NodeState {
  const { kept, netns } = testbed
  return {
    reservations: async (dataDir, network) => ({
      reservations: [...kept].filter((one) => one.dataDir === dataDir && one.network === network),
      errors: [],
    }),
    reservedNetworks: async (dataDir) => ({
      networks: [...kept].filter((one) => one.dataDir === dataDir).map(({ network }) => network),
      errors: [],
    }),
    netnsState: async (path) => (netns.has(path) ? 'alive' : 'gone'),
    bootedAtMs: async () => testbed.bootedAtMs,
  }
}

function runnerOf(testbed: NetworksTestbed): PluginRunner {
  return {
    find: async (plugin) =>
      testbed.missing.has(plugin)
        ? { ok: false, error: new CniError('FL_CNI_PLUGIN_NOT_FOUND', 'not there', { plugin }) }
        : { ok: true, value: `/bin/${plugin}` },
    run: async (execution) => {
      const { plugin, verb, env } = execution
      const isQuestion = verb === 'VERSION' || verb === 'STATUS'
      if (!isQuestion) {
        testbed.calls.push(`${plugin} ${verb} ${env['CNI_CONTAINERID']} ${env['CNI_IFNAME']}`)
      }
      testbed.running.now += isQuestion ? 0 : 1
      testbed.running.most = Math.max(testbed.running.most, testbed.running.now)
      try {
        const answer =
          testbed.answers.get(`${plugin} ${verb} ${env['CNI_CONTAINERID']}`) ??
          testbed.answers.get(`${plugin} ${verb}`)
        if (answer !== undefined) return await answer(execution)
        if (verb === 'VERSION') return ok(VERSIONS)
        return ok(
          verb === 'ADD' ? `{"cniVersion":"1.0.0","interfaces":[{"name":"${plugin}"}]}` : '',
        )
      } finally {
        testbed.running.now -= isQuestion ? 0 : 1
      }
    },
  }
}

function cacheOf({ cache, clock, damaged }: NetworksTestbed): ResultCache {
  type Key = { network: string; containerId: string; ifName: string }
  const id = (key: Key) => `${key.network} ${key.containerId} ${key.ifName}`
  return {
    write: async (attachment, result) => {
      cache.set(id(attachment), { ...attachment, result, writtenAtMs: clock.now() + cache.size })
      return { ok: true, value: undefined }
    },
    read: async (key) => ({ ok: true, value: cache.get(id(key)) }),
    readResult: async (key) => ({ ok: true, value: cache.get(id(key))?.result }),
    remove: async (key) => {
      cache.delete(id(key))
      return { ok: true, value: undefined }
    },
    list: async (containerId) => {
      const attachments = [...cache.values()].filter(
        (one) => containerId === undefined || one.containerId === containerId,
      )
      return { ok: true, value: { attachments, damaged } }
    },
  }
}

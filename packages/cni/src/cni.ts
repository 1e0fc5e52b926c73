import {
  type AttachmentKey,
  type CachedAttachment,
  type NetworkAttachment,
  runtimeConfOf,
} from './attachment.ts'
import { type CacheListing, DEFAULT_CACHE_DIR, type ResultCache, resultCacheDir } from './cache.ts'
import {
  type NetworkConfigList,
  parseCachedConfig,
  type PluginConfig,
} from './config/network-config.ts'
import { type CniOutcome, failure, success } from './errors.ts'
import { pluginProcesses } from './exec/plugin-processes.ts'
import type { PluginOutput, PluginRunner } from './exec/plugin-runner.ts'
import { type GcAttachment, gcNetworkList, type GcReport, type ValidAttachments } from './gc.ts'
import { checkArgs, checkRuntimeConf } from './names.ts'
import { type PluginCallLimits, pluginCalls } from './plugin-calls.ts'
import { parseResult } from './result/parse-result.ts'
import type { Result } from './result/result.ts'
import type { RuntimeConf } from './runtime-conf.ts'
import { type Finding, validateNetworkList } from './validate.ts'
import { parseVersionInfo } from './version-info.ts'
import { isAtLeast } from './versions.ts'

/** How networks are run. */
export interface CniOptions {
  /** The folders that plugins are looked for in, in order; plugins get them as `CNI_PATH`. */
  readonly binDirs: readonly string[]
  /** Where attachments are kept. Default: `/var/lib/cni`, libcni's. */
  readonly cacheDir?: string
  /** The deadline of one execution of one plugin. Default: 120 s. */
  readonly timeoutMs?: number
  /** How long a plugin has after SIGTERM before SIGKILL. Default: 2 s. */
  readonly killGraceMs?: number
  /**
   * The environment that plugins get beside the variables of the spec. Default: this process's, as it
   * is now.
   */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Default: {@link pluginProcesses}. */
  readonly runner?: PluginRunner
  /** Default: {@link resultCacheDir} of `cacheDir`. */
  readonly cache?: ResultCache
}

/** What a single call may say otherwise. */
export interface CallOptions {
  /** The deadline of one execution of one plugin. Default: that of {@link CniOptions}. */
  readonly timeoutMs?: number
  /** Aborting ends the plugin that runs and fails the call with FL_CNI_ABORTED. */
  readonly signal?: AbortSignal
}

/** What a call of DEL may say otherwise. */
export interface DelOptions extends CallOptions {
  /**
   * Go on with the other plugins where one fails; the first error is the outcome's. Default: false,
   * as the spec has it: "halt execution and return the error".
   */
  readonly goOn?: boolean
}

/** What a call of GC may say otherwise. */
export interface GcOptions extends CallOptions {
  /** Attachments that the cache does not know and that the plugins are to keep. */
  readonly keep?: readonly GcAttachment[]
}

/**
 * A CNI runtime: networks are added to containers, checked and deleted (CNI spec 1.1.0, and libcni
 * v1.3 where the spec is silent). Nothing throws for an expected failure; see {@link CniError}.
 *
 * As the spec has it, the caller sees to it that a container has one call at a time, that no ADD or
 * DEL runs beside a GC of the same network, and that DEL follows ADD even if ADD failed.
 */
export interface Cni {
  /** Runs ADD of every plugin in turn and keeps the last one's result in the cache. */
  addNetworkList(
    list: NetworkConfigList,
    conf: RuntimeConf,
    options?: CallOptions,
  ): Promise<CniOutcome<Result>>
  /**
   * Runs CHECK of every plugin with the cached result; `disabled` if the list says `disableCheck`.
   * Fails with FL_CNI_VERSION for a list older than 0.4.0.
   */
  checkNetworkList(
    list: NetworkConfigList,
    conf: RuntimeConf,
    options?: CallOptions,
  ): Promise<CniOutcome<'checked' | 'disabled'>>
  /** Runs DEL of every plugin, last first, and forgets the attachment. */
  delNetworkList(
    list: NetworkConfigList,
    conf: RuntimeConf,
    options?: DelOptions,
  ): Promise<CniOutcome<void>>
  /** As {@link delNetworkList}, with all that the cache knows: the configuration may be gone. */
  delAttachment(attachment: NetworkAttachment, options?: DelOptions): Promise<CniOutcome<void>>
  /**
   * Deletes cached attachments that are not valid any more, then runs GC of every plugin. Which ones are
   * valid is a list, or asked for each that the cache has of the network at that moment.
   */
  gcNetworkList(
    list: NetworkConfigList,
    valid: ValidAttachments,
    options?: GcOptions,
  ): Promise<GcReport>
  /** Runs STATUS of every plugin; `not-supported` for a list older than 1.1.0, which has none. */
  statusNetworkList(
    list: NetworkConfigList,
    options?: CallOptions,
  ): Promise<CniOutcome<'ready' | 'not-supported'>>
  /** The path of a plugin. Fails with FL_CNI_PLUGIN_NOT_FOUND. */
  findPlugin(plugin: string): Promise<CniOutcome<string>>
  /** The versions of the spec that a plugin says it supports. */
  supportedVersions(plugin: string, options?: CallOptions): Promise<CniOutcome<readonly string[]>>
  /** Everything that speaks against a list on this machine, not only the first; empty if nothing. */
  validateNetworkList(list: NetworkConfigList, options?: CallOptions): Promise<readonly Finding[]>
  /** The attachment as the cache has it; undefined where it has none. */
  cachedAttachment(key: AttachmentKey): Promise<CniOutcome<CachedAttachment | undefined>>
  /** What the cached ADD of an attachment came to; undefined where the cache has none. */
  cachedResult(list: NetworkConfigList, conf: RuntimeConf): Promise<CniOutcome<Result | undefined>>
  /** All cached attachments, or those of one container, and the entries that are damaged. */
  cachedAttachments(containerId?: string): Promise<CniOutcome<CacheListing>>
}

const DEFAULT_TIMEOUT_MS = 120_000
const DEFAULT_KILL_GRACE_MS = 2_000

/** A CNI runtime with the plugins of `binDirs`. */
export function createCni(options: CniOptions): Cni {
  const {
    binDirs,
    cacheDir = DEFAULT_CACHE_DIR,
    // Once: reading process.env asks the system for every variable each time.
    env = { ...process.env },
    runner = pluginProcesses(),
    cache = resultCacheDir(cacheDir),
    killGraceMs = DEFAULT_KILL_GRACE_MS,
  } = options
  const plugins = pluginCalls({ runner, binDirs, env, killGraceMs })
  const limitsOf = (call: CallOptions = {}): PluginCallLimits => ({
    timeoutMs: call.timeoutMs ?? options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    signal: call.signal,
  })

  async function delNetworkList(
    list: NetworkConfigList,
    conf: RuntimeConf,
    call?: DelOptions,
  ): Promise<CniOutcome<void>> {
    const checked = checkRuntimeConf(conf)
    if (!checked.ok) return checked
    if (list.plugins.length === 0) return noPlugins(list)
    const key = keyOf(list, conf)
    // A damaged entry is as good as none: DEL has to go on without the result.
    const cached = await cache.readResult(key, list.cniVersion)
    const takesResult = isAtLeast(list.cniVersion, '0.4.0')
    const prevResult = cached.ok && takesResult ? cached.value : undefined
    let failed: CniOutcome<never> | undefined
    for (const plugin of list.plugins.toReversed()) {
      const given = { verb: 'DEL', list, plugin, prevResult, conf } as const
      const done = await plugins.attach(given, limitsOf(call))
      if (!done.ok) failed ??= done
      if (failed !== undefined && call?.goOn !== true) break
    }
    if (failed !== undefined) return failed
    const hasEntry = !cached.ok || cached.value !== undefined
    return hasEntry ? cache.remove(key) : success(undefined)
  }

  async function supportedVersions(
    plugin: string,
    call?: CallOptions,
  ): Promise<CniOutcome<readonly string[]>> {
    return parseVersionInfo(await plugins.version(plugin, limitsOf(call)), plugin)
  }

  return {
    addNetworkList: async (list, conf, call) => {
      const checked = checkRuntimeConf(conf)
      if (!checked.ok) return checked
      const args = checkArgs(conf.args ?? [])
      if (!args.ok) return args
      let result: Result | undefined
      for (const plugin of list.plugins) {
        const given = { verb: 'ADD', list, plugin, prevResult: result, conf } as const
        const done = await plugins.attach(given, limitsOf(call))
        const added = done.ok ? readAdded(done.value, list, plugin) : done
        if (!added.ok) return added
        result = added.value
      }
      if (result === undefined) return noPlugins(list)
      const written = await cache.write(attachmentOf(list, conf), result)
      return written.ok ? success(result) : written
    },

    checkNetworkList: async (list, conf, call) => {
      const checked = checkRuntimeConf(conf)
      if (!checked.ok) return checked
      if (!isAtLeast(list.cniVersion, '0.4.0')) return noCheck(list)
      if (list.disableCheck) return success('disabled')
      if (list.plugins.length === 0) return noPlugins(list)
      const cached = await cache.readResult(keyOf(list, conf), list.cniVersion)
      if (!cached.ok) return cached
      for (const plugin of list.plugins) {
        const given = { verb: 'CHECK', list, plugin, prevResult: cached.value, conf } as const
        const done = await plugins.attach(given, limitsOf(call))
        if (!done.ok) return done
      }
      return success('checked')
    },

    delNetworkList,

    delAttachment: async (attachment, call) => {
      const list = parseCachedConfig(attachment.config)
      return list.ok ? delNetworkList(list.value, runtimeConfOf(attachment), call) : list
    },

    gcNetworkList: (list, valid, call) =>
      gcNetworkList(list, valid, {
        listCached: () => cache.list(),
        keep: call?.keep ?? [],
        deleteStale: (attachment) => {
          // What ADD was run with is what DEL undoes, whatever the configuration says by now.
          const added = parseCachedConfig(attachment.config)
          return delNetworkList(added.ok ? added.value : list, runtimeConfOf(attachment), call)
        },
        collect: (plugin, set) => plugins.ask({ verb: 'GC', list, plugin, set }, limitsOf(call)),
      }),

    statusNetworkList: async (list, call) => {
      if (!isAtLeast(list.cniVersion, '1.1.0')) return success('not-supported')
      for (const plugin of list.plugins) {
        const done = await plugins.ask({ verb: 'STATUS', list, plugin }, limitsOf(call))
        if (!done.ok) return done
      }
      return success('ready')
    },

    findPlugin: (plugin) => runner.find(plugin, binDirs),
    supportedVersions,

    validateNetworkList: (list, call) =>
      validateNetworkList(list, {
        find: (plugin) => runner.find(plugin, binDirs),
        supportedVersions: (plugin) => supportedVersions(plugin, call),
      }),

    cachedAttachment: (key) => cache.read(key),
    cachedResult: (list, conf) => cache.readResult(keyOf(list, conf), list.cniVersion),
    cachedAttachments: (containerId) => cache.list(containerId),
  }
}

function readAdded(
  { stdout, stderr }: PluginOutput,
  list: NetworkConfigList,
  plugin: PluginConfig,
): CniOutcome<Result> {
  const about = { plugin: plugin.type, network: list.name, verb: 'ADD', stderr } as const
  if (stdout.trim() === '') {
    return failure('FL_CNI_PLUGIN_NO_OUTPUT', 'the plugin succeeded but printed no result', about)
  }
  const result = parseResult(stdout, list.cniVersion)
  if (result.ok) return result
  const { code, msg, details, hint, cause } = result.error
  return failure(code, `the plugin printed no result: ${msg}`, {
    ...about,
    details,
    cause,
    ...(hint === undefined ? {} : { hint }),
  })
}

function noPlugins(list: NetworkConfigList): CniOutcome<never> {
  return failure('FL_CNI_CONFIG_INVALID', 'the network has no plugins', { network: list.name })
}

function noCheck({ name, cniVersion }: NetworkConfigList): CniOutcome<never> {
  return failure('FL_CNI_VERSION', `a network of version ${cniVersion} has no CHECK`, {
    network: name,
    verb: 'CHECK',
    hint: 'CHECK came with CNI 0.4.0; raise cniVersion if the plugins support that.',
  })
}

function keyOf(list: NetworkConfigList, conf: RuntimeConf): AttachmentKey {
  return { network: list.name, containerId: conf.containerId, ifName: conf.ifName }
}

function attachmentOf(list: NetworkConfigList, conf: RuntimeConf): NetworkAttachment {
  return {
    ...keyOf(list, conf),
    netns: conf.netns,
    args: conf.args ?? [],
    capabilityArgs: conf.capabilityArgs ?? {},
    config: list.json,
  }
}

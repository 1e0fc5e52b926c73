import type { NetworkConfigList, PluginConfig } from './config/network-config.ts'
import { requestConfig } from './config/request-config.ts'
import { type CniOutcome, failure } from './errors.ts'
import type { PluginOutput, PluginRunner } from './exec/plugin-runner.ts'
import type { CniVerb } from './protocol.ts'
import { resultJson } from './result/format-result.ts'
import type { Result } from './result/result.ts'
import type { RuntimeConf } from './runtime-conf.ts'
import { CURRENT_VERSION } from './versions.ts'

/** What every call of a plugin is made with. */
export interface PluginCallOptions {
  readonly runner: PluginRunner
  readonly binDirs: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly killGraceMs: number
}

/** How long one call may take. */
export interface PluginCallLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** One plugin, one verb: what it gets on stdin and in its environment. */
export interface PluginCalls {
  readonly attach: (
    call: {
      readonly verb: 'ADD' | 'CHECK' | 'DEL'
      readonly list: NetworkConfigList
      readonly plugin: PluginConfig
      readonly prevResult: Result | undefined
      readonly conf: RuntimeConf
    },
    limits: PluginCallLimits,
  ) => Promise<CniOutcome<PluginOutput>>
  readonly ask: (
    call: {
      readonly verb: 'GC' | 'STATUS'
      readonly list: NetworkConfigList
      readonly plugin: PluginConfig
      /** Further keys of the request configuration; values are JSON texts. */
      readonly set?: Readonly<Record<string, string>>
    },
    limits: PluginCallLimits,
  ) => Promise<CniOutcome<PluginOutput>>
  readonly version: (plugin: string, limits: PluginCallLimits) => Promise<CniOutcome<PluginOutput>>
}

/** Calls of the plugins in `binDirs`. */
export function pluginCalls({ runner, binDirs, env, killGraceMs }: PluginCallOptions): PluginCalls {
  async function execute(
    about: { readonly plugin: string; readonly verb: CniVerb; readonly network?: string },
    given: { readonly stdin: string; readonly variables: Readonly<Record<string, string>> },
    limits: PluginCallLimits,
  ): Promise<CniOutcome<PluginOutput>> {
    const file = await runner.find(about.plugin, binDirs)
    if (!file.ok) {
      const { code, msg, hint } = file.error
      return failure(code, msg, { ...about, ...(hint === undefined ? {} : { hint }) })
    }
    return runner.run({
      ...about,
      ...limits,
      path: file.value,
      env: { ...env, ...given.variables },
      stdin: given.stdin,
      killGraceMs,
    })
  }

  return {
    attach: ({ verb, list, plugin, prevResult, conf }, limits) => {
      const runtimeConfig = runtimeConfigOf(plugin, conf)
      const stdin = requestConfig(plugin, {
        // "capabilities: must not be set" (CNI spec 1.1.0 section 3); libcni leaves it in.
        remove: ['capabilities'],
        set: {
          ...nameAndVersion(list),
          ...(prevResult === undefined ? {} : { prevResult: resultJson(prevResult) }),
          ...(runtimeConfig === undefined ? {} : { runtimeConfig }),
        },
      })
      return execute(
        { plugin: plugin.type, network: list.name, verb },
        { stdin, variables: variables(verb, conf, binDirs) },
        limits,
      )
    },

    ask: ({ verb, list, plugin, set = {} }, limits) =>
      execute(
        { plugin: plugin.type, network: list.name, verb },
        {
          stdin: requestConfig(plugin, { set: { ...nameAndVersion(list), ...set } }),
          variables: variables(verb, { containerId: '', netns: '', ifName: '' }, binDirs),
        },
        limits,
      ),

    version: (plugin, limits) =>
      execute(
        { plugin, verb: 'VERSION' },
        {
          stdin: JSON.stringify({ cniVersion: CURRENT_VERSION }),
          // Plugins built with an old skel want these even here (libcni v1.3 pkg/invoke/exec.go).
          variables: variables('VERSION', { containerId: '', netns: 'dummy', ifName: 'dummy' }, [
            'dummy',
          ]),
        },
        limits,
      ),
  }
}

/** The six variables of the spec; one that does not apply is empty, as libcni has it. */
function variables(verb: CniVerb, conf: RuntimeConf, binDirs: readonly string[]) {
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: conf.containerId,
    CNI_NETNS: conf.netns,
    CNI_IFNAME: conf.ifName,
    CNI_ARGS: (conf.args ?? []).map((pair) => pair.join('=')).join(';'),
    CNI_PATH: binDirs.join(':'),
  }
}

function nameAndVersion({ name, cniVersion }: NetworkConfigList) {
  return { cniVersion: JSON.stringify(cniVersion), name: JSON.stringify(name) }
}

/** The capability arguments that the plugin asks for; undefined where there are none. */
function runtimeConfigOf(plugin: PluginConfig, conf: RuntimeConf): string | undefined {
  const wanted = Object.entries(conf.capabilityArgs ?? {}).filter(
    ([capability, value]) => plugin.capabilities.includes(capability) && value !== undefined,
  )
  return wanted.length === 0 ? undefined : JSON.stringify(Object.fromEntries(wanted))
}

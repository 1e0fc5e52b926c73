import path from 'node:path'
import type { NetworkConfigList, PluginConfig } from '@fairlead/cni'

/** What a network needs beside itself, as its own configuration says. */
export interface Dependence {
  /** Networks of the conf dir it delegates to: names, or names of files. */
  readonly networks: readonly string[]
  /** Plugins that it runs itself, from configuration that it holds. */
  readonly plugins: readonly string[]
  /** A file that has to be there before it works (Multus `readinessindicatorfile`). */
  readonly readinessFile?: string
  /** Where the daemon listens without which its ADD waits, and its DEL does nothing (thick Multus). */
  readonly daemonSocket?: string
}

// The types of Multus: thin, and thick (k8snetworkplumbingwg/multus-cni v4.1.4).
const SHIM = 'multus-shim'
const META_PLUGINS = new Set(['multus', SHIM])
// pkg/server/api/api.go and socket.go there.
const DAEMON_DIR = '/run/multus'
const DAEMON_SOCKET = 'multus.sock'

/** What a network depends on; a network without a meta plugin on nothing. */
export function dependenceOf(list: NetworkConfigList): Dependence {
  const metas = list.plugins.filter(({ type }) => META_PLUGINS.has(type)).map(metaConfig)
  const readinessFile = metas
    .map((meta) => textOf(meta['readinessindicatorfile']))
    .find((file) => file !== undefined)
  return {
    networks: metas.flatMap((meta) => [
      ...textsOf(meta['clusterNetwork']),
      ...textsOf(meta['defaultNetworks']),
    ]),
    plugins: metas.flatMap((meta) => delegatedTypes(meta['delegates'])),
    ...(readinessFile === undefined ? {} : { readinessFile }),
    ...daemonOf(metas),
  }
}

function daemonOf(metas: readonly JsonObject[]): Pick<Dependence, 'daemonSocket'> {
  const shim = metas.find((meta) => meta['type'] === SHIM)
  if (shim === undefined) return {}
  return { daemonSocket: path.join(textOf(shim['daemonSocketDir']) ?? DAEMON_DIR, DAEMON_SOCKET) }
}

/** Whether a reference of a meta plugin means this network: its name, its file or its file's path. */
export function isMeant(reference: string, network: { name: string; file: string }): boolean {
  return reference === network.name || path.basename(reference) === network.file
}

type JsonObject = Readonly<Record<string, unknown>>

function metaConfig(plugin: PluginConfig): JsonObject {
  const value: unknown = JSON.parse(plugin.json)
  return isObject(value) ? value : {}
}

/** The types in `delegates`: single plugins, or lists of them. */
function delegatedTypes(delegates: unknown): readonly string[] {
  if (!Array.isArray(delegates)) return []
  return delegates.filter(isObject).flatMap((delegate) => {
    const plugins = delegate['plugins']
    const entries: unknown[] = Array.isArray(plugins) ? plugins : [delegate]
    return entries.filter(isObject).flatMap((entry) => textsOf(entry['type']))
  })
}

function textsOf(value: unknown): readonly string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((entry): entry is string => typeof entry === 'string' && entry !== '')
}

function textOf(value: unknown): string | undefined {
  return textsOf(value)[0]
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

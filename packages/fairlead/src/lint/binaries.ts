/** What a plugin's name stands for in the bin dirs. */
export type Binary =
  | { readonly state: 'missing' }
  | { readonly state: 'not-executable'; readonly path: string; readonly why: string }
  | { readonly state: 'wrong-arch'; readonly path: string; readonly why: string }
  | { readonly state: 'ok'; readonly path: string }

/** The bin dirs, and what of each plugin that is needed lies in them. */
export interface Binaries {
  readonly dirs: readonly string[]
  /** Those of `dirs` that are not there. */
  readonly missingDirs: readonly string[]
  readonly byType: ReadonlyMap<string, Binary>
  /** The versions that a plugin says it supports; only of those that were asked. */
  readonly versions: ReadonlyMap<string, readonly string[]>
}

/** A plugin that some network needs, and what for. */
export interface Need {
  readonly type: string
  readonly role: 'plugin' | 'ipam' | 'delegate'
}

// k8snetworkplumbingwg/multus-cni v4.3.0: thin and thick.
const META_TYPES = new Set(['multus', 'multus-shim'])

/** Whether a plugin does nothing but run others. */
export function isMeta(type: string): boolean {
  return META_TYPES.has(type)
}

type JsonObject = Readonly<Record<string, unknown>>

/** Every plugin that running this one takes: itself, its IPAM plugin, and those that it delegates to. */
export function needsOf(plugin: JsonObject): readonly Need[] {
  return collect(plugin, 'plugin', 0)
}

/** Delegates may delegate on; deeper than this nothing sensible does. */
const DEPTH_MAX = 8

function collect(plugin: JsonObject, role: Need['role'], depth: number): readonly Need[] {
  const type = textOf(plugin['type'])
  if (depth > DEPTH_MAX || type === undefined) return []
  return [
    { type, role },
    ...ipamNeed(plugin),
    ...delegatesOf(type, plugin).flatMap((delegate) => collect(delegate, 'delegate', depth + 1)),
  ]
}

function ipamNeed(plugin: JsonObject): readonly Need[] {
  const ipam = objectOf(plugin['ipam'])
  const type = ipam === undefined ? undefined : textOf(ipam['type'])
  return type === undefined ? [] : [{ type, role: 'ipam' }]
}

function delegatesOf(type: string, plugin: JsonObject): readonly JsonObject[] {
  if (isMeta(type)) {
    return listOf(plugin['delegates']).flatMap((delegate) => {
      const plugins = listOf(delegate['plugins'])
      return plugins.length === 0 ? [delegate] : plugins
    })
  }
  if (type === 'flannel') {
    // flannel-io/cni-plugin flannel_linux.go: `bridge` with `host-local` unless `delegate` says otherwise.
    const delegate = objectOf(plugin['delegate']) ?? {}
    const ipam = objectOf(plugin['ipam']) ?? {}
    return [{ type: 'bridge', ...delegate, ipam: { type: 'host-local', ...ipam } }]
  }
  return []
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(objectOf).filter((entry) => entry !== undefined) : []
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

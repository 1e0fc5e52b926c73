/** The operations of a plugin, CNI spec 1.1.0 section 2 (`CNI_COMMAND`). */
export type CniVerb = 'ADD' | 'DEL' | 'CHECK' | 'GC' | 'STATUS' | 'VERSION'

/** All of {@link CniVerb}. */
export const CNI_VERBS: readonly CniVerb[] = ['ADD', 'DEL', 'CHECK', 'GC', 'STATUS', 'VERSION']

/** Whether `text` names an operation of the spec. */
export function isCniVerb(text: string): text is CniVerb {
  return (CNI_VERBS as readonly string[]).includes(text)
}

/** What a plugin is run with, CNI spec 1.1.0 section 2, "Parameters". */
export interface PluginParameters {
  /** `CNI_COMMAND`. */
  readonly command: CniVerb
  /** `CNI_CONTAINERID`; empty where it is not set. */
  readonly containerId: string
  /** `CNI_NETNS`, a path; empty where it is not set. */
  readonly netns: string
  /** `CNI_IFNAME`; empty where it is not set. */
  readonly ifName: string
  /** `CNI_ARGS`, taken apart at `;` and the first `=`. */
  readonly args: ReadonlyMap<string, string>
  /** `CNI_PATH`, taken apart at `:`. */
  readonly path: readonly string[]
}

/** Reads the parameters out of a plugin's environment; undefined if `CNI_COMMAND` names no verb. */
export function pluginParameters(
  env: Readonly<Record<string, string | undefined>>,
): PluginParameters | undefined {
  const command = env['CNI_COMMAND'] ?? ''
  if (!isCniVerb(command)) return undefined
  return {
    command,
    containerId: env['CNI_CONTAINERID'] ?? '',
    netns: env['CNI_NETNS'] ?? '',
    ifName: env['CNI_IFNAME'] ?? '',
    args: parseArgs(env['CNI_ARGS'] ?? ''),
    path: (env['CNI_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
  }
}

function parseArgs(text: string): ReadonlyMap<string, string> {
  const pairs = text
    .split(';')
    .filter((pair) => pair.includes('='))
    .map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    })
  return new Map(pairs)
}

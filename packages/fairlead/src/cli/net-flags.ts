import type { Net, NetFolders } from '../net/settings.ts'
import type { CliContext } from './context.ts'
import { durationMs, optionalTextFlag } from './flags.ts'

/** What the flags of every command about networks say. */
export interface NetFlags extends NetFolders {
  readonly timeout?: string
}

const texts = { ...optionalTextFlag, variadic: true } as const

/** Flags of every command about networks. */
export const netFlags = {
  confDir: {
    ...optionalTextFlag,
    brief: 'Where networks are configured [default: $NETCONFPATH or /etc/cni/net.d]',
    placeholder: 'dir',
  },
  binDir: {
    ...texts,
    brief:
      'Where plugins are looked for; may be given several times ' +
      '[default: $CNI_PATH, else /opt/cni/bin, /usr/lib/cni, /usr/libexec/cni]',
    placeholder: 'dir',
  },
  cacheDir: {
    ...optionalTextFlag,
    brief: 'Where attachments are remembered, results/ in it [default: /var/lib/cni]',
    placeholder: 'dir',
  },
  timeout: {
    ...optionalTextFlag,
    brief: 'How long one plugin may take, e.g. 30s [default: 2m]',
    placeholder: 'time',
  },
} as const

/** Flags that say which container, and which of its interfaces. */
export const containerFlags = {
  netns: {
    ...optionalTextFlag,
    brief: "The container's network namespace: a path, or a name that `ip netns` knows",
    placeholder: 'netns',
  },
  containerId: {
    ...optionalTextFlag,
    brief: "The container's id [default: cnitool's, made of the namespace's path]",
    placeholder: 'id',
  },
  ifname: {
    ...texts,
    brief: 'The interface, one for each network in order',
    placeholder: 'name',
  },
} as const

/** Flags that say what the plugins get. */
export const argumentFlags = {
  args: {
    ...texts,
    brief: 'A KEY=VALUE pair for the plugins; may be given several times [default: $CNI_ARGS]',
    placeholder: 'pair',
  },
  capabilityArgs: {
    ...optionalTextFlag,
    brief: 'Values for plugins with capabilities, a JSON object [default: $CAP_ARGS]',
    placeholder: 'json',
  },
} as const

/** Networks by name. */
export function networksParameter(minimum: number) {
  return {
    kind: 'array',
    parameter: {
      brief: 'The name of a network in the conf dir',
      parse: String,
      placeholder: 'network',
    },
    minimum,
  } as const
}

/** The networks that the flags and the environment speak of. */
export async function openNetOf(flags: NetFlags, context: CliContext): Promise<Net> {
  const { openNet } = await import('../net/settings.ts')
  const { timeout, ...folders } = flags
  const limit = timeout === undefined ? {} : { timeoutMs: await durationMs(timeout) }
  return openNet({ ...folders, ...limit }, context.process.env, context.signal)
}

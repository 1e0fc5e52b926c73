import type { RuntimeConf } from '@fairlead/cni'

/** What both sides can be asked to do. */
type Op =
  | 'add'
  | 'check'
  | 'del'
  | 'gc'
  | 'status'
  | 'validate'
  | 'version'
  | 'load'
  | 'files'
  | 'attachments'
  | 'cachedResult'

/** What {@link Operation} is about; `main.go` reads the same keys. */
export interface Request {
  readonly op: Op
  /** The list, as a file of the conf dir, as a name to look for in it, or as text. */
  readonly file?: string
  readonly name?: string
  readonly text?: string
  /** Default: {@link CONF}. */
  readonly conf?: RuntimeConf
  /** What GC is told to keep; without it libcni's `GCArgs` are nil. */
  readonly validAttachments?: readonly { readonly containerID: string; readonly ifname: string }[]
  /** For `version`. */
  readonly plugin?: string
  /** For `files`. */
  readonly extensions?: readonly string[]
}

/** A request with the folders it is done in. */
export interface Operation extends Request {
  readonly binDirs: readonly string[]
  readonly cacheDir: string
  readonly confDir: string
  readonly conf: RuntimeConf
}

/** An attachment's parameters, where a case does not care. */
export const CONF: RuntimeConf = {
  containerId: 'box-1',
  netns: '/var/run/netns/blue',
  ifName: 'eth0',
}

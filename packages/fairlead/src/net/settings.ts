import path from 'node:path'
import {
  type CallOptions,
  type Cni,
  createCni,
  DEFAULT_CACHE_DIR,
  type ResultCache,
  resultCacheDir,
} from '@fairlead/cni'

/** cnitool's, containerd's and CRI-O's. */
const DEFAULT_CONF_DIR = '/etc/cni/net.d'

/** Where the plugins' own releases go, then the packages of Debian and Arch, then those of Fedora. */
const DEFAULT_BIN_DIRS = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni']

/** What may be said on the command line. */
export interface NetFolders {
  readonly confDir?: string
  readonly binDir?: readonly string[]
  readonly cacheDir?: string
}

/** The networks of one machine: where they are configured, run and remembered. */
export interface Net {
  readonly confDir: string
  readonly cacheDir: string
  readonly binDirs: readonly string[]
  readonly cni: Cni
  readonly cache: ResultCache
  readonly env: NodeJS.ProcessEnv
  /** For every execution of a plugin that ctrl-C may end. */
  readonly call: CallOptions & { readonly signal: AbortSignal }
}

/** Flags come first, then cnitool's environment variables, then the usual folders. */
export function openNet(
  flags: NetFolders & { readonly timeoutMs?: number },
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Net {
  const folders = flags.binDir ?? foldersOf(env['CNI_PATH']) ?? DEFAULT_BIN_DIRS
  const binDirs = folders.map((dir) => path.resolve(dir))
  const cacheDir = path.resolve(flags.cacheDir ?? DEFAULT_CACHE_DIR)
  return {
    confDir: path.resolve(flags.confDir ?? (env['NETCONFPATH'] || DEFAULT_CONF_DIR)),
    cacheDir,
    binDirs,
    cni: createCni({
      binDirs,
      cacheDir,
      env,
      ...(flags.timeoutMs === undefined ? {} : { timeoutMs: flags.timeoutMs }),
    }),
    cache: resultCacheDir(cacheDir),
    env,
    call: { signal },
  }
}

function foldersOf(list: string | undefined): readonly string[] | undefined {
  const folders = (list ?? '').split(':').filter((folder) => folder !== '')
  return folders.length === 0 ? undefined : folders
}

import path from 'node:path'
import { FairleadError } from '../errors.ts'
import type { RuntimeFolders, RuntimeInstall } from '../lab/runtimes/install.ts'

/** What is said of a runtime that is there already. */
export interface SocketFlags {
  readonly confDir?: string
  readonly binDir?: string
  readonly allowDestructive: boolean
}

/** The flags of {@link SocketFlags}. */
export const socketFlags = {
  confDir: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'The conf dir of the runtime that cri= names',
    placeholder: 'dir',
  },
  binDir: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'The bin dir of the runtime that cri= names',
    placeholder: 'dir',
  },
  allowDestructive: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief:
      'Let scenarios use the folders of that runtime and add pods to it; all is put back after',
  },
} as const

/**
 * The folders that scenarios may use of the runtimes named `cri=...`; undefined if none.
 *
 * @throws {FairleadError} FL_USAGE when flags do not go together, FL_SET_ASIDE when a run that was killed
 * has left files aside.
 */
export async function foldersToUse(
  { confDir, binDir, allowDestructive }: SocketFlags,
  sockets: number,
): Promise<RuntimeFolders | undefined> {
  const given = confDir !== undefined || binDir !== undefined
  if (!given && !allowDestructive) return undefined
  if (sockets !== 1) {
    throw new FairleadError(
      'FL_USAGE',
      '--conf-dir, --bin-dir and --allow-destructive are for one runtime named by cri=unix:///path.sock, ' +
        `and ${sockets === 0 ? 'none is' : 'several are'} named.`,
      { hint: 'Other runtimes get folders of their own. Run them without these flags.' },
    )
  }
  if (!allowDestructive) {
    throw new FairleadError(
      'FL_USAGE',
      '--conf-dir and --bin-dir do nothing without --allow-destructive.',
      { hint: 'Add it if the lab may write there and add pods, on a node that nothing else uses.' },
    )
  }
  if (confDir === undefined || binDir === undefined) {
    throw new FairleadError('FL_USAGE', '--allow-destructive takes --conf-dir and --bin-dir.', {
      hint: 'They are those of the runtime, often /etc/cni/net.d and /opt/cni/bin.',
    })
  }
  const folders = { confDir: path.resolve(confDir), binDir: path.resolve(binDir) }
  const { checkFolders } = await import('../lab/set-aside.ts')
  await checkFolders(folders)
  return folders
}

/** Gives the runtimes named `cri=...` their folders. */
export function withFolders(
  installs: readonly RuntimeInstall[],
  folders: RuntimeFolders | undefined,
): RuntimeInstall[] {
  return installs.map((install) =>
    install.kind === 'socket' && folders !== undefined ? { ...install, folders } : install,
  )
}

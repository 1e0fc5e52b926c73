import { type Dirent, type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import path from 'node:path'
import { CniError } from '@fairlead/cni'

/** A watch that goes on. */
export interface ConfDirWatch {
  /**
   * Looks whether everything that counts is watched: the folder that its name means now, and the folders
   * of plugins in it. Tries again where the system gave no watch.
   */
  readonly refresh: () => void
  /** Why there are no hints, where the system gives none: then only scans find changes. */
  readonly blindness: () => CniError | undefined
  /** No hint comes after that. */
  readonly close: () => void
}

/** More folders than this in a conf dir are not of plugins; the scan finds what changes in the rest. */
const FOLDERS_MAX = 100
const EXHAUSTED = 'Raise fs.inotify.max_user_instances and max_user_watches (sysctl).'

/**
 * Watches a folder that may go and come again, or be a link that is pointed elsewhere: the folder
 * itself, the folders in it (libcni v1.3 takes further plugins of a network from the one that has its
 * name), and the nearest folder above that is there. inotify follows the inode, not the name, so
 * whatever happens above leads to a new watch of what the name means now.
 */
export function watchDir(dir: string, onHint: () => void): ConfDirWatch {
  let watchers: FSWatcher[] = []
  let watchedInode: number | undefined
  let watchedAbove = ''
  let watchedFolders = ''
  let blindness: CniError | undefined
  let isStale = false
  let isClosed = false

  const arm = () => {
    for (const watcher of watchers) watcher.close()
    watchers = []
    blindness = undefined
    isStale = false
    watchedInode = inodeOf(dir)
    watchedAbove = nearestAbove(dir)
    const folders = foldersIn(dir)
    watchedFolders = identityOf(folders)
    if (watchedInode !== undefined) add(dir, onEvent)
    for (const { folder } of folders) add(folder, onFolderEvent(folder))
    add(watchedAbove, onEventAbove)
  }
  const add = (folder: string, onEvent: (type: string, name: string | null) => void) => {
    try {
      const watcher = watch(folder, onEvent)
      // A folder that is gone; what is above tells when it is back.
      watcher.on('error', () => onEvent('rename', path.basename(folder)))
      watchers.push(watcher)
    } catch (error) {
      // Of a folder that went while it was looked at, what is above tells; see `refresh`.
      if (inodeOf(folder) === undefined) isStale = true
      else blindness ??= blindnessOf(folder, error)
    }
  }
  const isMoved = () => inodeOf(dir) !== watchedInode || nearestAbove(dir) !== watchedAbove
  const onEvent = (type: string, name: string | null) => {
    if (isClosed) return
    // Its own end: one of the same name that is there by now may well have its inode again.
    if (isMoved() || (type === 'rename' && name === path.basename(dir))) arm()
    onHint()
  }
  const onFolderEvent = (folder: string) => (type: string, name: string | null) => {
    if (isClosed) return
    if (type === 'rename' && name === path.basename(folder)) isStale = true
    onHint()
  }
  const onEventAbove = () => {
    if (isClosed || !isMoved()) return
    arm()
    onHint()
  }

  arm()
  return {
    refresh: () => {
      if (isClosed) return
      const isBlindOrStale = blindness !== undefined || isStale
      if (isBlindOrStale || isMoved() || identityOf(foldersIn(dir)) !== watchedFolders) arm()
    },
    blindness: () => blindness,
    close: () => {
      isClosed = true
      for (const watcher of watchers) watcher.close()
    },
  }
}

function blindnessOf(folder: string, cause: unknown): CniError {
  const text = cause instanceof Error ? cause.message : String(cause)
  const isExhausted = /^(EMFILE|ENOSPC)\b/.test(text)
  return new CniError('FL_CNI_CONFIG_READ', `${folder} cannot be watched: ${text}`, {
    ...(isExhausted ? { hint: EXHAUSTED } : {}),
    cause,
  })
}

interface Folder {
  readonly folder: string
  readonly inode: number
}

function foldersIn(dir: string): readonly Folder[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(dir, { withFileTypes: true })
  } catch {
    // Not there, or not to be read: then there is nothing to watch in it either.
    return []
  }
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .flatMap(({ name }) => folderAt(path.join(dir, name)))
    .slice(0, FOLDERS_MAX)
}

function folderAt(folder: string): readonly Folder[] {
  try {
    const stats = statSync(folder, { throwIfNoEntry: false })
    return stats?.isDirectory() === true ? [{ folder, inode: stats.ino }] : []
  } catch {
    return []
  }
}

function identityOf(folders: readonly Folder[]): string {
  return folders.map(({ folder, inode }) => `${folder}:${inode}`).join('\n')
}

function inodeOf(dir: string): number | undefined {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.ino
  } catch {
    // Not to be reached, which is as good as not there.
    return undefined
  }
}

function nearestAbove(dir: string): string {
  const above = path.dirname(dir)
  if (above === dir || inodeOf(above) !== undefined) return above
  return nearestAbove(above)
}

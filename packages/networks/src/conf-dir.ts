import { type FSWatcher, statSync, watch } from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'
import { CniError, listConfFiles, readConfFile } from '@fairlead/cni'
import type { ConfDirReading } from './snapshot.ts'

/** The door to the folder that network configuration lies in. */
export interface ConfDir {
  readonly read: () => Promise<ConfDirReading>
  /** Calls `onHint` when something may have changed; a hint says nothing more than that. */
  readonly watch: (onHint: () => void) => ConfDirWatch
  /** Whether a file is there, anywhere on the node. */
  readonly exists: (file: string) => Promise<boolean>
}

/** A watch that goes on. */
export interface ConfDirWatch {
  /** Looks whether the name still means the folder that is watched; for what no event tells. */
  readonly refresh: () => void
  /** Why there are no hints, where the system gives none: then only scans find changes. */
  readonly blindness: () => CniError | undefined
  readonly close: () => void
}

/** A folder of this machine. */
export function confDirAt(dir: string): ConfDir {
  return {
    read: async () => {
      try {
        await access(dir)
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error)
        return {
          ok: false,
          error: new CniError('FL_CNI_CONFIG_READ', `${dir} cannot be read: ${text}`, {
            cause: error,
          }),
        }
      }
      const files = await listConfFiles(dir)
      if (!files.ok) return files
      const readings = []
      for (const file of files.value) {
        readings.push({ file: path.basename(file), list: await readConfFile(file) })
      }
      return { ok: true, value: readings }
    },
    watch: (onHint) => watchDir(dir, onHint),
    exists: (file) =>
      access(file).then(
        () => true,
        () => false,
      ),
  }
}

/**
 * Watches a folder that may go and come again, or be a link that is pointed elsewhere: the folder
 * itself, and the nearest folder above that is there. inotify follows the inode, not the name, so
 * whatever happens above leads to a new watch of what the name means now.
 */
function watchDir(dir: string, onHint: () => void): ConfDirWatch {
  let watchers: FSWatcher[] = []
  let watchedInode: number | undefined
  let watchedAbove = ''
  let blindness: CniError | undefined
  let isClosed = false

  const arm = () => {
    for (const watcher of watchers) watcher.close()
    watchers = []
    blindness = undefined
    watchedInode = inodeOf(dir)
    if (watchedInode !== undefined) add(dir, onEvent)
    watchedAbove = nearestAbove(dir)
    add(watchedAbove, onEventAbove)
  }
  const add = (folder: string, onEvent: () => void) => {
    try {
      const watcher = watch(folder, onEvent)
      // A folder that is gone; what is above tells when it is back.
      watcher.on('error', onEvent)
      watchers.push(watcher)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      blindness = new CniError('FL_CNI_CONFIG_READ', `${folder} cannot be watched: ${text}`, {
        hint: 'Raise fs.inotify.max_user_instances and max_user_watches (sysctl).',
        cause: error,
      })
    }
  }
  const isMoved = () => inodeOf(dir) !== watchedInode || nearestAbove(dir) !== watchedAbove
  const onEvent = () => {
    if (isClosed) return
    if (isMoved()) arm()
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
      if (!isClosed && isMoved()) arm()
    },
    blindness: () => blindness,
    close: () => {
      isClosed = true
      for (const watcher of watchers) watcher.close()
    },
  }
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

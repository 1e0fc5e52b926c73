import { access } from 'node:fs/promises'
import path from 'node:path'
import { CniError, listConfFiles, readConfFile } from '@fairlead/cni'
import type { ConfDirReading } from './snapshot.ts'
import { type ConfDirWatch, watchDir } from './watch-dir.ts'

/** The door to the folder that network configuration lies in. */
export interface ConfDir {
  /** Every file as it is now, in the order that runtimes load them. */
  readonly read: () => Promise<ConfDirReading>
  /** Calls `onHint` when something may have changed; a hint says nothing more than that. */
  readonly watch: (onHint: () => void) => ConfDirWatch
  /** Whether a file is there, anywhere on the node. */
  readonly exists: (file: string) => Promise<boolean>
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

import path from 'node:path'
import { CniError } from '@fairlead/cni'
import { type ConfDir, confDirAt, type ConfFileReading } from '@fairlead/networks'
import { systemCodeOf } from '../errors.ts'

/**
 * Several folders as one: of two files with one name that of the folder named first counts. A folder
 * that is not there has no files, for its installer may make it later.
 */
export function sourceDirs(dirs: readonly string[]): ConfDir {
  const parts = dirs.map((dir) => ({ dir, confDir: confDirAt(dir) }))
  return {
    read: async () => {
      const owners = new Map<string, string>()
      const readings: ConfFileReading[] = []
      for (const { dir, confDir } of parts) {
        const reading = await confDir.read()
        if (!reading.ok) {
          if (systemCodeOf(reading.error.cause) === 'ENOENT') continue
          return reading
        }
        for (const { file, list } of reading.value) {
          const owner = owners.get(file)
          if (owner !== undefined) {
            readings.push({ file: path.join(dir, file), list: { ok: false, error: taken(owner) } })
            continue
          }
          owners.set(file, path.join(dir, file))
          readings.push({ file, list })
        }
      }
      return { ok: true, value: readings.toSorted(byFile) }
    },
    watch: (onHint) => {
      const watches = parts.map(({ confDir }) => confDir.watch(onHint))
      return {
        refresh: () => {
          for (const watch of watches) watch.refresh()
        },
        blindness: () => watches.map((watch) => watch.blindness()).find((one) => one !== undefined),
        close: () => {
          for (const watch of watches) watch.close()
        },
      }
    },
    exists: (file) => confDirAt('/').exists(file),
  }
}

function taken(owner: string): CniError {
  return new CniError('FL_CNI_CONFIG_INVALID', `${owner} comes first and has the same name`, {
    hint: 'Give files of different source dirs different names.',
  })
}

function byFile(left: ConfFileReading, right: ConfFileReading): number {
  return Buffer.compare(Buffer.from(left.file), Buffer.from(right.file))
}

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../errors.ts'
import type { PluginProcess } from './plugin-processes.ts'

/** What is kept of one moment, before anything is done about it. */
export interface Evidence {
  readonly at: Date
  readonly why: string
  readonly state: string
  readonly plugins: readonly PluginProcess[]
  /** Folders whose files are copied. */
  readonly dirs: readonly string[]
}

const KEPT_MAX = 20

/**
 * Writes what is known into a folder of its own below `dir`, and removes the oldest beyond 20. The path
 * of the folder.
 */
export async function keepEvidence(dir: string, evidence: Evidence): Promise<string> {
  const { at, why, state, plugins, dirs } = evidence
  const folder = path.join(dir, at.toISOString().replaceAll(':', '-'))
  await mkdir(folder, { recursive: true })
  const processes = await Promise.all(plugins.map(withProcess))
  const text = JSON.stringify({ at: at.toISOString(), why, state, plugins: processes }, null, 2)
  await writeFile(path.join(folder, 'evidence.json'), `${text}\n`, { mode: 0o600 })
  for (const [index, source] of dirs.entries()) {
    // A folder that is not there is evidence, too; the reason is beside the others.
    await cp(source, path.join(folder, `${index}-${path.basename(source)}`), {
      recursive: true,
      dereference: false,
    }).catch((error: unknown) =>
      writeFile(path.join(folder, `${index}-${path.basename(source)}.txt`), messageOf(error)),
    )
  }
  const folders = (await readdir(dir)).toSorted()
  for (const old of folders.slice(0, Math.max(0, folders.length - KEPT_MAX))) {
    await rm(path.join(dir, old), { recursive: true, force: true })
  }
  return folder
}

async function withProcess(plugin: PluginProcess) {
  const { pid } = plugin.process
  // It may end while it is looked at.
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [cmdline, status, wchan] = await Promise.all([
    read('cmdline'),
    read('status'),
    read('wchan'),
  ])
  const parent = /^PPid:\s*(\d+)$/m.exec(status)?.[1]
  return { ...plugin, cmdline: cmdline.split('\0').slice(0, -1), parent: Number(parent), wchan }
}

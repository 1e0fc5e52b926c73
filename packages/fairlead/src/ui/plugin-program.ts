import { readFile } from 'node:fs/promises'
import type { PluginProcess } from '../plugin-processes.ts'
import { isThere } from '../files.ts'
import { programKey } from './plugin-executions.ts'

/** Tells plugins from what they start, which inherits their environment; each program is asked about once. */
export class PluginPrograms {
  #known = new Map<string, boolean>()

  /** Those of the processes that are plugins themselves. */
  async among(processes: readonly PluginProcess[]): Promise<readonly PluginProcess[]> {
    const known = this.#known
    this.#known = new Map()
    const plugins = []
    for (const each of processes) {
      const key = programKey(each)
      const isPlugin = known.get(key) ?? (await isPluginProgram(each.process.pid, each.plugin))
      this.#known.set(key, isPlugin)
      if (isPlugin) plugins.push(each)
    }
    return plugins
  }
}

/**
 * Whether a process is a plugin itself, and not what one has started (iptables, cat, ...): a plugin lies in one
 * of the folders that CNI_PATH names. Where that cannot be told, it is one.
 */
export async function isPluginProgram(
  pid: number,
  name: string,
  procDir: string = '/proc',
): Promise<boolean> {
  const environ = await readFile(`${procDir}/${pid}/environ`, 'utf8').catch(() => '')
  const [, dirs] = /(?:^|\0)CNI_PATH=([^\0]+)/.exec(environ) ?? []
  if (dirs === undefined) return true
  for (const dir of dirs.split(':')) {
    // As the process sees it: the daemon of a meta plugin has a root of its own.
    if (await isThere(`${procDir}/${pid}/root/${dir}/${name}`)) return true
  }
  return false
}

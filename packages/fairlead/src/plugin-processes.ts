import { statSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import { readProcess } from './node-processes.ts'
import { ageMsOf, type ProcessId, processNumbers, processOf, uptimeMs } from './procfs.ts'

/** A plugin that runs for a container runtime. */
export interface PluginProcess {
  readonly process: ProcessId
  /** The name of its executable. */
  readonly plugin: string
  /** CNI_COMMAND. */
  readonly verb: string
  /** CNI_CONTAINERID; empty for STATUS and VERSION. */
  readonly containerId: string
  /** `namespace/name`, where the runtime tells it. */
  readonly pod?: string
  readonly ageMs: number
}

/** In the environment of the plugins that this program runs itself. */
export const OWN_PLUGIN = 'FAIRLEAD_OWN_PLUGIN=1'

/** What has been no plugin up to this age becomes none: from fork to exec it still looks like its parent. */
const SETTLED_AFTER_MS = 10_000

/**
 * The plugins that run on this node for somebody else, the oldest first. Those of another pid namespace
 * are another node's, kind's say: a runtime starts its plugins in its own. Whoever looks often keeps
 * `others`: the processes that are known to be none, with the inodes of their folders in procfs, which no
 * later process of the same number has. Their environment is not read again, which is nearly all of the cost.
 */
export async function pluginProcesses(
  others: Map<number, number> = new Map(),
): Promise<readonly PluginProcess[]> {
  const uptime = uptimeMs('/proc')
  const ownNamespace = await readlink('/proc/self/ns/pid')
  const found: PluginProcess[] = []
  for (const pid of processNumbers('/proc')) {
    const inode = statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.ino
    if (inode === undefined || others.get(pid) === inode) continue
    // It may end while it is looked at. Most are no plugins, and are not looked at any further.
    const env = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    const process = processOf(pid)
    if (process === undefined) continue
    if (!env.includes('CNI_COMMAND=') || env.split('\0').includes(OWN_PLUGIN)) {
      if (ageMsOf(process.startTick, uptime) > SETTLED_AFTER_MS) others.set(pid, inode)
      continue
    }
    const namespace = await readlink(`/proc/${pid}/ns/pid`).catch(() => '')
    if (namespace !== ownNamespace) continue
    const seen = readProcess('/proc', pid, uptime)?.process
    if (seen?.cni === undefined) continue
    const { verb, containerId = '', pod } = seen.cni
    const { name: plugin, ageMs } = seen
    const about = pod === undefined ? {} : { pod }
    found.push({ process, plugin, verb, containerId, ...about, ageMs })
  }
  return found.toSorted((left, right) => right.ageMs - left.ageMs)
}

import { statSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { readProcess } from '../doctor/node/processes.ts'
import { ageMsOf, pipeEndOf, type ProcessId, processOf, signal, uptimeMs } from '../procfs.ts'

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
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const pid = Number(name)
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

/**
 * Ends plugins with everything that keeps the runtime waiting for them: a runtime waits until nobody
 * holds the pipes of a plugin's stdout and stderr any more, so that its children and what they left
 * behind count as well (measured on containerd 2.0.1 to 2.3.4: ending the plugin alone is not enough).
 */
export async function endPlugins(plugins: readonly PluginProcess[]): Promise<void> {
  const pipes = new Set<string>()
  for (const { process } of plugins) {
    for (const fd of [1, 2]) {
      const target = await readlink(`/proc/${process.pid}/fd/${fd}`).catch(() => '')
      if (target.startsWith('pipe:')) pipes.add(target)
    }
  }
  const ended = new Map(plugins.map(({ process }) => [process.pid, process]))
  for (const name of await readdir('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid || ended.has(pid)) continue
    const holder = (await writesTo(pid, pipes)) ? processOf(pid) : undefined
    if (holder !== undefined) ended.set(pid, holder)
  }
  for (const target of ended.values()) signal(target, 'SIGKILL')
}

/** The runtime holds the same pipes, by the ends that are read. */
async function writesTo(pid: number, pipes: ReadonlySet<string>): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const fd of fds) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
    const isMeant = pipes.has(target)
    if (isMeant && pipeEndOf(`/proc/${pid}/fdinfo/${fd}`) === 'write') return true
  }
  return false
}

import { readdir, readlink } from 'node:fs/promises'
import type { PluginProcess } from '../plugin-processes.ts'
import { pipeEndOf, processNumbers, processOf, signal } from '../procfs.ts'

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
  for (const pid of processNumbers('/proc')) {
    if (pid === process.pid || ended.has(pid)) continue
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

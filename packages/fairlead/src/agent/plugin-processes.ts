import { readdir, readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { type ProcessId, processOf, signal } from '../procfs.ts'

/** A plugin that runs for a container runtime. */
export interface PluginProcess {
  readonly process: ProcessId
  /** The name of its executable. */
  readonly plugin: string
  /** CNI_COMMAND. */
  readonly verb: string
  /** CNI_CONTAINERID; empty for STATUS and VERSION. */
  readonly containerId: string
  readonly ageMs: number
}

/** In the environment of the plugins that this program runs itself. */
export const OWN_PLUGIN = 'FAIRLEAD_OWN_PLUGIN=1'
const TICKS_PER_SECOND = 100

/** The plugins that run on this node for somebody else, the oldest first. */
export async function pluginProcesses(): Promise<readonly PluginProcess[]> {
  const uptimeMs = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000
  const found: PluginProcess[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // It may end while it is looked at.
    const env = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '')
    if (!env.includes('CNI_COMMAND=')) continue
    const variables = env.split('\0')
    if (variables.includes(OWN_PLUGIN)) continue
    const process = processOf(Number(name))
    if (process === undefined) continue
    const argv = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    found.push({
      process,
      plugin: pluginNameOf(argv.split('\0')),
      verb: valueOf(variables, 'CNI_COMMAND'),
      containerId: valueOf(variables, 'CNI_CONTAINERID'),
      ageMs: uptimeMs - (process.startTick * 1000) / TICKS_PER_SECOND,
    })
  }
  return found.toSorted((left, right) => right.ageMs - left.ageMs)
}

/** `/bin/sh /opt/cni/bin/bridge` is bridge as well. */
function pluginNameOf(argv: readonly string[]): string {
  const [first = '', second = ''] = argv
  const isShell = /\/(ba|da|a)?sh$/.test(first) || first === 'sh'
  return path.basename(isShell && second.startsWith('/') ? second : first)
}

function valueOf(variables: readonly string[], name: string): string {
  return variables.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
}

/**
 * Ends plugins with everything that keeps the runtime waiting for them: a runtime waits until nobody
 * holds the pipes of a plugin's stdout and stderr any more, so that its children and what they left
 * behind count as well (measured on containerd 2.0.1 to 2.3.4: ending the plugin alone is not enough).
 * The processes that were sent SIGKILL.
 */
export async function endPlugins(plugins: readonly PluginProcess[]): Promise<readonly ProcessId[]> {
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
  return [...ended.values()]
}

/** The runtime holds the same pipes, by the ends that are read. */
async function writesTo(pid: number, pipes: ReadonlySet<string>): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const fd of fds) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
    if (!pipes.has(target)) continue
    const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').catch(() => '')
    const flags = Number.parseInt(/^flags:\s*(\d+)$/m.exec(info)?.[1] ?? '0', 8)
    // O_ACCMODE is the lowest two bits; O_RDONLY is 0.
    if ((flags & 3) !== 0) return true
  }
  return false
}

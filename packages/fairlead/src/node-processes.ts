import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import path from 'node:path'
import { systemCodeOf } from './errors.ts'
import { ageMsOf, processNumbers, readStat, uptimeMs } from './procfs.ts'
import { printable } from './safe-text.ts'

/** What a CNI plugin was started with (CNI spec, section 2: parameters); what it starts inherits it. */
interface CniEnvironment {
  readonly verb: string
  /** Undefined for STATUS, GC and VERSION. */
  readonly containerId: string | undefined
  /** `namespace/name`, where the runtime tells it in CNI_ARGS, as those of Kubernetes do. */
  readonly pod: string | undefined
}

/** A process of this node, at the moment that it was looked at. */
export interface NodeProcess {
  readonly pid: number
  readonly parent: number
  /** Its program's name. */
  readonly name: string
  readonly ageMs: number
  readonly uid: number
  /** Undefined where it is none of CNI, or its environment may not be read. */
  readonly cni: CniEnvironment | undefined
  /** By the number of a descriptor, what it leads to: `pipe:[4711]`. Only pipes, sockets and inotify. */
  readonly descriptors: ReadonlyMap<number, string>
}

/** All processes by their numbers. */
export interface Processes {
  readonly all: ReadonlyMap<number, NodeProcess>
  /** How many of them may not be looked into, so that they hide what they do. */
  readonly hidden: number
}

/** Looks at all processes, in some ten ms. procfs is memory: nothing is waited for, nothing is changed. */
export function readProcesses(procDir: string): Processes {
  const uptime = uptimeMs(procDir)
  const all = new Map<number, NodeProcess>()
  let hidden = 0
  for (const pid of processNumbers(procDir)) {
    const seen = readProcess(procDir, pid, uptime)
    if (seen === undefined) continue
    all.set(seen.process.pid, seen.process)
    if (seen.isHidden) hidden += 1
  }
  return { all, hidden }
}

/** Looks at one process; undefined where it has ended. `uptime` is the machine's, in ms. */
export function readProcess(
  procDir: string,
  pid: number,
  uptime: number,
): { readonly process: NodeProcess; readonly isHidden: boolean } | undefined {
  const dir = `${procDir}/${pid}`
  const stat = readStat(procDir, pid)
  if (stat === undefined) return undefined
  const { comm, fields } = stat
  const argv = read(() => readFileSync(`${dir}/cmdline`, 'utf8'))
  const environment = read(() => readFileSync(`${dir}/environ`, 'utf8'))
  const descriptors = read(() => descriptorsOf(`${dir}/fd`))
  const owner = read(() => statSync(dir).uid)
  const process: NodeProcess = {
    pid,
    parent: Number(fields[1]),
    name: printable(nameOf(comm, typeof argv === 'string' ? argv : '')),
    ageMs: ageMsOf(Number(fields[19]), uptime),
    uid: typeof owner === 'number' ? owner : -1,
    cni: typeof environment === 'string' ? cniOf(environment) : undefined,
    descriptors: descriptors instanceof Map ? descriptors : new Map(),
  }
  return { process, isHidden: environment === HIDDEN || descriptors === HIDDEN }
}

const HIDDEN = Symbol('hidden')

/** What `from` reads; undefined where the process has ended, or has no such thing. */
function read<T>(from: () => T): T | typeof HIDDEN | undefined {
  try {
    return from()
  } catch (error) {
    const code = systemCodeOf(error)
    return code === 'EACCES' || code === 'EPERM' ? HIDDEN : undefined
  }
}

/** The kernel keeps 15 bytes of a name; the arguments hold the whole, also that of a script. */
function nameOf(comm: string, argv: string): string {
  const names = argv.split('\0').map((word) => path.basename(word))
  return names.find((name) => name.startsWith(comm)) ?? comm
}

function cniOf(environ: string): CniEnvironment | undefined {
  if (!environ.includes('CNI_COMMAND=')) return undefined
  const variables = new Map(
    environ.split('\0').map((variable) => {
      const equals = variable.indexOf('=')
      return [variable.slice(0, equals), printable(variable.slice(equals + 1))]
    }),
  )
  const verb = variables.get('CNI_COMMAND')
  if (verb === undefined || verb === '') return undefined
  const args = new URLSearchParams((variables.get('CNI_ARGS') ?? '').replaceAll(';', '&'))
  const pod = args.get('K8S_POD_NAME')
  return {
    verb,
    containerId: variables.get('CNI_CONTAINERID') || undefined,
    pod: pod === null ? undefined : `${args.get('K8S_POD_NAMESPACE') ?? 'default'}/${pod}`,
  }
}

function descriptorsOf(dir: string): ReadonlyMap<number, string> {
  const descriptors = new Map<number, string>()
  for (const number of readdirSync(dir)) {
    const target = read(() => readlinkSync(`${dir}/${number}`))
    if (typeof target === 'string' && /^(?:pipe:|socket:|anon_inode:inotify)/.test(target)) {
      descriptors.set(Number(number), target)
    }
  }
  return descriptors
}

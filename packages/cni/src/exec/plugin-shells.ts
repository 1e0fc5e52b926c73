import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { systemClock } from '../ports.ts'
import { executableProblem, findPlugin } from './find-plugin.ts'
import { notExecutable, outcomeOf } from './plugin-outcome.ts'
import { pluginProcesses, STDOUT_BYTES_MAX } from './plugin-processes.ts'
import type { PluginExecution, PluginProcessOptions, PluginRunner } from './plugin-runner.ts'
import type { ProcessEnd } from './process-end.ts'
import { type ShellWorker, startShellWorker } from './shell-worker.ts'

/** A {@link PluginRunner} that keeps shells. Dispose it to end them. */
export interface PluginShells extends PluginRunner, Disposable {}

/** How plugins are run by shells. */
export interface PluginShellOptions extends PluginProcessOptions {
  /** Shells that are kept while there is nothing to run. Default: 4. */
  readonly idleMax?: number
  /**
   * Shells to start at once, for plugins whose environment is this one beside the variables of the spec:
   * then none has to be made while plugins wait. Default: none.
   */
  readonly ahead?: {
    readonly count: number
    readonly env: Readonly<Record<string, string | undefined>>
  }
  /**
   * Where the shells' files are, best in memory; each shell removes its own. Default: `/dev/shm`, or the
   * system's folder for temporary files where there is none.
   */
  readonly dir?: string
}

const IDLE_MAX = 4

/**
 * Runs plugins by shells that are kept. Node.js makes a process by fork(2) on the main thread: every
 * page of this process's memory is accounted for and nothing else goes on meanwhile, for about a
 * millisecond in a small process and 70 in one of 400 MiB (nodejs/node#14917, libuv/libuv#1715). A
 * shell of 1 MiB makes one in a fraction of that, at any size of this process, and not on its thread.
 *
 * To a plugin all is as with {@link pluginProcesses}, but that its stdin, stdout and stderr are files,
 * and that its process group is shared with what earlier plugins of the same shell have left behind.
 * A plugin that ends with a code above 128 is taken for one that died by a signal, as shells have it.
 */
export function pluginShells(options: PluginShellOptions = {}): PluginShells {
  const { stdoutBytesMax = STDOUT_BYTES_MAX, clock = systemClock, idleMax = IDLE_MAX } = options
  const direct = pluginProcesses(options)
  const parentDir = options.dir ?? temporaryDir()
  const idle: ShellWorker[] = []
  if (options.ahead !== undefined) {
    const { base } = splitEnv(options.ahead.env)
    for (let started = 0; started < options.ahead.count; started += 1) {
      idle.push(startShellWorker(base, parentDir, clock))
    }
  }

  let isDisposed = false
  let lastStart = Promise.resolve()

  // A start costs the main thread up to some ms; of many at once each lets come in between what else waits there.
  const turnToStart = (): Promise<void> => {
    lastStart = lastStart.then(() => new Promise((resolve) => setImmediate(resolve)))
    return lastStart
  }

  async function runByShell(execution: PluginExecution): Promise<ProcessEnd> {
    if (execution.signal?.aborted === true) {
      return { how: { kind: 'aborted', survives: false }, stdout: '', stderr: '' }
    }
    const { base, cni } = splitEnv(execution.env)
    let worker: ShellWorker
    try {
      worker = takeIdle(idle, base) ?? startShellWorker(base, parentDir, clock)
    } catch (cause) {
      return { how: { kind: 'not-started', cause }, stdout: '', stderr: '' }
    }
    const end = await worker.run({ ...execution, stdoutBytesMax }, cni)
    if (!worker.isUsable()) return end
    if (isDisposed || idle.length >= idleMax) worker.close()
    else idle.push(worker)
    return end
  }

  return {
    find: async (plugin, binDirs) => findPlugin(plugin, binDirs),
    run: async (execution) => {
      await turnToStart()
      const problem = executableProblem(execution.path)
      if (problem !== undefined) return notExecutable(execution, problem)
      if (!canBeHandedOn(execution.env)) return direct.run(execution)
      const end = await runByShell(execution)
      // The kernel says better than a shell why a program does not start.
      if (isNotStarted(end, execution.path)) return direct.run(execution)
      return outcomeOf(end, execution, stdoutBytesMax)
    },
    [Symbol.dispose]: () => {
      isDisposed = true
      for (const worker of idle.splice(0)) worker.close()
    },
  }
}

type Env = Readonly<Record<string, string | undefined>>

/** The variables of the spec change with every run, the others hardly ever. */
function splitEnv(env: Env): { base: Env; cni: Readonly<Record<string, string>> } {
  const base: Record<string, string | undefined> = {}
  const cni: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (name.startsWith('CNI_')) cni[name] = value
    else base[name] = value
  }
  return { base, cni }
}

/** The shell that was used last, which is the warmest, among those with this environment. */
function takeIdle(idle: ShellWorker[], env: Env): ShellWorker | undefined {
  const index = idle.findLastIndex((worker) => worker.isUsable() && isSame(worker.env, env))
  return index === -1 ? undefined : idle.splice(index, 1)[0]
}

function isSame(left: Env, right: Env): boolean {
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length && names.every((name) => left[name] === right[name])
  )
}

/** Whether a shell hands the variables on: it drops those that it could not name itself. */
function canBeHandedOn(env: Env): boolean {
  return Object.keys(env).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
}

// POSIX sh, 2.8.2: 126 for what cannot be executed, 127 for what is not found. The shell's own
// complaint begins with its name, and one by a script of the plugin's with the script's.
function isNotStarted({ how, stderr }: ProcessEnd, file: string): boolean {
  if (how.kind === 'not-started') return true
  if (how.kind !== 'exited' || (how.exitCode !== 126 && how.exitCode !== 127)) return false
  return stderr.startsWith('/bin/sh: ') && stderr.includes(`${file}: `)
}

/** Memory, where there is a folder of it. */
function temporaryDir(): string {
  const memory = '/dev/shm'
  return statSync(memory, { throwIfNoEntry: false })?.isDirectory() === true ? memory : tmpdir()
}

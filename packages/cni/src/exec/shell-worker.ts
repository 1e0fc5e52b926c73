import { spawn } from 'node:child_process'
import {
  closeSync,
  fstatSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { randomUUID } from 'node:crypto'
import { constants } from 'node:os'
import path from 'node:path'
import { textOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import { type ProcessEnd, STDERR_BYTES_MAX } from './process-end.ts'
import { endProcesses, groupSince, nowTick } from './process-group.ts'
import type { ProcessRun } from './run-process.ts'

/** A shell that runs one program after the other. */
export interface ShellWorker {
  /** Its environment; programs get the CNI variables beside it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether it can run another program. */
  readonly isUsable: () => boolean
  /** Runs one program; `cniEnv` are the variables of this run. */
  readonly run: (run: ProcessRun, cniEnv: Readonly<Record<string, string>>) => Promise<ProcessEnd>
  /** Ends the shell, which removes its files. */
  readonly close: () => void
}

const SHELL = '/bin/sh'
// How often the size of what a program writes is looked at.
const SIZE_POLL_MS = 50
const STDERR_FILE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Starts a shell. What a program reads and writes are files in a folder of the shell's own below
 * `parentDir`, so nobody can hold a pipe open and nothing of one run gets into the next. The folder
 * goes with the shell, also when this process is killed: then the shell reads the end of its input.
 *
 * @throws {Error} what `spawn` throws for an environment that no process can have.
 */
export function startShellWorker(
  env: Readonly<Record<string, string | undefined>>,
  parentDir: string,
  clock: Clock,
): ShellWorker {
  const dir = path.join(parentDir, `fairlead-cni-${randomUUID()}`)
  const shell = startShell(env, setUp(dir))
  let runs = 0

  const discard = () => {
    shell.kill()
    rmSync(dir, { recursive: true, force: true })
  }

  /** Ends what this run has begun, and the shell with it; true if something of it is still there. */
  const endRun = async (run: ProcessRun, sinceTick: number): Promise<boolean> => {
    const began = groupSince(shell.groupId, sinceTick)
    const survives = !(await endProcesses(began, run.killGraceMs, clock))
    discard()
    return survives
  }

  const runIn = async (
    files: Files,
    run: ProcessRun,
    cniEnv: Readonly<Record<string, string>>,
    stop: Promise<StopKind>,
  ): Promise<ProcessEnd> => {
    const ready = await Promise.race([shell.ready, stop, shell.ended])
    if (typeof ready === 'string') return nothing({ kind: ready, survives: await endRun(run, 0) })
    if (ready !== 0) {
      discard()
      return nothing({ kind: 'not-started', cause: shell.problem() ?? noFolder(dir) })
    }
    const sinceTick = nowTick()
    try {
      writeFileSync(files.stdin, run.stdin, { mode: 0o600 })
    } catch (cause) {
      discard()
      return nothing({ kind: 'not-started', cause })
    }
    const first = await Promise.race([
      shell.tell(command(run.path, cniEnv, files)),
      stop,
      shell.ended,
    ])
    if (typeof first === 'number') return endOf(first, run, files)
    const stderr = readEnd(files.stderr)
    const survives = await endRun(run, sinceTick)
    if (first !== undefined) return { how: { kind: first, survives }, stdout: '', stderr }
    const problem = 'the shell that ran the plugin was killed, and the plugin was ended'
    return { how: { kind: 'lost', problem, survives }, stdout: '', stderr }
  }

  return {
    env,
    isUsable: () => shell.problem() === undefined,
    close: shell.close,
    run: async (run, cniEnv) => {
      runs += 1
      const files = filesIn(dir, runs)
      const stop = watch(run, files, clock)
      shell.hold(true)
      try {
        return await runIn(files, run, cniEnv, stop.reached)
      } finally {
        stop.cancel()
        for (const file of Object.values(files)) remove(file)
        shell.hold(false)
      }
    },
  }
}

/** A shell that reads commands and tells a number after each. */
interface Shell {
  /** The id of its process group; 0 where there is none. */
  readonly groupId: number
  /** The number after the first command. */
  readonly ready: Promise<number>
  readonly ended: Promise<undefined>
  readonly problem: () => unknown
  readonly tell: (command: string) => Promise<number>
  /** An idle shell does not keep this process alive. */
  readonly hold: (isBusy: boolean) => void
  readonly close: () => void
  readonly kill: () => void
}

function startShell(env: Readonly<Record<string, string | undefined>>, first: string): Shell {
  // A session and so a group of its own, whose id is the shell's.
  const child = spawn(SHELL, [], { env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  let problem: unknown
  let onStatus: (status: number) => void = () => {}
  const ended = new Promise<undefined>((resolve) => {
    const end = (cause: unknown) => {
      problem ??= cause
      resolve(undefined)
    }
    child.once('error', end)
    child.once('exit', () => {
      end(new Error('the shell has ended'))
    })
  })
  const tell = (command: string) => {
    const status = new Promise<number>((resolve) => {
      onStatus = resolve
    })
    child.stdin?.write(command)
    return status
  }
  // Without a descriptor left there are no pipes, and `error` says why.
  child.stdout?.on('data', (chunk: Buffer) => {
    onStatus(Number(chunk.toString()))
  })
  child.stdin?.on('error', (error) => {
    problem ??= error
  })
  const hold = (isBusy: boolean) => {
    for (const handle of [child, child.stdin, child.stdout]) {
      // Sockets have both, as child processes do; their declared type here is that of any stream.
      const held = handle as Partial<Record<'ref' | 'unref', () => void>> | null
      held?.[isBusy ? 'ref' : 'unref']?.()
    }
  }
  const ready = tell(first)
  hold(false)
  return {
    groupId: child.pid ?? 0,
    ready,
    ended,
    problem: () => problem,
    tell,
    hold,
    close: () => {
      problem ??= new Error('the shell is closed')
      child.stdin?.end()
    },
    kill: () => {
      problem ??= new Error('the shell is killed')
      child.kill('SIGKILL')
    },
  }
}

function noFolder(dir: string): Error {
  return Object.assign(new Error(`${dir} cannot be made`), { code: 'ENOENT' })
}

function nothing(how: ProcessEnd['how']): ProcessEnd {
  return { how, stdout: '', stderr: '' }
}

type StopKind = 'deadline' | 'aborted' | 'output-too-long'

type Files = Readonly<Record<'stdin' | 'stdout' | 'stderr', string>>

/** New ones for each run: what a run has left behind may still write to its own. */
function filesIn(dir: string, run: number): Files {
  return {
    stdin: path.join(dir, `${run}.stdin`),
    stdout: path.join(dir, `${run}.stdout`),
    stderr: path.join(dir, `${run}.stderr`),
  }
}

/**
 * The shell makes the folder itself, once it knows to remove it, so that there is no moment in which
 * nobody would. A shell that tells its status to nobody must not die of it before it has cleaned up; a
 * trap that is caught, unlike one that is ignored, is not handed on to the programs.
 */
function setUp(dir: string): string {
  const folder = quote(dir)
  return `trap : PIPE; trap ${quote(`rm -rf ${folder}`)} EXIT; mkdir -m 700 ${folder}; echo $?\n`
}

function command(file: string, env: Readonly<Record<string, string>>, files: Files): string {
  const assignments = Object.entries(env).map(([name, value]) => `${name}=${quote(value)}`)
  return (
    `${[...assignments, quote(file)].join(' ')} <${quote(files.stdin)} >${quote(files.stdout)} ` +
    `2>${quote(files.stderr)}; echo $?\n`
  )
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** Watches for the deadline, the caller and too much output. */
function watch(run: ProcessRun, files: Files, clock: Clock) {
  const { promise, resolve } = Promise.withResolvers<StopKind>()
  const onAbort = () => {
    resolve('aborted')
  }
  run.signal?.addEventListener('abort', onAbort, { once: true })
  const cancelDeadline = clock.after(run.timeoutMs, () => {
    resolve('deadline')
  })
  let cancelPoll = () => {}
  const poll = () => {
    const tooLong = isTooLong(run, files)
    if (tooLong) resolve('output-too-long')
    else cancelPoll = clock.after(SIZE_POLL_MS, poll)
  }
  cancelPoll = clock.after(SIZE_POLL_MS, poll)
  return {
    reached: promise,
    cancel: () => {
      run.signal?.removeEventListener('abort', onAbort)
      cancelDeadline()
      cancelPoll()
    },
  }
}

function isTooLong(run: ProcessRun, files: Files): boolean {
  return sizeOf(files.stdout) > run.stdoutBytesMax || sizeOf(files.stderr) > STDERR_FILE_BYTES_MAX
}

function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // A run that did not come to write it, or a folder that is gone with its shell.
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

// A shell gives the number of the signal and 128 for a program that died by one (POSIX sh, 2.8.2).
const SIGNAL_BASE = 128
const SIGNALS: ReadonlyMap<number, NodeJS.Signals> = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
)

function endOf(status: number, run: ProcessRun, files: Files): ProcessEnd {
  try {
    const stderr = readEnd(files.stderr)
    if (isTooLong(run, files)) {
      return { how: { kind: 'output-too-long', survives: false }, stdout: '', stderr }
    }
    const stdout = readLast(files.stdout, run.stdoutBytesMax)
    return { how: howOf(status), stdout, stderr }
  } catch (error) {
    // The plugin has run, so that nobody may run it again.
    const problem = `what the plugin printed cannot be read: ${textOf(error)}`
    return nothing({ kind: 'lost', problem, survives: false })
  }
}

function howOf(status: number): ProcessEnd['how'] {
  const signal = SIGNALS.get(status - SIGNAL_BASE)
  return signal === undefined ? { kind: 'exited', exitCode: status } : { kind: 'signalled', signal }
}

function readEnd(file: string): string {
  return readLast(file, STDERR_BYTES_MAX)
}

/** The last `bytesMax` bytes of a file; empty where there is none. */
function readLast(file: string, bytesMax: number): string {
  const size = sizeOf(file)
  if (size === 0) return ''
  const descriptor = openSync(file, 'r')
  try {
    const length = Math.min(fstatSync(descriptor).size, bytesMax)
    const buffer = Buffer.alloc(length)
    const bytesRead = readSync(descriptor, buffer, 0, length, Math.max(0, size - length))
    return buffer.subarray(0, bytesRead).toString()
  } finally {
    closeSync(descriptor)
  }
}

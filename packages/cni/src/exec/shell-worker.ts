import { type ChildProcessByStdio, spawn } from 'node:child_process'
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
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../ports.ts'
import { type ProcessEnd, STDERR_BYTES_MAX } from './process-end.ts'
import { endProcesses, groupSince, nowTick, TICKS_PER_SECOND } from './process-group.ts'
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
 */
export function startShellWorker(
  env: Readonly<Record<string, string | undefined>>,
  parentDir: string,
  clock: Clock,
): ShellWorker {
  const dir = path.join(parentDir, `fairlead-cni-${randomUUID()}`)
  // A session and so a group of its own, whose id is the shell's.
  const child = spawn(SHELL, [], { env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
  let gone: unknown
  let runs = 0
  let onStatus: ((status: number) => void) | undefined
  const ended = new Promise<void>((resolve) => {
    const end = (cause: unknown) => {
      gone ??= cause
      resolve()
    }
    child.once('error', end)
    child.once('exit', () => {
      end(new Error('the shell that ran it is gone, and nobody knows how far it came'))
    })
  })
  child.stdout.on('data', (chunk: Buffer) => {
    onStatus?.(Number(chunk.toString()))
  })
  child.stdin.on('error', (error) => {
    gone ??= error
  })
  const nextStatus = () =>
    new Promise<number>((resolve) => {
      onStatus = resolve
    })
  const ready = nextStatus()
  child.stdin.write(setUp(dir))
  hold(child, false)

  const discard = () => {
    gone ??= new Error('closed')
    child.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }

  return {
    env,
    isUsable: () => gone === undefined,
    close: () => {
      gone ??= new Error('closed')
      child.stdin.end()
    },
    run: async (run, cniEnv) => {
      hold(child, true)
      runs += 1
      const files = filesIn(dir, runs)
      const startMs = clock.now()
      const stop = watch(run, files, clock)
      try {
        const made = await Promise.race([ready, stop.reached, ended])
        if (made !== 0 && typeof made !== 'string') {
          gone ??= Object.assign(new Error(`${dir} cannot be made`), { code: 'ENOENT' })
          return { how: { kind: 'not-started', cause: gone }, stdout: '', stderr: '' }
        }
        if (made !== 0) {
          discard()
          return { how: { kind: made, survives: false }, stdout: '', stderr: '' }
        }
        const status = nextStatus()
        writeFileSync(files.stdin, run.stdin, { mode: 0o600 })
        child.stdin.write(command(run.path, cniEnv, files))
        const first = await Promise.race([status, stop.reached, ended])
        if (first === undefined) {
          return { how: { kind: 'not-started', cause: gone }, stdout: '', stderr: '' }
        }
        if (typeof first === 'number') return endOf(first, run, files)
        const sinceTick = (await nowTick()) - ticks(clock.now() - startMs)
        const began = groupSince(child.pid ?? 0, sinceTick)
        const survives = !(await endProcesses(began, run.killGraceMs, clock))
        const stderr = readEnd(files.stderr)
        discard()
        return { how: { kind: first, survives }, stdout: '', stderr }
      } finally {
        stop.cancel()
        for (const file of Object.values(files)) remove(file)
        onStatus = undefined
        hold(child, false)
      }
    },
  }
}

type Files = Readonly<Record<'stdin' | 'stdout' | 'stderr', string>>

/** New ones for each run: what a run has left behind may still write to its own. */
function filesIn(dir: string, run: number): Files {
  return {
    stdin: path.join(dir, `${run}.stdin`),
    stdout: path.join(dir, `${run}.stdout`),
    stderr: path.join(dir, `${run}.stderr`),
  }
}

/** An idle shell does not keep this process alive. */
function hold(child: ChildProcessByStdio<Writable, Readable, null>, busy: boolean): void {
  for (const handle of [child, child.stdin, child.stdout]) {
    const method = busy ? 'ref' : 'unref'
    // Sockets and child processes have both; their declared type here is that of any stream.
    const held = handle as Partial<Record<'ref' | 'unref', () => void>>
    held[method]?.()
  }
}

function ticks(ms: number): number {
  // One more, since both ends are rounded down.
  return Math.ceil((ms / 1000) * TICKS_PER_SECOND) + 1
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
  const { promise, resolve } = Promise.withResolvers<'deadline' | 'aborted' | 'output-too-long'>()
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
  const stderr = readEnd(files.stderr)
  if (isTooLong(run, files)) {
    return { how: { kind: 'output-too-long', survives: false }, stdout: '', stderr }
  }
  const stdout = readLast(files.stdout, run.stdoutBytesMax)
  const signal = SIGNALS.get(status - SIGNAL_BASE)
  const how =
    signal === undefined
      ? ({ kind: 'exited', exitCode: status } as const)
      : ({ kind: 'signalled', signal } as const)
  return { how, stdout, stderr }
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

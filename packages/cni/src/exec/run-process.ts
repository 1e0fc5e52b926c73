import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { systemCodeOf } from '../errors.ts'
import { type Clock, settlesWithin } from '../ports.ts'
import { type ProcessEnd, STDERR_BYTES_MAX } from './process-end.ts'
import { endProcesses, processGroup } from './process-group.ts'

/** One process to run to its end. */
export interface ProcessRun {
  readonly path: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: string
  /** When the process has to be done. */
  readonly timeoutMs: number
  /** Between SIGTERM and SIGKILL, and again until what SIGKILL does not end is given up. */
  readonly killGraceMs: number
  /** More stdout than this ends the process. */
  readonly stdoutBytesMax: number
  readonly signal: AbortSignal | undefined
}

// A process that has ended has written what it had to; what is left of its pipes is in the kernel.
const DRAIN_MS = 100

/**
 * Runs one process in a process group of its own. At the deadline, when aborted or when it writes too
 * much, the whole group is ended. When the process itself ends and another one of its group still
 * holds its pipes, that does not hold the caller: the rest of the group is ended, too.
 */
export async function runProcess(run: ProcessRun, clock: Clock): Promise<ProcessEnd> {
  if (run.signal?.aborted === true) {
    return { how: { kind: 'aborted', survives: false }, stdout: '', stderr: '' }
  }
  let child
  try {
    child = spawn(run.path, {
      env: run.env,
      // A session and so a group of its own, whose id is the process's.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  } catch (cause) {
    return { how: { kind: 'not-started', cause }, stdout: '', stderr: '' }
  }
  const ended = exitOf(child)
  // Without a descriptor left there are no pipes, and `error` says why.
  if (child.stdout === undefined) return { how: await ended, stdout: '', stderr: '' }
  const stop = Promise.withResolvers<'deadline' | 'aborted' | 'output-too-long'>()
  const stdout = collect(child.stdout, run.stdoutBytesMax, () => {
    stop.resolve('output-too-long')
  })
  const stderr = collectEnd(child.stderr)
  writeAll(child, run.stdin)
  const how = await settle({ child, ended }, run, stop, clock)
  for (const stream of child.stdio) stream?.destroy()
  // What it had too much may come to light only after its end.
  const tooLong = how.kind === 'exited' && stdout.isTooLong()
  return {
    how: tooLong ? { kind: 'output-too-long', survives: false } : how,
    stdout: stdout.text(),
    stderr: stderr(),
  }
}

type Stop = PromiseWithResolvers<'deadline' | 'aborted' | 'output-too-long'>

async function settle(
  { child, ended }: { readonly child: ChildProcess; readonly ended: ReturnType<typeof exitOf> },
  run: ProcessRun,
  stop: Stop,
  clock: Clock,
): Promise<ProcessEnd['how']> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const onAbort = () => {
    stop.resolve('aborted')
  }
  run.signal?.addEventListener('abort', onAbort, { once: true })
  const cancelDeadline = clock.after(run.timeoutMs, () => {
    stop.resolve('deadline')
  })
  try {
    const first = await Promise.race([ended, stop.promise])
    if (typeof first === 'string') {
      const survives =
        child.pid !== undefined &&
        !(await endProcesses(processGroup(child.pid), run.killGraceMs, clock))
      // What cannot be ended must not keep this process from its own end.
      if (survives) child.unref()
      return { kind: first, survives }
    }
    if (first.kind !== 'not-started') await drain(child, closed, run, clock)
    return first
  } finally {
    cancelDeadline()
    run.signal?.removeEventListener('abort', onAbort)
  }
}

/**
 * Waits for the pipes to be closed; whoever of the group still holds them after a moment is ended.
 * The second wait is for what that closes, and for output that a busy event loop has not read yet.
 */
async function drain(
  child: ChildProcess,
  closed: Promise<void>,
  run: ProcessRun,
  clock: Clock,
): Promise<void> {
  if (await settlesWithin(closed, DRAIN_MS, clock)) return
  if (child.pid !== undefined) await endProcesses(processGroup(child.pid), run.killGraceMs, clock)
  await settlesWithin(closed, DRAIN_MS, clock)
}

function exitOf(
  child: ChildProcess,
): Promise<Exclude<ProcessEnd['how'], { kind: 'deadline' | 'aborted' | 'output-too-long' }>> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      if (signal === null) resolve({ kind: 'exited', exitCode: exitCode ?? 0 })
      else resolve({ kind: 'signalled', signal })
    })
    child.once('error', (cause) => {
      resolve({ kind: 'not-started', cause })
    })
  })
}

function writeAll(child: ChildProcess, text: string): void {
  child.stdin?.on('error', (error) => {
    // A process need not read what it is given, and may end before it did.
    if (systemCodeOf(error) !== 'EPIPE' && systemCodeOf(error) !== 'ECONNRESET') {
      child.emit('error', error)
    }
  })
  child.stdin?.end(text)
}

function collect(stream: Readable, bytesMax: number, onTooLong: () => void) {
  const chunks: Buffer[] = []
  let bytes = 0
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= bytesMax) {
      chunks.push(chunk)
      return
    }
    stream.pause()
    onTooLong()
  })
  return { text: () => Buffer.concat(chunks).toString(), isTooLong: () => bytes > bytesMax }
}

function collectEnd(stream: Readable): () => string {
  let end = Buffer.alloc(0)
  stream.on('data', (chunk: Buffer) => {
    end = Buffer.concat([end, chunk]).subarray(-STDERR_BYTES_MAX)
  })
  return () => end.toString()
}

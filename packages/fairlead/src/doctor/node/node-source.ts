import path from 'node:path'
import { FairleadError, messageOf } from '../../errors.ts'
import { isThere } from '../../files.ts'
import { type Clock, systemClock, wallClockMs } from '../../ports.ts'
import type { Fact } from '../fact.ts'
import type { ReaderOf } from '../sources/unpack.ts'
import { type Coverage, newCoverage, type Source } from '../sources/source.ts'
import { askRuntime, type RuntimeAnswers } from './cri-facts.ts'
import { readJournal } from './journal.ts'
import { diskFacts, inotifyFacts } from './limits.ts'
import { dumpGoroutines } from './live-dump.ts'
import { lastChangeOf, lookAtFolders, type Seen } from '../../lint/look-at-folders.ts'
import { pluginFacts, type PluginQuestion } from './plugin-facts.ts'
import { type NodeProcess, readProcesses } from '../../node-processes.ts'
import { runtimeProcessOf } from './runtime-process.ts'

/** How to look at the node that this runs on. */
export interface NodeLook {
  /** Default: the first of {@link SOCKETS} that exists. */
  readonly socketPath?: string | undefined
  /** Default: `/etc/cni/net.d`. */
  readonly confDir?: string | undefined
  /** Default: `/opt/cni/bin`. */
  readonly binDirs?: readonly string[] | undefined
  /** Whether the runtime may be asked for a goroutine dump, which it writes to a file. Default: false. */
  readonly dump?: boolean | undefined
  /** For each call to the runtime, and everything that is done beside it. */
  readonly timeoutMs: number
}

/** What the node is looked at with. */
export interface NodeOptions extends NodeLook {
  /** How the lines of a log become facts. */
  readonly readerOf: ReaderOf
  readonly clock?: Clock | undefined
  /** Default: `/proc`. */
  readonly procDir?: string | undefined
}

/** Where CRI sockets are: containerd, k3s and RKE2, CRI-O, cri-dockerd, MicroK8s. */
const SOCKETS: readonly string[] = [
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/cri-dockerd.sock',
  '/var/snap/microk8s/common/run/containerd.sock',
]

/** How long looking at folders may take; it begins when the runtime has answered, or has not. */
const LOOK_TIMEOUT_MS = 1_000
/** What is younger may belong to a pod that is being made. */
const MADE_WITHIN_MS = 300_000
/** A plugin that has run for so long is told of, also where the runtime answers. */
const HUNG_AFTER_MS = 10_000

/**
 * The node that this runs on, as a source of facts: what its runtime answers, which plugins run, what they
 * hold, what the folders are like. Everything is only read, and nothing of it is waited for longer than
 * `timeoutMs`; with `dump`, the runtime writes a file.
 *
 * @throws {FairleadError} FL_SOURCE where no runtime is found.
 */
export async function nodeSource(options: NodeOptions): Promise<Source> {
  const socketPath = options.socketPath ?? (await firstSocket())
  const coverage = newCoverage('this node', 'node')
  const facts = async function* (signal: AbortSignal) {
    yield* await lookAtNode({ ...options, socketPath }, coverage, signal)
  }
  return { coverage, facts }
}

async function firstSocket(): Promise<string> {
  for (const socket of SOCKETS) {
    // oxlint-disable-next-line no-await-in-loop -- the first one counts
    if (await isThere(socket)) return socket
  }
  throw new FairleadError('FL_SOURCE', 'There is no CRI socket on this machine.', {
    hint: 'Name it by --socket, or give logs, folders of logs or a support bundle.',
  })
}

type Settled = NodeOptions & { readonly socketPath: string }

async function lookAtNode(
  options: Settled,
  coverage: Coverage,
  signal: AbortSignal,
): Promise<readonly Fact[]> {
  const { socketPath, timeoutMs, clock = systemClock, procDir = '/proc' } = options
  const folders = {
    confDir: path.resolve(options.confDir ?? '/etc/cni/net.d'),
    binDirs: (options.binDirs ?? ['/opt/cni/bin']).map((dir) => path.resolve(dir)),
  }
  const problem = (source: string, what: string) => {
    coverage.problems.push({ source, what })
  }
  // First, and not beside the calls: it keeps this process busy, and their latency is judged.
  const processes = readProcesses(procDir)
  coverage.counts.set('processes', processes.all.size)
  if (processes.hidden > 0) {
    const advice = process.geteuid?.() === 0 ? '' : '; root may look into all'
    problem(procDir, `${processes.hidden} processes may not be looked into${advice}`)
  }
  const runtime = runtimeProcessOf(socketPath, processes, procDir)
  if (runtime === undefined) {
    problem(
      procDir,
      `no process is seen to listen on ${socketPath}, so that none of its pipes are known`,
    )
  }
  const tooLate = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const logged: Fact[] = []
  const journal = options.readerOf({ path: 'journalctl', node: undefined, modifiedMs: undefined })
  const [answers, disks, journalProblem, dump] = await Promise.all([
    askRuntime(socketPath, { timeoutMs, signal }),
    within(diskFacts([folders.confDir, path.dirname(socketPath), '/var/lib/cni']), tooLate),
    readJournal(journal, logged, tooLate),
    options.dump === true && runtime !== undefined
      ? dumpFacts(runtime, { procDir, clock, timeoutMs, signal }, options.readerOf, coverage)
      : [],
  ])
  if (journalProblem !== undefined) problem('journalctl', journalProblem)
  const soon = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)])
  const seen = await within(
    look(folders, answers, { pid: runtime?.pid, procDir, problem }, soon),
    soon,
  )
  const hungAfterMs = answers.isStatusSilent ? 0 : HUNG_AFTER_MS
  const lastChange = seen?.lastChange
  const told = [
    ...pluginFacts({ processes, runtime, hungAfterMs, procDir, lastChange }),
    ...inotifyFacts(processes, procDir),
    ...(disks ?? []),
    ...(seen?.facts ?? []),
  ]
  const atMs = wallClockMs()
  return [
    ...answers.facts.map((fact) => ({ ...fact, atMs })),
    ...told.map((fact): Fact => ({ kind: 'probe', node: undefined, atMs, ...fact })),
    ...dump,
    ...logged,
  ]
}

/** What the folders are like, beside what the runtime says. */
async function look(
  { confDir, binDirs }: { readonly confDir: string; readonly binDirs: readonly string[] },
  { name, loaded, sandboxes }: RuntimeAnswers,
  of: {
    readonly pid: number | undefined
    readonly procDir: string
    readonly problem: (source: string, what: string) => void
  },
  signal: AbortSignal,
): Promise<{ facts: readonly Seen[]; lastChange: PluginQuestion['lastChange'] }> {
  const { pid, procDir, problem } = of
  const now = wallClockMs()
  const lastChange = await lastChangeOf(confDir, now)
  if (name === undefined) {
    problem(confDir, 'not judged, since the runtime does not say which one it is')
    return { facts: [], lastChange }
  }
  try {
    const compared = {
      runtime: name,
      pid,
      procDir,
      loaded,
      sandboxes,
      minAgeMs: MADE_WITHIN_MS,
      now,
    }
    const facts = await lookAtFolders({ confDir, binDirs, ...compared, env: process.env, signal })
    return { facts, lastChange }
  } catch (error) {
    problem(confDir, messageOf(error))
    return { facts: [], lastChange }
  }
}

async function dumpFacts(
  runtime: NodeProcess,
  options: Parameters<typeof dumpGoroutines>[1],
  readerOf: ReaderOf,
  coverage: Coverage,
): Promise<readonly Fact[]> {
  try {
    const dump = await dumpGoroutines(runtime, options)
    coverage.files += 1
    coverage.bytes += dump.bytes.length
    const { path: file, modifiedMs } = dump
    const reader = readerOf({ path: file, node: undefined, modifiedMs })
    return [...reader.push(dump.bytes), ...reader.end()]
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error
    coverage.problems.push({ source: `/proc/${runtime.pid}`, what: messageOf(error) })
    return []
  }
}

/** A file system that does not answer keeps nobody. */
async function within<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined)
    })
  })
  return await Promise.race([promise, aborted])
}

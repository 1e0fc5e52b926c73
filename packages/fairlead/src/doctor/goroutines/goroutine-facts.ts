import type { Component } from '../../advisories/advisory.ts'
import type { Probe } from '../../advisories/probes.ts'
import type { Fact } from '../fact.ts'
import { safeText } from '../../safe-text.ts'
import { LOCK_NAMES } from './cni-locks.ts'
import { cniSignatureOf, type Executing, type LockQueue, type Waiting } from './cni-signature.ts'
import type { GoroutineDump } from './goroutine-dump.ts'
import type { StackGroup } from './stack-groups.ts'

/** Where a dump was read. */
export interface DumpSource {
  /** A path, as {@link Fact}s name it. */
  readonly source: string
  readonly node: string | undefined
}

/** What one dump says of CNI. */
export function factsOf(dump: GoroutineDump, { source, node }: DumpSource): readonly Fact[] {
  const observed = (line: number) => ({
    node,
    atMs: timeOf(dump.header),
    place: { source, line },
  })
  const versions = versionsOf(dump.groups).map((version): Fact => ({
    kind: 'version',
    ...version,
    ...observed(dump.line),
  }))
  const stacks = dump.groups.filter(isOfInterest).map((group): Fact => ({
    kind: 'line',
    from: 'goroutine-dump',
    text: safeText(describeStack(group)),
    ...observed(group.line),
  }))
  const probes = probesOf(dump).map(({ probe, text, line }): Fact => ({
    kind: 'probe',
    probe,
    text,
    ...observed(line),
  }))
  return [...versions, ...probes, ...stacks]
}

interface ProbeText {
  readonly probe: Probe
  readonly text: string
  readonly line: number
}

function probesOf(dump: GoroutineDump): ProbeText[] {
  const { queues, executing } = cniSignatureOf(dump.groups)
  const found = [...queues.flatMap(queueProbes), ...executionProbes(executing, queues)]
  if (queues.length > 0 || dump.notKept > 0 || !isOfRuntime(dump.groups)) return found
  const text = `None of the ${dump.goroutines} goroutines waits for a lock of CNI.`
  return [...found, { probe: 'goroutines-no-lock-wait', text, line: dump.line }]
}

function queueProbes(queue: LockQueue): ProbeText[] {
  const { lock, again, writers, readers, executing } = queue
  const [writer] = writers
  const [holder] = again
  const [plugin] = executing
  if (writer === undefined) return []
  const behind = waitingBehind(readers)
  if (holder !== undefined) {
    return [
      {
        probe: 'goroutines-recursive-read-lock',
        text:
          `${operations(again)} has ${LOCK_NAMES[lock]} for reading and asks for it again ` +
          `(${methods(again)}), after ${methods(writers)} has asked to write: ` +
          `neither ever goes on.${behind}`,
        line: holder.group.line,
      },
    ]
  }
  // Where no plugin runs any more, it is not its slowness that all wait for: see `plugin-pipe-held`.
  if (plugin === undefined || executing.every(({ execution }) => execution.isPipeHeld)) return []
  return [
    {
      probe: 'goroutines-writer-behind-plugin',
      text:
        `A reload (${methods(writers)}) waits for ${LOCK_NAMES[lock]}, which is held while ` +
        `${executions(executing)}.${behind}`,
      line: writer.group.line,
    },
  ]
}

function executionProbes(
  executing: readonly Executing[],
  queues: readonly LockQueue[],
): ProbeText[] {
  // Where what waits for a plugin could run and does not, the machine is too busy to have read the end of others.
  const isBusy = executing.some(({ group }) => group.state === 'runnable')
  const held = executing.filter(
    ({ group, execution }) => execution.isPipeHeld && (group.waitMinutes > 0 || !isBusy),
  )
  const running = executing.filter(({ execution }) => !execution.isPipeHeld)
  const status = running.filter(({ execution }) => execution.verb === 'STATUS')
  const long = running.filter(
    ({ group, execution }) => group.waitMinutes > 0 && execution.verb !== 'STATUS',
  )
  // CRI-O's manager asks under a lock that no reload takes.
  const behind = queues
    .filter(({ writers }) => writers.length === 0)
    .flatMap((each) => each.readers)
  const all = queues.flatMap(({ writers, readers }) => [...writers, ...readers])
  const of = (
    probe: Probe,
    those: readonly Executing[],
    waiting: readonly Waiting[],
  ): ProbeText[] => {
    const text = `The runtime waits: ${executions(those)}.${waitingBehind(waiting)}`
    return those[0] === undefined ? [] : [{ probe, text, line: those[0].group.line }]
  }
  return [
    ...of('goroutines-status-exec', status, behind),
    ...of('plugin-process-hung', long, behind),
    ...of('plugin-pipe-held', held, all),
  ]
}

function waitingBehind(readers: readonly Waiting[]): string {
  return readers.length === 0 ? '' : ` Behind it: ${operations(readers)}.`
}

/** `a plugin's ADD runs 2 times, for at least 3 min` */
function executions(executing: readonly Executing[]): string {
  const [held, running] = [true, false].map((isHeld) =>
    executing.filter(({ execution }) => execution.isPipeHeld === isHeld),
  )
  const parts = [
    describe(running, 'runs'),
    describe(held, 'has ended but another process holds its output open'),
  ]
  return parts.filter((part) => part !== '').join(' and ')
}

function describe(executing: readonly Executing[] = [], does: string): string {
  if (executing.length === 0) return ''
  const count = executing.reduce((sum, { group }) => sum + group.count, 0)
  const times = count === 1 ? '' : ` ${count} times`
  return `a plugin's ${verbs(executing)} ${does}${times}${age(executing)}`
}

function verbs(executing: readonly Executing[]): string {
  return unique(executing.map(({ execution }) => execution.verb ?? 'execution')).join(' and ')
}

/**
 * Go counts from the first garbage collection that finds a goroutine waiting (runtime.markroot), which
 * comes every two minutes at the latest: it may be longer, and nothing is said of the beginning.
 */
function age(executing: readonly Executing[]): string {
  const minutes = Math.max(...executing.map(({ group }) => group.waitMinutes))
  return minutes === 0 ? '' : `, for at least ${minutes} min`
}

/** `Status (4), Setup (1)` */
function operations(waiting: readonly Waiting[]): string {
  const counts = new Map<string, number>()
  for (const { group, wait } of waiting) {
    counts.set(wait.operation, (counts.get(wait.operation) ?? 0) + group.count)
  }
  return [...counts].map(([operation, count]) => `${operation} (${count})`).join(', ')
}

function methods(waiting: readonly Waiting[]): string {
  return unique(waiting.map(({ wait }) => wait.method)).join(', ')
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}

/** Whether the dump is one of a container runtime. */
function isOfRuntime(groups: readonly StackGroup[]): boolean {
  return groups.some(({ frames }) =>
    frames.some(({ function: name }) => /^github\.com\/(?:containerd|cri-o)\//.test(name)),
  )
}

/** Stacks that wait for a lock or for a plugin: what symptoms of advisories speak of. */
function isOfInterest({ frames }: StackGroup): boolean {
  return frames
    .slice(0, 12)
    .some(({ function: name }) =>
      /^sync\.\(\*(?:RW)?Mutex\)\.R?Lock$|^os\/exec\.\(\*Cmd\)\.Wait$/.test(name),
    )
}

const SHOWN_FRAMES = 12

/** `2 goroutines [sync.RWMutex.RLock, 3 min]: sync.(*RWMutex).RLock < ...go-cni.(*libcni).Status < ...` */
function describeStack({ count, state, waitMinutes, frames }: StackGroup): string {
  const names = frames
    .map((frame) => frame.function)
    .filter(
      (name) =>
        !/^(?:runtime\.|sync\.runtime_|syscall\.|internal\/|os\.|google\.golang\.org\/)/.test(name),
    )
  const minutes = waitMinutes > 0 ? `, ${waitMinutes} min` : ''
  const how = state === undefined ? '' : ` [${state}${minutes}]`
  const stack = names.slice(0, SHOWN_FRAMES).join(' < ')
  return `${count} goroutine${count === 1 ? '' : 's'}${how}: ${stack}`
}

const MODULES: readonly (readonly [Component, RegExp])[] = [
  ['go-cni', /github\.com\/containerd\/go-cni@v([\w.+-]+)\//],
  ['containerd', /github\.com\/containerd\/containerd(?:\/v2)?@v([\w.+-]+)\//],
  ['ocicni', /github\.com\/cri-o\/ocicni@v([\w.+-]+)\//],
  ['libcni', /github\.com\/containernetworking\/cni@v([\w.+-]+)\//],
]

/** A binary that was built from the module cache (k3s) names the versions in the paths of its files. */
function versionsOf(
  groups: readonly StackGroup[],
): { readonly component: Component; readonly version: string }[] {
  const found = new Map<Component, string>()
  for (const { file = '' } of groups.flatMap(({ frames }) => frames)) {
    for (const [component, pattern] of MODULES) {
      const [, version] = pattern.exec(file) ?? []
      if (version !== undefined) found.set(component, version)
    }
  }
  return [...found].map(([component, version]) => ({ component, version }))
}

/** The time of the log line that holds the dump. */
function timeOf(header: string): number | undefined {
  const [, time] = /"?time"?[=:]\s*"([^"\\]+)\\?"/.exec(header) ?? []
  const atMs = time === undefined ? Number.NaN : Date.parse(time)
  return Number.isNaN(atMs) ? undefined : atMs
}

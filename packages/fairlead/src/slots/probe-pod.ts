import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CriClient } from '@fairlead/cri'
import { messageOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import {
  checkProbeNetwork,
  endLeftSandboxes,
  endProbeSandbox,
  makeProbeSandbox,
} from '../probe-sandbox.ts'

const OWNER = 'runtime-slots'
/** Not the name of a config, so that no runtime reads it; to write it makes every runtime load its config. */
const DRILL_FILE = '.fairlead-drill'
const TOUCH_EVERY_MS = 50
/** After so many writes they are fewer: each is a load. */
const QUICK_TOUCHES = 20
const TOUCH_LATER_EVERY_MS = 500
const ASK_EVERY_MS = 20
const CALL_TIMEOUT_MS = 5_000

/** How a probe is made. */
export interface ProbeOptions {
  readonly cri: CriClient
  readonly clock: Clock
  readonly annotations: Readonly<Record<string, string>>
  readonly cgroupParent: string
  /** How long the pod may take to make, and as long to end. */
  readonly podWithinMs: number
  /** How long Status may take meanwhile. */
  readonly statusAtMostMs: number
  /** The folder that is written to meanwhile; undefined for none. */
  readonly drillDir: string | undefined
  readonly signal: AbortSignal
}

/**
 * Makes a pod on the node's own networks and removes it; the conf dir is written to while it is attached, and
 * Status has to be answered all the time. It is what a node does anyway whenever a pod starts and a daemon
 * refreshes its files, and what turned the nodes of the founding incident NotReady.
 *
 * @throws {Error} what went wrong.
 */
export async function probe(options: ProbeOptions): Promise<void> {
  const { cri, podWithinMs } = options
  const done = new AbortController()
  const signal = AbortSignal.any([options.signal, done.signal])
  const { annotations, cgroupParent } = options
  const pod = { timeoutMs: podWithinMs, signal: options.signal }
  const ran = makeProbeSandbox(cri, { owner: OWNER, annotations, cgroupParent }, pod)
  const isOver = ran.then(
    () => undefined,
    () => undefined,
  )
  const touched = touch(options, signal).then(() => undefined, messageOf)
  const asked = ask(options, signal)
  // A Status that fails is not waited with: the pod may hang as long as it does.
  const first = await Promise.race([isOver, asked])
  done.abort()
  const slow = first ?? (await asked)
  const unwritten = await touched
  const problem = slow ?? (unwritten && `The drill's file cannot be written: ${unwritten}.`)
  if (problem !== undefined) throw new Error(problem)
  const id = await ran
  try {
    await checkProbeNetwork(cri, id, pod)
  } finally {
    await endProbeSandbox(cri, id, pod)
  }
}

/** Removes the pods of probes that were ended before they could; what cannot be removed stays. */
export async function removeProbePods(cri: CriClient, signal: AbortSignal): Promise<void> {
  const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
  await endLeftSandboxes(cri, OWNER, { listing: call, ending: call }).catch(() => undefined)
}

/** What is wrong with Status, as soon as something is; undefined when `signal` ends it before. */
async function ask(
  { cri, clock, statusAtMostMs, drillDir }: ProbeOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const meanwhile = `while a pod was attached${drillDir === undefined ? '' : ' and the conf dir was written to'}`
  while (!signal.aborted) {
    // Not by the signal: one that hangs hangs, though the pod is made meanwhile.
    const status = await cri.status({}, { timeoutMs: statusAtMostMs })
    if (!status.ok) {
      return status.error.reason === 'deadline'
        ? `Status took longer than ${statusAtMostMs} ms ${meanwhile}.`
        : `Status failed ${meanwhile}: ${status.error.message}`
    }
    await clock.sleep(ASK_EVERY_MS, signal).catch(() => undefined)
  }
  return undefined
}

/** Writes and removes a file again and again, since nobody can see when the plugins begin. */
async function touch({ clock, drillDir }: ProbeOptions, signal: AbortSignal): Promise<void> {
  if (drillDir === undefined) return
  const file = path.join(drillDir, DRILL_FILE)
  for (let count = 0; !signal.aborted; count += 1) {
    await writeFile(file, '')
    await rm(file, { force: true })
    const pauseMs = count < QUICK_TOUCHES ? TOUCH_EVERY_MS : TOUCH_LATER_EVERY_MS
    await clock.sleep(pauseMs, signal).catch(() => undefined)
  }
}

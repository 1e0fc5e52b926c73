import type { KubeObject, ObjectRef } from '../../kube/api.ts'
import { nodeInfoOf } from '../controller/node-object.ts'
import type { JobExecutorSpec } from '../spec.ts'
import type { Executor, Move, MoveFailure } from './executor.ts'
import {
  CALL_TIMEOUT_MS,
  create,
  endOf,
  jobName,
  JOBS,
  type JobWorld,
  jobWith,
  podOnNode,
  type PodSpec,
  RETRIES_ON_NODE,
  suspend,
} from './jobs.ts'

/** How Jobs move nodes. */
export interface JobMover {
  readonly versionOf: Executor['versionOf']
  /** What the Job of a move runs, up and back alike; a sentence where it cannot be said. */
  readonly podOf: (move: Move) => PodSpec | string
  readonly deadlineMs: number
  /** How often a pod that fails is made again. */
  readonly retries: number
}

/**
 * A Job on each node moves it, with the image and the command of the policy: what people give to
 * system-upgrade-controller works here, too, by the same environment.
 */
export function jobExecutor(spec: JobExecutorSpec, deadlineMs: number, world: JobWorld): Executor {
  const mover: JobMover = {
    versionOf: (node) => nodeInfoOf(node, spec.nodeInfo),
    podOf: (move) => podOnNode(move, spec, world.upgrade),
    deadlineMs,
    retries: RETRIES_ON_NODE,
  }
  return executorByJobs(mover, world)
}

/** So often a node is sent back by a Job of its own, */
const ATTEMPTS_MAX = 3
/** and so long after the last has ended. By then its node has told what it runs (kubelet, nodeStatusReportFrequency). */
const AGAIN_AFTER_MS = 5 * 60_000

/** A Job for each node moves it; where it runs, and what, is for the mover to say. */
export function executorByJobs(mover: JobMover, world: JobWorld): Executor {
  const { versionOf } = mover
  const endedMs = new Map<string, number>()
  const nameOf = ({ node }: Move, what: string) => jobName(world.upgrade, node, what)
  const jobOf = (name: string) => world.jobs().get(`${world.namespace}/${name}`)
  const isBack = ({ note, version }: Move) => version === note.from
  /** The names of the Jobs that may be made for a move; of one that goes forward, one. */
  const namesOf = (move: Move): readonly string[] =>
    isBack(move)
      ? Array.from({ length: ATTEMPTS_MAX }, (_, index) =>
          nameOf(move, index === 0 ? 'rollback' : `rollback-${index + 1}`),
        )
      : [nameOf(move, 'upgrade')]
  const lastOf = (move: Move): { readonly name: string; readonly next: string | undefined } => {
    const names = namesOf(move)
    const index = Math.max(
      0,
      names.findLastIndex((name) => jobOf(name) !== undefined),
    )
    return { name: names[index] ?? '', next: names[index + 1] }
  }
  /** The Job of a move that is to be there now: another one, where the last has ended and the node is not back. */
  const dueOf = (move: Move): string => {
    const { name, next } = lastOf(move)
    if (next === undefined || endOf(jobOf(name)) === undefined) return name
    if (versionOf(move.node) === move.version && endOf(jobOf(name)) === 'complete') return name
    const sinceMs = endedMs.get(name) ?? world.clock.now()
    endedMs.set(name, sinceMs)
    return world.clock.now() - sinceMs >= AGAIN_AFTER_MS ? next : name
  }
  return {
    versionOf,
    marksFor: () => ({}),
    progress: (move) => {
      const { name, next } = lastOf(move)
      const end = endOf(jobOf(name))
      const says = versionOf(move.node)
      if (end === undefined) return { at: 'on-the-way', why: `its Job ${name} runs` }
      if (end === 'complete' && says === move.version) return { at: 'there' }
      const left =
        end === 'failed' ? `its Job ${name} failed` : `it says that it runs ${says ?? 'nothing'}`
      if (end === 'failed' && next === undefined) return { at: 'failed', reason: left }
      return { at: 'on-the-way', why: next === undefined ? left : `${left}; another Job follows` }
    },
    move: async (move, signal) => {
      const pod = mover.podOf(move)
      if (typeof pod === 'string') return { message: pod }
      const make = (name: string): KubeObject => jobWith(name, pod, mover, world)
      // A Job that somebody slower has yet to make, or that still runs, must not come after the way back: its
      // name is taken by one that does nothing, or it is stopped.
      const forward = make(nameOf(move, 'upgrade'))
      const stopped = isBack(move) ? await stop(forward, world, signal) : undefined
      return stopped ?? create(make(dueOf(move)), world, signal)
    },
  }
}

async function stop(
  job: KubeObject,
  world: JobWorld,
  signal: AbortSignal,
): Promise<MoveFailure | undefined> {
  const { api, namespace } = world
  const { name } = job.metadata
  const ref: ObjectRef = { resource: JOBS, namespace, name }
  const found = await api.get(ref, { timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!found.ok && found.error.reason !== 'not-found') return found.error
  if (!found.ok) {
    return create({ ...job, spec: { ...Object(job.spec), suspend: true } }, world, signal)
  }
  const stopped = await suspend(found.value, world, signal)
  if (!stopped.ok) return stopped.error
  return stopped.value ? undefined : { message: `its Job ${name} is being stopped` }
}

import type { ObjectRef } from '../../kube/api.ts'
import { nodeInfoOf } from '../controller/node-object.ts'
import type { JobExecutorSpec } from '../spec.ts'
import type { Executor, Move, MoveFailure } from './executor.ts'
import {
  CALL_TIMEOUT_MS,
  create,
  endOf,
  jobName,
  jobOf,
  JOBS,
  type JobWorld,
  suspend,
} from './jobs.ts'

/**
 * A Job on each node moves it, with the image and the command of the policy: what people give to
 * system-upgrade-controller works here, too, by the same environment.
 */
export function jobExecutor(spec: JobExecutorSpec, deadlineMs: number, world: JobWorld): Executor {
  const nameOf = ({ node, note, version }: Move) => {
    const way = version === note.from ? 'rollback' : 'upgrade'
    return jobName(world.upgrade, node, way)
  }
  const versionOf: Executor['versionOf'] = (node) => nodeInfoOf(node, spec.nodeInfo)
  return {
    versionOf,
    marksFor: () => ({}),
    progress: (move) => {
      const name = nameOf(move)
      const job = world.jobs().get(`${world.namespace}/${name}`)
      const end = endOf(job)
      if (end === 'failed') return { at: 'failed', reason: `its Job ${name} failed` }
      if (end === undefined) return { at: 'on-the-way', why: `its Job ${name} runs` }
      const says = versionOf(move.node)
      if (says === move.version) return { at: 'there' }
      return { at: 'on-the-way', why: `it says that it runs ${says ?? 'nothing'}` }
    },
    move: async (move, signal) => {
      const isBack = move.version === move.note.from
      const forward = jobName(world.upgrade, move.node, 'upgrade')
      // A Job that somebody slower has yet to make, or that still runs, must not come after the way back: its
      // name is taken by one that does nothing, or it is stopped.
      const stopped = isBack ? await stop(forward, move, spec, world, signal) : undefined
      if (stopped !== undefined) return stopped
      return create(jobOf(nameOf(move), move, spec, deadlineMs, world), world, signal)
    },
  }
}

async function stop(
  name: string,
  move: Move,
  spec: JobExecutorSpec,
  world: JobWorld,
  signal: AbortSignal,
): Promise<MoveFailure | undefined> {
  const { api, namespace } = world
  const ref: ObjectRef = { resource: JOBS, namespace, name }
  const found = await api.get(ref, { timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!found.ok && found.error.reason !== 'not-found') return found.error
  if (!found.ok) {
    const empty = jobOf(name, move, spec, 0, world)
    return create({ ...empty, spec: { ...Object(empty.spec), suspend: true } }, world, signal)
  }
  const stopped = await suspend(found.value, world, signal)
  if (!stopped.ok) return stopped.error
  return stopped.value ? undefined : { message: `its Job ${name} is being stopped` }
}

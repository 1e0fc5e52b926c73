import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { KubeApi, KubeObject, ObjectRef, Resource } from '../../kube/api.ts'
import { apiVersionOf } from '../../kube/resources.ts'
import { runtimeVersionOf } from '../controller/node-object.ts'
import type { JobTemplate } from '../spec.ts'
import type { Executor, Move, MoveFailure } from './executor.ts'

export const JOBS: Resource = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
  status: true,
}

/** The label of every Job of an upgrade; its value is the upgrade's name. */
export const UPGRADE_LABEL = 'fairlead.dev/runtime-upgrade'

const CALL_TIMEOUT_MS = 10_000

/** What Jobs are made for and with. */
export interface JobWorld {
  readonly api: KubeApi
  readonly namespace: string
  readonly upgrade: { readonly name: string; readonly uid: string }
  /** The Jobs that are there, by namespace and name, as a reflector keeps them. */
  readonly jobs: () => ReadonlyMap<string, KubeObject>
}

/**
 * A Job on each node moves it, with the image and the command of the policy: what people give to
 * system-upgrade-controller works here, too, by the same environment.
 */
export function jobExecutor(template: JobTemplate, deadlineMs: number, world: JobWorld): Executor {
  const nameOf = ({ node, note, version }: Move) => {
    const way = version === note.from ? 'rollback' : 'upgrade'
    return jobName(world.upgrade, node, way)
  }
  return {
    versionOf: runtimeVersionOf,
    annotationsFor: () => ({}),
    progress: (move) => {
      const job = world.jobs().get(`${world.namespace}/${nameOf(move)}`)
      const end = endOf(job)
      if (end === 'failed') return { at: 'failed', reason: `its Job ${nameOf(move)} failed` }
      if (end === undefined) return { at: 'on-the-way', why: `its Job ${nameOf(move)} runs` }
      return runtimeVersionOf(move.node) === move.version
        ? { at: 'there' }
        : {
            at: 'on-the-way',
            why: `it says that it runs ${runtimeVersionOf(move.node) ?? 'nothing'}`,
          }
    },
    move: async (move, signal) => {
      const isBack = move.version === move.note.from
      const forward = jobName(world.upgrade, move.node, 'upgrade')
      // A Job that somebody slower has yet to make, or that still runs, must not come after the way back: its
      // name is taken by one that does nothing, or it is stopped.
      const stopped = isBack ? await stop(forward, move, template, world, signal) : undefined
      if (stopped !== undefined) return stopped
      return create(jobOf(nameOf(move), move, template, deadlineMs, world), world, signal)
    },
  }
}

/** How a Job has ended; undefined while it has not. */
export function endOf(job: KubeObject | undefined): 'complete' | 'failed' | undefined {
  const conditions = jobSchema.safeParse(job).data?.status.conditions ?? []
  const holds = (type: string) =>
    conditions.some((one) => one.type === type && one.status === 'True')
  if (holds('Complete')) return 'complete'
  return holds('Failed') ? 'failed' : undefined
}

const jobSchema = z.object({
  status: z
    .object({
      active: z.int().default(0),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
})

/** One name for each node, upgrade and way: whoever makes it second finds that it is there. */
export function jobName(
  upgrade: { readonly name: string; readonly uid: string },
  node: KubeObject,
  what: string,
): string {
  const hash = createHash('sha256').update(`${upgrade.uid}/${node.metadata.uid}/${what}`)
  return `${upgrade.name.slice(0, 40)}-${what}-${hash.digest('hex').slice(0, 10)}`
}

/** Makes a Job, or finds that it is there. */
export async function create(
  job: KubeObject,
  { api }: Pick<JobWorld, 'api'>,
  signal: AbortSignal,
): Promise<MoveFailure | undefined> {
  const made = await api.create(JOBS, job, { timeoutMs: CALL_TIMEOUT_MS, signal })
  return made.ok || made.error.reason === 'already-exists' ? undefined : made.error
}

async function stop(
  name: string,
  move: Move,
  template: JobTemplate,
  world: JobWorld,
  signal: AbortSignal,
): Promise<MoveFailure | undefined> {
  const { api, namespace } = world
  const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
  const ref: ObjectRef = { resource: JOBS, namespace, name }
  const found = await api.get(ref, call)
  if (!found.ok && found.error.reason !== 'not-found') return found.error
  if (!found.ok) {
    const empty = jobOf(name, move, template, 0, world)
    return create({ ...empty, spec: { ...Object(empty.spec), suspend: true } }, world, signal)
  }
  if (endOf(found.value) !== undefined) return undefined
  const suspended = await api.patch(ref, { spec: { suspend: true } }, { ...call, kind: 'merge' })
  if (!suspended.ok) return suspended.error
  const active = jobSchema.safeParse(suspended.value).data?.status.active ?? 0
  return active === 0 ? undefined : { message: `its Job ${name} is being stopped` }
}

/** A Job that is bound to one node, and goes with its upgrade. */
export function jobOf(
  name: string,
  { node, version }: Pick<Move, 'node' | 'version'>,
  { image, command, args, serviceAccountName, env }: JobTemplate,
  deadlineMs: number,
  { namespace, upgrade }: Pick<JobWorld, 'namespace' | 'upgrade'>,
): KubeObject {
  const labels = { [UPGRADE_LABEL]: upgrade.name }
  const given = {
    SYSTEM_UPGRADE_NODE_NAME: node.metadata.name,
    SYSTEM_UPGRADE_PLAN_NAME: upgrade.name,
    SYSTEM_UPGRADE_PLAN_LATEST_VERSION: version,
    ...env,
  }
  return {
    apiVersion: apiVersionOf(JOBS),
    kind: JOBS.kind,
    metadata: {
      name,
      namespace,
      labels,
      ownerReferences: [
        {
          apiVersion: 'fairlead.dev/v1alpha1',
          kind: 'RuntimeUpgrade',
          name: upgrade.name,
          uid: upgrade.uid,
        },
      ],
    },
    spec: {
      backoffLimit: 2,
      ...(deadlineMs > 0 ? { activeDeadlineSeconds: Math.ceil(deadlineMs / 1000) } : {}),
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          nodeName: node.metadata.name,
          hostPID: true,
          hostIPC: true,
          hostNetwork: true,
          ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'upgrade',
              image: /:[^/]+$/.test(image) ? image : `${image}:${version}`,
              ...(command === undefined ? {} : { command }),
              ...(args === undefined ? {} : { args }),
              env: Object.entries(given).map(([key, value]) => ({ name: key, value })),
              securityContext: { privileged: true },
              volumeMounts: [{ name: 'host-root', mountPath: '/host' }],
            },
          ],
          volumes: [{ name: 'host-root', hostPath: { path: '/', type: 'Directory' } }],
        },
      },
    },
  }
}

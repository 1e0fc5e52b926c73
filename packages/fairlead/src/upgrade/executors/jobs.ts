import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { KubeApi, KubeObject, KubeResult, ObjectMeta, Resource } from '../../kube/api.ts'
import { apiVersionOf } from '../../kube/resources.ts'
import type { Clock } from '../../ports.ts'
import type { JobTemplate } from '../spec.ts'
import type { Move, MoveFailure } from './executor.ts'

export const JOBS: Resource = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
  status: true,
}

/** The label of every Job and Plan of an upgrade; its value is the upgrade's name. */
export const UPGRADE_LABEL = 'fairlead.dev/runtime-upgrade'

/** So long an API server has to answer about a Job or Plan. */
export const CALL_TIMEOUT_MS = 10_000

/** What Jobs are made for and with. */
export interface JobWorld {
  readonly api: KubeApi
  readonly clock: Pick<Clock, 'now'>
  readonly namespace: string
  readonly upgrade: { readonly name: string; readonly uid: string }
  /** The Jobs that are there, by namespace and name, as a reflector keeps them. */
  readonly jobs: () => ReadonlyMap<string, KubeObject>
}

const jobSchema = z.object({
  spec: z.object({ suspend: z.boolean().default(false) }).prefault({}),
  status: z
    .object({
      active: z.int().default(0),
      terminating: z.int().default(0),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
    })
    .prefault({}),
})

/** How a Job has ended; undefined while it has not. */
export function endOf(job: KubeObject | undefined): 'complete' | 'failed' | undefined {
  if (holds(job, 'Complete')) return 'complete'
  return holds(job, 'Failed') ? 'failed' : undefined
}

function holds(job: KubeObject | undefined, type: string): boolean {
  const conditions = jobSchema.safeParse(job).data?.status.conditions ?? []
  return conditions.some((one) => one.type === type && one.status === 'True')
}

/** One name for each node, upgrade and purpose: whoever makes it second finds that it is there. */
export function jobName(upgrade: JobWorld['upgrade'], node: KubeObject, what: string): string {
  return nameFor(upgrade, what, node.metadata.uid ?? '')
}

/** One name for each purpose of an upgrade. */
export function nameFor(upgrade: JobWorld['upgrade'], what: string, whom: string): string {
  const hash = createHash('sha256').update(`${upgrade.uid}/${whom}/${what}`)
  return `${upgrade.name.slice(0, 40)}-${what}-${hash.digest('hex').slice(0, 10)}`
}

/** The metadata of what is made for an upgrade, and goes with it. */
export function madeFor(
  { name, uid }: JobWorld['upgrade'],
  namespace: string,
  called: string,
): ObjectMeta {
  const owner = { apiVersion: 'fairlead.dev/v1alpha1', kind: 'RuntimeUpgrade', name, uid }
  return { name: called, namespace, labels: { [UPGRADE_LABEL]: name }, ownerReferences: [owner] }
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

/** Suspends a Job that has not ended; whether nothing of it runs, or ever will. */
export async function suspend(
  job: KubeObject,
  { api }: Pick<JobWorld, 'api'>,
  signal: AbortSignal,
): Promise<KubeResult<boolean>> {
  if (endOf(job) !== undefined) return { ok: true, value: true }
  if (jobSchema.safeParse(job).data?.spec.suspend === true) return { ok: true, value: isStill(job) }
  const { name, namespace = '' } = job.metadata
  const options = { timeoutMs: CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
  const ref = { resource: JOBS, namespace, name }
  const patched = await api.patch(ref, { spec: { suspend: true } }, options)
  return patched.ok ? { ok: true, value: isStill(patched.value) } : patched
}

/**
 * Whether the Job controller has seen that a Job is suspended, and its last pod is gone. `active` alone says neither: it
 * is 0 before the first pod, too, and does not count one that is ending (batch/v1 JobStatus).
 */
function isStill(job: KubeObject): boolean {
  const status = jobSchema.safeParse(job).data?.status
  return holds(job, 'Suspended') && status?.active === 0 && status.terminating === 0
}

/** An image's reference; one with no tag gets the version as one, as system-upgrade-controller does it. */
export function imageOf(image: string, version: string): string {
  return /:[^/]+$/.test(image) ? image : `${image}:${tagOf(version)}`
}

/** A version as an image's tag, in which there is no `+` (MungeVersion, pkg/upgrade/plan/plan.go). */
function tagOf(version: string): string {
  return version.replaceAll('+', '-')
}

/** What a Job's pod is (core/v1 PodSpec), but for what all of ours have in common. */
export type PodSpec = Readonly<Record<string, unknown>>

/** A Job that goes with its upgrade. */
export function jobWith(
  name: string,
  pod: PodSpec,
  { deadlineMs, retries }: { readonly deadlineMs: number; readonly retries: number },
  { namespace, upgrade }: Pick<JobWorld, 'namespace' | 'upgrade'>,
): KubeObject {
  const metadata = madeFor(upgrade, namespace, name)
  return {
    apiVersion: apiVersionOf(JOBS),
    kind: JOBS.kind,
    metadata,
    spec: {
      backoffLimit: retries,
      ...(deadlineMs > 0 ? { activeDeadlineSeconds: Math.ceil(deadlineMs / 1000) } : {}),
      template: { metadata: { labels: metadata.labels }, spec: { restartPolicy: 'Never', ...pod } },
    },
  }
}

/** Of a Job on a node: what fails three times there fails. */
export const RETRIES_ON_NODE = 2

/** A pod that is bound to one node, and may do everything there. */
export function podOnNode(
  { node, version }: Pick<Move, 'node' | 'version'>,
  { image, command, args, serviceAccountName, env }: JobTemplate,
  upgrade: JobWorld['upgrade'],
): PodSpec {
  const given = {
    SYSTEM_UPGRADE_NODE_NAME: node.metadata.name,
    SYSTEM_UPGRADE_PLAN_NAME: upgrade.name,
    SYSTEM_UPGRADE_PLAN_LATEST_VERSION: tagOf(version),
    ...env,
  }
  return {
    nodeName: node.metadata.name,
    hostPID: true,
    hostIPC: true,
    hostNetwork: true,
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'upgrade',
        image: imageOf(image, version),
        ...(command === undefined ? {} : { command }),
        ...(args === undefined ? {} : { args }),
        env: Object.entries(given).map(([key, value]) => ({ name: key, value })),
        securityContext: { privileged: true },
        volumeMounts: [{ name: 'host-root', mountPath: '/host' }],
      },
    ],
    volumes: [{ name: 'host-root', hostPath: { path: '/', type: 'Directory' } }],
  }
}

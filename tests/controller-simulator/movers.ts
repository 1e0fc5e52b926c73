import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import type { UpgradeSpecInput } from '../../packages/fairlead/src/upgrade/spec.ts'
import type { Change } from './history.ts'
import { type JobKind, JobPods, type SimulatedWorld } from './job-pods.ts'
import { SystemUpgradeController } from './system-upgrade-controller.ts'

/** Who may move the nodes of a schedule. */
export const MOVERS = ['slot', 'job', 'plan', 'talos'] as const
/** See {@link MOVERS}. */
export type MoverName = (typeof MOVERS)[number]

/** An executor of a policy, and what carries out what it writes. */
export interface Mover {
  readonly executor: NonNullable<UpgradeSpecInput['executor']>
  readonly onWrite: (change: Change) => void
}

const NAMESPACE = 'fairlead'

const JOB: JobKind = {
  namespace: NAMESPACE,
  workOf: (job) => {
    const { env } = containerOf(job)
    const valueOf = (name: string) => env.find((one) => one.name === name)?.value ?? ''
    return {
      node: valueOf('SYSTEM_UPGRADE_NODE_NAME'),
      version: valueOf('SYSTEM_UPGRADE_PLAN_LATEST_VERSION'),
    }
  },
}

/** The fleet's addresses are the names of its nodes. */
const TALOS: JobKind = {
  namespace: NAMESPACE,
  detached: true,
  workOf: (job) => {
    const { args = [] } = containerOf(job)
    const valueOf = (flag: string) =>
      args.find((arg) => arg.startsWith(`${flag}=`))?.slice(flag.length + 1) ?? ''
    return { node: valueOf('--nodes'), version: valueOf('--image').split(':').at(-1) ?? '' }
  },
}

interface Container {
  readonly args?: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
}

function containerOf(job: KubeObject): Container {
  const [container]: readonly Container[] = Object(job.spec).template.spec.containers
  if (container === undefined) throw new Error(`${job.metadata.name} has no container`)
  return container
}

/** The mover of a name; system-upgrade-controller hears of nodes within `lagMs`. */
export function moverOf(name: MoverName, world: SimulatedWorld, lagMs: number): Mover {
  if (name === 'slot') return { executor: { slot: {} }, onWrite: () => undefined }
  if (name === 'plan') {
    const controller = new SystemUpgradeController(world, lagMs)
    const onWrite = (change: Change) => controller.onWrite(change)
    return { executor: { plan: { image: 'upgrade' } }, onWrite }
  }
  const pods = new JobPods(world, name === 'job' ? JOB : TALOS)
  const executor = name === 'job' ? { job: { image: 'upgrade' } } : { talos: {} }
  return { executor, onWrite: (change) => pods.onWrite(change) }
}

import type { UpgradeSpec } from '../spec.ts'
import type { Executor } from './executor.ts'
import { jobExecutor, type JobWorld } from './job-executor.ts'
import { slotExecutor } from './slot-executor.ts'

/** The executor that a policy asks for. */
export function executorOf({ executor, timeout }: UpgradeSpec, world: JobWorld): Executor {
  return executor.job === undefined ? slotExecutor : jobExecutor(executor.job, timeout, world)
}

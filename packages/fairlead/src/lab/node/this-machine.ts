import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FairleadError } from '../../errors.ts'
import type { TrialNode } from './trial-node.ts'

/**
 * The machine itself in place of a node of the trial's own, for a runtime that is there already. The lab
 * has a temporary folder on it, and leaves the machine alone otherwise.
 */
export async function useThisMachine(): Promise<TrialNode> {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-lab-'))
  await mkdir(path.join(dir, 'tmp'))
  const refuse = () =>
    new FairleadError('FL_STEP', 'The lab does not do this to a machine that it has not made.')
  return {
    dir,
    reboots: 0,
    outside: (file) => file,
    spawn: () => {
      throw refuse()
    },
    run: () => Promise.reject(refuse()),
    reboot: () => Promise.reject(refuse()),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  }
}

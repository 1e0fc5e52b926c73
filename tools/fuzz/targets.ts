import type { FuzzTarget } from './target.ts'
import { advisoryTargets } from './targets/advisories.ts'
import { agentTargets } from './targets/agent.ts'
import { cniTargets } from './targets/cni.ts'
import { doctorTargets } from './targets/doctor.ts'
import { kubernetesTargets } from './targets/kubernetes.ts'
import { labTargets } from './targets/lab.ts'
import { lintTargets } from './targets/lint.ts'
import { requestTargets } from './targets/requests.ts'
import { slotTargets } from './targets/slots.ts'
import { wordTargets } from './targets/words.ts'

/** Every reader of what others wrote. */
export async function targets(): Promise<readonly FuzzTarget[]> {
  return [
    ...cniTargets(),
    ...lintTargets(),
    ...(await doctorTargets()),
    ...(await advisoryTargets()),
    ...labTargets(),
    ...kubernetesTargets(),
    ...agentTargets(),
    ...slotTargets(),
    ...requestTargets(),
    ...wordTargets(),
  ]
}

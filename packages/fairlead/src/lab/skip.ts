import type { RuntimeInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { describeStep } from './step-text.ts'
import { plainSteps, type Step } from './step.ts'

/**
 * Why a scenario is not run on a runtime; undefined where it is. On a runtime that is there already, the
 * lab does nothing to its process and its machine, and without leave nothing to its pods and files.
 */
export function skipReason(
  install: RuntimeInstall,
  { scenario }: Pick<LoadedScenario, 'scenario'>,
): string | undefined {
  if (install.kind !== 'socket') return undefined
  const steps = plainSteps(scenario.steps)
  const beyond = steps.find((step) => BEYOND_A_SOCKET.has(step.do))
  if (beyond !== undefined) {
    return `it takes a runtime and a machine of the lab's own: ${describeStep(beyond)}`
  }
  const [before] = scenario.beforeStart
  if (before !== undefined) {
    return `it takes a runtime that the lab starts: before that, ${describeStep(before)}`
  }
  const onlyWatches =
    scenario.confDirAtStart.length === 0 && steps.every((step) => WATCHING.has(step.do))
  if (install.folders !== undefined || onlyWatches) return undefined
  return 'it writes to the conf dir or adds pods, which takes --allow-destructive'
}

/** Steps that end the runtime or the machine, or take the conf dir itself away. */
const BEYOND_A_SOCKET: ReadonlySet<Step['do']> = new Set([
  'stop-runtime',
  'kill-runtime',
  'start-runtime',
  'upgrade-runtime',
  'reboot',
  'disk',
  'damage-cache',
  'remove-conf-dir',
  'make-conf-dir',
  'repoint-conf-dir',
])

/** Steps that do nothing to the node. */
const WATCHING: ReadonlySet<Step['do']> = new Set(['wait', 'wait-for-network'])

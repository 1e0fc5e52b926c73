import type { Advisory } from '../advisories/advisory.ts'
import type { Fact } from './fact.ts'

type Effect = Advisory['effects'][number]

/** What the facts tell of how a node fares, whatever its causes are. */
export interface Health {
  /** Whether the node has been Ready all the time; undefined where nothing tells. */
  readonly isReady: boolean | undefined
  /** Effects that were seen, of those that are seen where they happen. */
  readonly shown: ReadonlySet<Effect>
}

/** How a fact shows an effect; of what is not in here, nobody can say that it has not happened. */
const SIGNS: ReadonlyMap<Effect, (fact: Fact) => boolean> = new Map([
  ['node-notready', isNotReady],
  [
    'pods-stuck-creating',
    says(
      /FailedCreatePodSandBox|CreatePodSandbox|RunPodSandbox.*failed|failed to (?:setup|set up|create).{0,40}(?:network|sandbox)|failed \(add\)/i,
    ),
  ],
  [
    'pods-stuck-terminating',
    says(
      /FailedKillPod|KillPodSandbox|(?:Stop|Remove)PodSandbox.*failed|failed to (?:destroy|tear ?down).{0,40}(?:network|sandbox)|Failed to remove sandbox|failed \(delete\)/i,
    ),
  ],
  ['runtime-restart', (fact) => fact.kind === 'probe' && fact.probe === 'runtime-process-missing'],
])

/** What a node's facts tell of how it fares. */
export function healthOf(facts: readonly Fact[]): Health {
  const shown = new Set<Effect>()
  for (const [effect, isShownBy] of SIGNS) if (facts.some(isShownBy)) shown.add(effect)
  if (shown.has('node-notready')) return { isReady: false, shown }
  return { isReady: facts.some(isReady) ? true : undefined, shown }
}

/**
 * Whether what an advisory says would come of it has not come: the node has been Ready all the time, and
 * nothing else of it was seen either. False where that cannot be known.
 */
export function isWithoutEffect({ effects }: Advisory, { isReady, shown }: Health): boolean {
  return isReady === true && effects.every((effect) => SIGNS.has(effect) && !shown.has(effect))
}

function isReady(fact: Fact): boolean {
  return fact.kind === 'condition' && fact.type === 'Ready' && fact.status === 'True'
}

/** A condition, or what kubelet and the node controller write when it changes. */
function isNotReady(fact: Fact): boolean {
  if (fact.kind === 'condition') return fact.type === 'Ready' && fact.status !== 'True'
  return fact.kind === 'line' && /Node became not ready|status is now: NodeNotReady/.test(fact.text)
}

function says(pattern: RegExp): (fact: Fact) => boolean {
  return (fact) => fact.kind === 'line' && pattern.test(fact.text)
}

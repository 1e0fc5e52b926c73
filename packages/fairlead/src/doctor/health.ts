import type { Advisory } from '../advisories/advisory.ts'
import type { Probe } from '../advisories/probes.ts'
import type { Fact } from './fact.ts'

type Effect = Advisory['effects'][number]

/** What the facts tell of how a node fares, whatever its causes are. */
export interface Health {
  /** When the node was Ready for the first time; undefined where nothing tells that it ever was. */
  readonly readySinceMs: number | undefined
  /** What was seen to go wrong. */
  readonly shown: ReadonlySet<Effect>
}

/** What a probe shows to go wrong by itself, whatever it comes from. */
const SHOWN_BY: ReadonlyMap<Probe, Effect> = new Map([
  ['status-silent', 'node-notready'],
  ['listing-silent', 'node-notready'],
  ['goroutines-recursive-read-lock', 'node-notready'],
  ['goroutines-writer-behind-plugin', 'node-notready'],
  ['goroutines-status-exec', 'node-notready'],
  ['runtime-process-missing', 'runtime-restart'],
  ['cni-result-left', 'ip-leak'],
  ['cni-result-of-other-network', 'ip-leak'],
  ['netns-left', 'ip-leak'],
  ['pods-without-networks', 'pods-missing-secondary-interface'],
  ['pods-without-networks', 'pods-missing-secondary-interface'],
])

/** What is wrong where it is seen, of a cause that has it for evidence: a call that hangs, no pod that can start. */
const WRONG: ReadonlySet<Probe> = new Set([
  ...SHOWN_BY.keys(),
  'status-slow',
  'inotify-exhausted',
  'disk-full',
  'plugin-process-hung',
  'plugin-status-hung',
  'plugin-pipe-held',
  'binary-missing',
  'binary-not-executable',
  'binary-wrong-arch',
  'loopback-missing',
  'conf-meta-without-primary',
  'conf-not-loaded',
  'conf-dir-not-watched',
])

/** Lines of pods that fail, by kubelet, the runtimes and plugins. */
const FAILED_PODS: readonly (readonly [Effect, RegExp])[] = [
  [
    'pods-stuck-creating',
    /FailedCreatePodSandBox|CreatePodSandbox|RunPodSandbox.*failed|failed to (?:set ?up|create).{0,40}(?:network|sandbox)|failed \(add\)/i,
  ],
  [
    'pods-stuck-terminating',
    /FailedKillPod|KillPodSandbox|(?:Stop|Remove)PodSandbox.*failed|failed to (?:destroy|tear ?down|remove).{0,40}(?:network|sandbox)|failed \(delete\)/i,
  ],
]

/** What a node's facts tell of how it fares. */
export function healthOf(facts: readonly Fact[]): Health {
  // On a live node it is Status that tells, as it tells kubelet.
  const conditions = facts.filter(
    (fact) => fact.kind === 'condition' && (fact.type === 'Ready' || fact.type === 'NetworkReady'),
  )
  const ready = conditions.filter(isReady)
  const readySinceMs = ready.length === 0 ? undefined : Math.min(...ready.map(timeOf))
  const shown = new Set<Effect>()
  if (isNotReady(facts, conditions)) shown.add('node-notready')
  for (const fact of facts) for (const effect of shownBy(fact)) shown.add(effect)
  return { readySinceMs, shown }
}

/**
 * Whether what a cause leads to has not come: the node is Ready, nothing of the cause's own evidence goes
 * wrong by itself, and no effect of it was seen. False where nothing tells that the node is Ready.
 */
export function isWithoutEffect(
  { effects }: Pick<Advisory, 'effects'>,
  evidence: readonly Fact[],
  { readySinceMs, shown }: Health,
): boolean {
  return (
    readySinceMs !== undefined &&
    !shown.has('node-notready') &&
    !effects.some((effect) => shown.has(effect)) &&
    !evidence.some((fact) => isWrong(fact, readySinceMs))
  )
}

/** What was so before the node became Ready did not keep it from that. */
function isWrong(fact: Fact, readySinceMs: number): boolean {
  // A pod's status is only a fact where its container waits or has failed.
  const isIt =
    fact.kind === 'probe'
      ? WRONG.has(fact.probe)
      : fact.kind === 'line' && fact.from === 'pod-status'
  return isIt && timeOf(fact) >= readySinceMs
}

function shownBy(fact: Fact): readonly Effect[] {
  if (fact.kind === 'probe') {
    const effect = SHOWN_BY.get(fact.probe)
    return effect === undefined ? [] : [effect]
  }
  if (fact.kind !== 'line') return []
  return FAILED_PODS.flatMap(([effect, pattern]) => (pattern.test(fact.text) ? effect : []))
}

function isNotReady(facts: readonly Fact[], conditions: readonly Fact[]): boolean {
  if (conditions.some((condition) => !isReady(condition))) return true
  const last = Math.max(...conditions.map(timeOf))
  return facts.some(
    (fact) =>
      fact.kind === 'line' &&
      (/Node became not ready|status is now: NodeNotReady/.test(fact.text) ||
        // As Status tells it; of a network that is gone again, before kubelet has noticed.
        (fact.from === 'runtime-status' &&
          timeOf(fact) > last &&
          fact.text.includes('NetworkReady=false'))),
  )
}

function isReady(fact: Fact): boolean {
  return fact.kind === 'condition' && fact.status === 'True'
}

/** What has no time may be of any. */
function timeOf({ atMs }: Fact): number {
  return atMs ?? Number.MAX_SAFE_INTEGER
}

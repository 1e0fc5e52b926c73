/** What one CRI `Status` call of a kubelet came to; times in ms on the trial's clock. */
export interface StatusObservation {
  readonly startedAtMs: number
  /** When the answer or the failure came; absent while the call still hangs. */
  readonly endedAtMs?: number
  readonly outcome: StatusOutcome
}

/** `failed` is any error, a deadline included: kubelet treats them all alike. */
export type StatusOutcome =
  | {
      readonly kind: 'answered'
      readonly runtimeReady: ObservedCondition
      readonly networkReady: ObservedCondition
    }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unanswered' }

/** One entry of `RuntimeStatus.conditions` (CRI). */
export interface ObservedCondition {
  readonly status: boolean
  readonly reason: string
  readonly message: string
}

/**
 * The conditions that take Ready away: of those that are not true the two that kubelet looks at
 * (kubelet.go `updateRuntimeUp`).
 */
export function failingConditions<T extends { readonly type: string; readonly status: boolean }>(
  conditions: readonly T[],
): readonly T[] {
  return conditions.filter(
    ({ type, status }) => !status && (type === 'RuntimeReady' || type === 'NetworkReady'),
  )
}

/** The node's Ready condition as kubelet posts it, from `atMs` on. */
export interface ReadyCondition {
  readonly atMs: number
  readonly status: 'True' | 'False'
  readonly reason: 'KubeletReady' | 'KubeletNotReady'
  readonly message: string
}

/**
 * kubelet 1.32's constants, in ms. None of them is configurable but the status update frequency.
 * Paths are of kubernetes v1.32.13.
 */
export const KUBELET = {
  /** pkg/kubelet/kubelet.go:144 `maxWaitForContainerRuntime`: a sync older than this is "down". */
  maxWaitForContainerRuntimeMs: 30_000,
  /** kubelet.go:1775 `wait.Until(kl.updateRuntimeUp, 5*time.Second)`: counted from the end of a call. */
  runtimeUpdatePeriodMs: 5_000,
  /** kubelet.go:3118: the period of the fast status update, until the node is first Ready. */
  fastStatusUpdatePeriodMs: 100,
  /** kubelet.go:151 `nodeReadyGracePeriod`: how long the fast status update goes on at most. */
  nodeReadyGracePeriodMs: 120_000,
  /** pkg/kubelet/apis/config/v1beta1/defaults.go:147 `nodeStatusUpdateFrequency`. */
  nodeStatusUpdateFrequencyMs: 10_000,
  /** defaults.go `runtimeRequestTimeout`: the only deadline that a Status call has. */
  runtimeRequestTimeoutMs: 120_000,
  /** pkg/kubelet/kuberuntime: RunPodSandbox gets twice the request timeout. */
  runPodSandboxTimeoutMs: 240_000,
} as const

/**
 * The Ready condition that a kubelet 1.32 would have posted, transition by transition, had it made
 * the calls in `observations` (in order of their start) between `startMs` and `endMs`.
 *
 * Every status posted counts as a transition when status or message differ from the one before.
 * The 4 % jitter on kubelet's 10 s status period is left out, so a transition is shown up to
 * 0.4 s early; PLEG, storage and shutdown errors are not modelled.
 */
export function readyConditions(
  observations: readonly StatusObservation[],
  window: {
    readonly startMs: number
    readonly endMs: number
    /** The kubelet had been up for long when the window began: none of its status updates is fast. */
    readonly isUp?: boolean
  },
): ReadyCondition[] {
  const posted: ReadyCondition[] = []
  let state: RuntimeState = { networkError: 'network state unknown' }
  let next = 0

  const isFast = (atMs: number) =>
    window.isUp !== true && isFastPhase(posted, atMs - window.startMs)
  const post = (atMs: number) => {
    const condition = conditionAt(state, atMs)
    const last = posted.at(-1)
    if (last?.status === condition.status && last.message === condition.message) return
    posted.push(condition)
  }
  /** Takes in what ended by `untilMs`; the fast status update posts the first Ready at once. */
  const observe = (untilMs: number) => {
    for (; next < observations.length; next += 1) {
      const observation = observations[next]
      if (observation?.endedAtMs === undefined || observation.endedAtMs > untilMs) return
      state = afterStatus(state, observation.outcome, observation.endedAtMs)
      if (
        isFast(observation.endedAtMs) &&
        conditionAt(state, observation.endedAtMs).status === 'True'
      ) {
        post(observation.endedAtMs)
      }
    }
  }

  // The period runs from the end of a post (wait.JitterUntil, sliding).
  let tickMs = window.startMs
  while (tickMs <= window.endMs) {
    observe(tickMs)
    const postMs = unblockedAt(tickMs, observations, isFast(tickMs))
    if (postMs > window.endMs) break
    observe(postMs)
    post(postMs)
    tickMs = postMs + KUBELET.nodeStatusUpdateFrequencyMs
  }
  observe(window.endMs)
  return posted
}

/** pkg/kubelet/runtime.go `runtimeState`, as far as CRI `Status` feeds it. */
interface RuntimeState {
  readonly lastSyncMs?: number
  readonly runtimeError?: string
  readonly networkError?: string
}

// kubelet.go updateRuntimeUp (v1.32.13:2990-3036): an error returns without touching the state.
function afterStatus(state: RuntimeState, outcome: StatusOutcome, atMs: number): RuntimeState {
  if (outcome.kind !== 'answered') return state
  const { runtimeReady, networkReady } = outcome
  const network = networkReady.status
    ? {}
    : { networkError: `container runtime network not ready: ${text('NetworkReady', networkReady)}` }
  if (runtimeReady.status) return { lastSyncMs: atMs, ...network }
  return {
    ...(state.lastSyncMs === undefined ? {} : { lastSyncMs: state.lastSyncMs }),
    runtimeError: `container runtime not ready: ${text('RuntimeReady', runtimeReady)}`,
    ...network,
  }
}

// pkg/kubelet/container/runtime.go `RuntimeCondition.String`.
function text(type: string, condition: ObservedCondition): string {
  return `${type}=${condition.status} reason:${condition.reason} message:${condition.message}`
}

// pkg/kubelet/nodestatus/setters.go:553-575 over pkg/kubelet/runtime.go:116-140.
function conditionAt(state: RuntimeState, atMs: number): ReadyCondition {
  const errors: string[] = []
  if (state.lastSyncMs === undefined) {
    errors.push('container runtime status check may not have completed yet')
  } else if (atMs - state.lastSyncMs >= KUBELET.maxWaitForContainerRuntimeMs) {
    errors.push('container runtime is down')
  }
  if (state.runtimeError !== undefined) errors.push(state.runtimeError)
  if (state.networkError !== undefined) errors.push(state.networkError)
  const [first] = errors
  if (first === undefined) {
    return {
      atMs,
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
    }
  }
  // apimachinery's Aggregate prints one error bare and several as a list.
  const message = errors.length === 1 ? first : `[${errors.join(', ')}]`
  return { atMs, status: 'False', reason: 'KubeletNotReady', message }
}

function isFastPhase(posted: readonly ReadyCondition[], sinceStartMs: number): boolean {
  return (
    sinceStartMs < KUBELET.nodeReadyGracePeriodMs &&
    !posted.some((condition) => condition.status === 'True')
  )
}

// kubelet.go:3118: the fast status update holds syncNodeStatusMux while it calls Status, so a
// call that hangs at boot also holds back the periodic post until it ends.
function unblockedAt(
  tickMs: number,
  observations: readonly StatusObservation[],
  inFastPhase: boolean,
): number {
  if (!inFastPhase) return tickMs
  const holding = observations.find(
    (observation) =>
      observation.startedAtMs <= tickMs &&
      (observation.endedAtMs === undefined || observation.endedAtMs > tickMs),
  )
  if (holding === undefined) return tickMs
  return holding.endedAtMs ?? Number.POSITIVE_INFINITY
}

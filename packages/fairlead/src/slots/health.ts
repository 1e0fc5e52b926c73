import type { WatchPolicy } from './config.ts'

/** What one look at the runtime came to. */
export type Look =
  | { readonly kind: 'healthy'; readonly latencyMs: number }
  | { readonly kind: 'unhealthy'; readonly reason: string }

/** What a row of looks has come to so far. */
export interface Watched {
  readonly beganMs: number
  /** Since when it has been healthy without a break, or not. */
  readonly sinceMs: number
  readonly last: Look['kind']
  readonly wasHealthy: boolean
  /** How often it has turned unhealthy. */
  readonly falls: number
  /** Of the Status that took longest. */
  readonly slowestMs: number
}

/** What follows from what was watched. */
export type Verdict =
  | { readonly kind: 'goes-on' }
  | { readonly kind: 'steady' }
  | { readonly kind: 'failed'; readonly reason: string }

/** A watch that begins now. */
export function beginWatch(nowMs: number): Watched {
  return {
    beganMs: nowMs,
    sinceMs: nowMs,
    last: 'unhealthy',
    wasHealthy: false,
    falls: 0,
    slowestMs: 0,
  }
}

/** A watch with one more look, which ended at `nowMs`. */
export function withLook(watched: Watched, look: Look, nowMs: number): Watched {
  const hasTurned = look.kind !== watched.last
  return {
    ...watched,
    last: look.kind,
    sinceMs: hasTurned ? nowMs : watched.sinceMs,
    wasHealthy: watched.wasHealthy || look.kind === 'healthy',
    falls: watched.falls + (hasTurned && look.kind === 'unhealthy' ? 1 : 0),
    slowestMs: Math.max(watched.slowestMs, look.kind === 'healthy' ? look.latencyMs : 0),
  }
}

/**
 * Whether a version has shown enough, after a look. It fails before kubelet gives the node up: healthy once
 * and then not is not waited for longer than `patience`. Pure.
 */
export function verdictOf(
  watched: Watched,
  look: Look,
  nowMs: number,
  policy: WatchPolicy,
): Verdict {
  const { beganMs, sinceMs, wasHealthy, falls } = watched
  const failed = (reason: string): Verdict => ({ kind: 'failed', reason })
  if (look.kind === 'healthy') {
    if (nowMs - sinceMs >= policy.steadyFor) return { kind: 'steady' }
  } else if (!wasHealthy) {
    if (nowMs - beganMs < policy.startWithin) return { kind: 'goes-on' }
    return failed(`it was not healthy within ${seconds(policy.startWithin)}: ${look.reason}`)
  } else if (falls > policy.fallsAtMost) {
    return failed(`it turned unhealthy ${falls} times, at last: ${look.reason}`)
  } else if (nowMs - sinceMs >= policy.patience) {
    const after = seconds(sinceMs - beganMs)
    return failed(`after ${after} it was unhealthy for ${seconds(nowMs - sinceMs)}: ${look.reason}`)
  }
  if (nowMs - beganMs < policy.within) return { kind: 'goes-on' }
  return failed(
    `it was not healthy for ${seconds(policy.steadyFor)} on end within ${seconds(policy.within)}`,
  )
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`
}

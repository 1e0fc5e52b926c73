import { z } from 'zod'
import { type Clock, settlesWithin } from '../ports.ts'
import type { CallOptions, KubeApi, KubeError, KubeObject, KubeResult } from './api.ts'
import { apiVersionOf, LEASES } from './resources.ts'

const specSchema = z
  .looseObject({
    holderIdentity: z.string().nullish(),
    leaseDurationSeconds: z.int().nullish(),
    acquireTime: z.string().nullish(),
    renewTime: z.string().nullish(),
    leaseTransitions: z.int().nullish(),
  })
  .catch({})
type LeaseSpec = z.output<typeof specSchema>

/** A Lease as somebody who wants it has seen it. */
export interface SeenLease {
  readonly spec: LeaseSpec
  /** When this state of it was first seen, on the own clock: those of others may differ, or jump. */
  readonly sinceMs: number
}

/** What to do about a Lease now. */
export type LeaseMove =
  | { readonly kind: 'renew' }
  /** It is nobody's, or whoever had it has not renewed it for as long as it lasts. */
  | { readonly kind: 'take' }
  | { readonly kind: 'wait'; readonly holder: string; readonly forMs: number }

/** Whether the Lease is `identity`'s to have. */
export function leaseMove(seen: SeenLease, identity: string, nowMs: number): LeaseMove {
  const holder = seen.spec.holderIdentity ?? ''
  if (holder === identity) return { kind: 'renew' }
  const forMs = seen.sinceMs + (seen.spec.leaseDurationSeconds ?? 0) * 1000 - nowMs
  return holder === '' || forMs <= 0 ? { kind: 'take' } : { kind: 'wait', holder, forMs }
}

/** What an attempt at a Lease came to. */
type LeaseAttempt =
  | { readonly kind: 'held' }
  | { readonly kind: 'taken'; readonly holder: string }
  | { readonly kind: 'failed'; readonly error: KubeError }

/** A Lease that one of several may hold at a time. */
export interface LeaseClaim {
  /** Takes or renews it, if it is to be had. */
  readonly attempt: (signal: AbortSignal) => Promise<LeaseAttempt>
  /** Until when nobody else can have it; in the past where it is not held. */
  readonly heldUntilMs: () => number
  /** Gives it back at once, where it is held. */
  readonly release: () => Promise<void>
}

/** Which Lease, and who wants it. */
export interface LeaseName {
  readonly namespace: string
  readonly name: string
  /** One of its own for each process. */
  readonly identity: string
}

/** What leases work with. */
export interface LeaseWorld {
  readonly api: Pick<KubeApi, 'get' | 'create' | 'replace'>
  readonly clock: Clock
  readonly wallMs: () => number
}

/** client-go's defaults: others may take it after 15 s; whoever has it acts for no more than 10 s unrenewed. */
const DURATION_SECONDS = 15
const RENEW_DEADLINE_MS = 10_000
const RETRY_MS = 2_000
const CALL_TIMEOUT_MS = 5_000

/** Makes a claim; it asks for nothing by itself. */
export function leaseClaim(
  { namespace, name, identity }: LeaseName,
  { api, clock, wallMs }: LeaseWorld,
): LeaseClaim {
  const ref = { resource: LEASES, namespace, name }
  let last: KubeObject | undefined
  let seen: SeenLease | undefined
  let renewedMs = Number.NEGATIVE_INFINITY

  const see = (object: KubeObject): SeenLease => {
    const isSame = object.metadata.resourceVersion === last?.metadata.resourceVersion
    last = object
    if (!isSame || seen === undefined) {
      seen = { spec: specSchema.parse(object.spec), sinceMs: clock.now() }
    }
    return seen
  }

  const write = (spec: LeaseSpec, call: CallOptions): Promise<KubeResult<KubeObject>> => {
    const kind = { apiVersion: apiVersionOf(LEASES), kind: LEASES.kind }
    return last === undefined
      ? api.create(LEASES, { ...kind, metadata: { name, namespace }, spec }, call)
      : api.replace(LEASES, { ...last, spec }, call)
  }

  const attempt = async (signal: AbortSignal): Promise<LeaseAttempt> => {
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
    const found = await api.get(ref, call)
    if (!found.ok && found.error.reason !== 'not-found') {
      return { kind: 'failed', error: found.error }
    }
    if (!found.ok) last = undefined
    const before = found.ok ? see(found.value) : { spec: {}, sinceMs: clock.now() }
    const move = leaseMove(before, identity, clock.now())
    if (move.kind === 'wait') return { kind: 'taken', holder: move.holder }
    // Others count from when they see it, which is after this.
    const beganMs = clock.now()
    const at = microTime(wallMs())
    const { spec } = before
    const taken = {
      acquireTime: at,
      leaseTransitions: (spec.leaseTransitions ?? 0) + (found.ok ? 1 : 0),
    }
    const result = await write(
      {
        ...spec,
        holderIdentity: identity,
        leaseDurationSeconds: DURATION_SECONDS,
        renewTime: at,
        ...(move.kind === 'take' && taken),
      },
      call,
    )
    if (!result.ok) return { kind: 'failed', error: result.error }
    see(result.value)
    renewedMs = beganMs
    return { kind: 'held' }
  }

  return {
    attempt,
    heldUntilMs: () => renewedMs + RENEW_DEADLINE_MS,
    release: async () => {
      if (last === undefined || seen?.spec.holderIdentity !== identity) return
      renewedMs = Number.NEGATIVE_INFINITY
      const spec = { ...seen.spec, holderIdentity: '', leaseDurationSeconds: 1 }
      const result = await write(spec, { timeoutMs: CALL_TIMEOUT_MS })
      // Where it cannot be given back it runs out.
      if (result.ok) see(result.value)
    },
  }
}

/** Something that a leader election tells. */
export type LeaderEvent =
  | { readonly type: 'leading' }
  | { readonly type: 'following'; readonly holder: string }
  | { readonly type: 'lost' }
  | { readonly type: 'failed'; readonly error: KubeError }

/**
 * Does `work` whenever this process holds the Lease, until the work ends by itself or `signal` is aborted. The
 * signal of the work is aborted when the Lease could not be renewed for 10 s: 5 s before anyone else can have it.
 */
export async function leadWith(
  lease: LeaseName,
  world: LeaseWorld & { readonly onEvent: (event: LeaderEvent) => void },
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, onEvent } = world
  const claim = leaseClaim(lease, world)
  // What is so is told once.
  let told: string | undefined
  const tell = (event: LeaderEvent, once: string): void => {
    if (told !== once) onEvent(event)
    told = once
  }
  const tellAttempt = (attempt: LeaseAttempt): void => {
    switch (attempt.kind) {
      case 'held':
        return tell({ type: 'leading' }, 'leading')
      case 'taken':
        return tell({ type: 'following', holder: attempt.holder }, `taken by ${attempt.holder}`)
      case 'failed':
        return tell({ type: 'failed', error: attempt.error }, attempt.error.message)
    }
  }
  const leftMs = () => claim.heldUntilMs() - clock.now()
  const pause = (ms: number, ends: AbortSignal) => clock.sleep(ms, ends).catch(() => undefined)

  /** Ends when it can no longer be said that nobody else has it. */
  const renew = async (ends: AbortSignal): Promise<void> => {
    for (;;) {
      await pause(Math.min(RETRY_MS, leftMs()), ends)
      const attempting = claim.attempt(ends)
      const inTime = await settlesWithin(attempting, { clock, timeoutMs: leftMs(), signal: ends })
      if (!inTime) return
      const attempt = await attempting
      tellAttempt(attempt)
      if (attempt.kind === 'taken' || leftMs() <= 0) return
    }
  }

  while (!signal.aborted) {
    const attempt = await claim.attempt(signal)
    if (signal.aborted) break
    tellAttempt(attempt)
    if (attempt.kind !== 'held') {
      await pause(RETRY_MS, signal)
      continue
    }
    const over = new AbortController()
    const ends = AbortSignal.any([signal, over.signal])
    const renewing = renew(ends).finally(() => over.abort())
    try {
      await work(ends)
      if (!over.signal.aborted) return
    } finally {
      over.abort()
      await renewing
      await claim.release()
    }
    tell({ type: 'lost' }, 'it was lost')
  }
}

/** As the API server writes a MicroTime. */
function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace('Z', '000Z')
}

import type { CallOptions, KubeError, KubeResult, Resource, Subresource } from './api.ts'
import { allows, type PolicyRule } from './rbac.ts'

/** A request, as whoever lets calls fail sees it. */
interface KubeRequest {
  readonly user: string
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'
  readonly resource: Resource
  readonly subresource?: Subresource | 'eviction'
  readonly namespace?: string
  readonly name?: string
}

/** A failure of a request: before anything is done, or after, when only the answer is lost. */
export interface Fault {
  readonly error: KubeError
  readonly when: 'before' | 'after'
}

/** Somebody who talks to the API server. */
export interface MemoryClientOptions {
  readonly user?: string
  /** What they may do; everything if not given. */
  readonly rules?: readonly PolicyRule[]
  /** Asked before every request, which waits for it: for latency, and for requests that fail. */
  readonly intercept?: (request: KubeRequest) => Promise<Fault | undefined> | Fault | undefined
}

/** Answers a request, unless something stands before that. */
export type MemoryCall = <T>(
  request: Omit<KubeRequest, 'user'>,
  options: CallOptions,
  answer: () => KubeResult<T>,
) => Promise<KubeResult<T>>

/** How the requests of a client come to an answer: not at all, late, refused by RBAC, or as they should. */
export function callsOf(options: MemoryClientOptions): MemoryCall {
  const { user = 'admin', rules, intercept } = options

  const denied = ({ resource, subresource, verb, name, namespace }: KubeRequest) => {
    const asked = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`
    const access = { verb, group: resource.group, resource: asked, ...(name && { name }) }
    if (rules === undefined || allows(rules, access)) return undefined
    const where =
      namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`
    const what = `${verb} resource "${asked}" in API group "${resource.group}" ${where}`
    return refusal('forbidden', `${asked} is forbidden: User "${user}" cannot ${what}`)
  }

  return async (request, { signal }, answer) => {
    const fault = await intercept?.({ ...request, user })
    if (signal?.aborted === true) return refusal('aborted', 'the caller gave up')
    if (fault?.when === 'before') return { ok: false, error: fault.error }
    const result = denied({ ...request, user }) ?? answer()
    return fault === undefined ? result : { ok: false, error: fault.error }
  }
}

/** An answer that says no. */
export function refusal(
  reason: KubeError['reason'],
  message: string,
): { ok: false; error: KubeError } {
  return { ok: false, error: { reason, message } }
}

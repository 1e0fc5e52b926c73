import { z } from 'zod'
import type { ClusterAccess } from './access.ts'
import type { KubeApi, KubeObject, KubeResult, Page, Resource, Selection } from './api.ts'
import { type HttpRequest, httpTransport } from './http-transport.ts'
import { watchEvents } from './http-watch.ts'
import { kubeObject } from './kube-object.ts'
import { apiVersionOf, pathOf, PODS } from './resources.ts'

const listSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().optional() }),
  items: z
    .array(kubeObject)
    .nullish()
    .transform((items) => items ?? []),
})

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const

/** A client of an API server over HTTPS. Dispose it to close its connections. */
export function connectKube(access: ClusterAccess): KubeApi & Disposable {
  const transport = httpTransport(access)

  /** Items of a list say neither kind nor version (they are those of the list). */
  const named = (resource: Resource, object: KubeObject): KubeObject => ({
    ...object,
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
  })

  const one = async (
    request: HttpRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<KubeResult<KubeObject>> => parsed(await transport.send(request, options), kubeObject)

  const done = async (
    request: HttpRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<KubeResult<undefined>> => {
    const result = await transport.send(request, options)
    return result.ok ? { ok: true, value: undefined } : result
  }

  return {
    get: ({ resource, namespace, name }, options) =>
      one({ method: 'GET', path: pathOf(resource, namespace, name) }, options),
    list: async (resource, query, options) => {
      const path = withQuery(pathOf(resource, query.namespace), query)
      const list = parsed(await transport.send({ method: 'GET', path }, options), listSchema)
      if (!list.ok) return list
      const { items, metadata } = list.value
      const next = metadata.continue ?? ''
      return {
        ok: true,
        value: {
          items: items.map((item) => named(resource, item)),
          resourceVersion: metadata.resourceVersion,
          ...(next !== '' && { continue: next }),
        },
      }
    },
    watch: (resource, query, signal) =>
      watchEvents(transport, withQuery(pathOf(resource, query.namespace), query), signal),
    create: (resource, object, options) =>
      one(
        {
          method: 'POST',
          path: pathOf(resource, object.metadata.namespace),
          body: named(resource, object),
        },
        options,
      ),
    replace: (resource, object, { subresource, ...options }) => {
      const { name, namespace } = object.metadata
      const path = withSub(pathOf(resource, namespace, name), subresource)
      return one({ method: 'PUT', path, body: named(resource, object) }, options)
    },
    patch: ({ resource, namespace, name }, body, { subresource, kind, ...options }) => {
      const path = withSub(pathOf(resource, namespace, name), subresource)
      return one({ method: 'PATCH', path, body, contentType: PATCH_TYPES[kind] }, options)
    },
    delete: ({ resource, namespace, name }, { uid, gracePeriodSeconds, ...options }) => {
      const body = deleteOptions(uid, gracePeriodSeconds)
      return done({ method: 'DELETE', path: pathOf(resource, namespace, name), body }, options)
    },
    evict: ({ namespace, name, uid }, options) => {
      const path = `${pathOf(PODS, namespace, name)}/eviction`
      const body = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name, namespace },
        deleteOptions: deleteOptions(uid),
      }
      return done({ method: 'POST', path, body }, options)
    },
    [Symbol.dispose]: () => {
      transport[Symbol.dispose]()
    },
  }
}

function deleteOptions(uid?: string, gracePeriodSeconds?: number) {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(uid !== undefined && { preconditions: { uid } }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
  }
}

function withSub(path: string, subresource: string | undefined): string {
  return subresource === undefined ? path : `${path}/${subresource}`
}

function withQuery(
  path: string,
  {
    labelSelector,
    fieldSelector,
    ...query
  }: Selection & Page & { readonly resourceVersion?: string },
): string {
  const entries = {
    labelSelector,
    fieldSelector,
    limit: query.limit,
    continue: query.continue,
    resourceVersion: query.resourceVersion,
  }
  const words = Object.entries(entries).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  )
  return words.length === 0 ? path : `${path}?${words.join('&')}`
}

/** An answer by its schema; one that is none is a fault of the server, or of something before it. */
function parsed<T>(result: KubeResult<unknown>, schema: z.ZodType<T>): KubeResult<T> {
  if (!result.ok) return result
  const value = schema.safeParse(result.value)
  if (value.success) return { ok: true, value: value.data }
  const { path, message } = value.error.issues[0] ?? { path: [], message: 'not valid' }
  const text = `the answer is not that of an API server: ${path.join('.')}: ${message}`
  return { ok: false, error: { reason: 'server-error', message: text } }
}

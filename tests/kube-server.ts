import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type {
  KubeApi,
  KubeError,
  KubeObject,
  KubeResult,
  Resource,
} from '../packages/fairlead/src/kube/api.ts'
import type {
  MemoryApiServer,
  MemoryClientOptions,
} from '../packages/fairlead/src/kube/memory-api.ts'
import {
  CONFIG_MAPS,
  EVENTS,
  LEASES,
  NODES,
  pathOf,
  POD_DISRUPTION_BUDGETS,
  PODS,
} from '../packages/fairlead/src/kube/resources.ts'

/** An API server in memory that is spoken to over a socket. */
export interface KubeServer extends AsyncDisposable {
  readonly url: string
  /** Cuts every connection, as a load balancer or a network does. */
  readonly dropConnections: () => void
  /** Every request so far: method and path with its query. */
  readonly requests: readonly string[]
}

/** Serves `memory` on a port of its own, to whoever shows one of the tokens. */
export async function serveKube(
  memory: MemoryApiServer,
  options: {
    readonly tokens?: Readonly<Record<string, MemoryClientOptions>>
    readonly resources?: readonly Resource[]
    readonly tls?: { readonly key: string; readonly cert: string }
    readonly port?: number
  } = {},
): Promise<KubeServer> {
  const { tokens, tls } = options
  const resources = [
    NODES,
    PODS,
    EVENTS,
    CONFIG_MAPS,
    LEASES,
    POD_DISRUPTION_BUDGETS,
    ...(options.resources ?? []),
  ]
  const requests: string[] = []
  const listener: http.RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const who = tokens === undefined ? {} : tokens[token]
    if (who === undefined) {
      answer(response, { ok: false, error: { reason: 'unauthorized', message: 'Unauthorized' } })
      return
    }
    void serve(memory.client(who), resources, request, response)
  }
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener)
  const sockets = new Set<{ destroy: () => void }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    dropConnections,
    [Symbol.asyncDispose]: async () => {
      server.close()
      dropConnections()
      await once(server, 'close')
    },
  }
}

async function serve(
  api: KubeApi,
  resources: readonly Resource[],
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '', 'http://x')
  const target = targetOf(url.pathname, resources)
  const notFound = { ok: false, error: { reason: 'not-found', message: 'no such path' } } as const
  if (target === undefined) return answer(response, notFound)
  const { resource, namespace, name, sub } = target
  const within = namespace === undefined ? {} : { namespace }
  const call = { timeoutMs: 10_000 }
  const selection = {
    ...within,
    labelSelector: url.searchParams.get('labelSelector') ?? '',
    fieldSelector: url.searchParams.get('fieldSelector') ?? '',
  }
  const text = await bodyOf(request)
  // What the own client sends.
  const body = (text === '' ? {} : JSON.parse(text)) as KubeObject
  const subresource = sub === 'status' ? ({ subresource: sub } as const) : {}
  if (name === undefined && url.searchParams.get('watch') === 'true') {
    const resourceVersion = url.searchParams.get('resourceVersion') ?? '0'
    return stream(api, resource, { ...selection, resourceVersion }, response)
  }
  if (name === undefined && request.method === 'GET') {
    const limit = url.searchParams.get('limit')
    const token = url.searchParams.get('continue')
    const page = { ...(limit && { limit: Number(limit) }), ...(token && { continue: token }) }
    const list = await api.list(resource, { ...selection, ...page }, call)
    if (!list.ok) return answer(response, list)
    const { items, resourceVersion, continue: next } = list.value
    const metadata = { resourceVersion, continue: next }
    const bare = items.map((item) => ({ ...item, apiVersion: undefined, kind: undefined }))
    return answer(response, { ok: true, value: { metadata, items: bare } })
  }
  if (name === undefined) return answer(response, await api.create(resource, body, call))
  const ref = { resource, ...within, name }
  const options = (body['deleteOptions'] ?? body) as {
    readonly preconditions?: { readonly uid: string }
    readonly gracePeriodSeconds?: number
  }
  const uid = options.preconditions?.uid
  switch (request.method) {
    case 'GET':
      return answer(response, await api.get(ref, call))
    case 'PUT':
      return answer(response, await api.replace(resource, body, { ...call, ...subresource }))
    case 'PATCH': {
      const isStrategic = request.headers['content-type']?.includes('strategic') === true
      const kind = isStrategic ? 'strategic' : 'merge'
      return answer(response, await api.patch(ref, body, { ...call, ...subresource, kind }))
    }
    case 'POST': {
      const pod = { namespace: namespace ?? '', name, ...(uid !== undefined && { uid }) }
      return answer(response, await api.evict(pod, call))
    }
    default: {
      const { gracePeriodSeconds: grace } = options
      const how = {
        ...(uid !== undefined && { uid }),
        ...(grace !== undefined && { gracePeriodSeconds: grace }),
      }
      return answer(response, await api.delete(ref, { ...call, ...how }))
    }
  }
}

async function stream(
  api: KubeApi,
  resource: Resource,
  query: Parameters<KubeApi['watch']>[1],
  response: http.ServerResponse,
): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  for await (const event of api.watch(resource, query, closed.signal)) {
    const object =
      event.type === 'bookmark'
        ? { metadata: { resourceVersion: event.resourceVersion } }
        : event.type === 'failed'
          ? statusOf(event.error)
          : event.object
    const type = event.type === 'failed' ? 'ERROR' : event.type.toUpperCase()
    response.write(`${JSON.stringify({ type, object })}\n`)
  }
  response.end()
}

function answer(response: http.ServerResponse, result: KubeResult<unknown>): void {
  const status = result.ok ? 200 : statusOf(result.error).code
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(result.ok ? (result.value ?? {}) : statusOf(result.error)))
}

const STATUSES: Readonly<Partial<Record<KubeError['reason'], readonly [string, number]>>> = {
  'not-found': ['NotFound', 404],
  'already-exists': ['AlreadyExists', 409],
  conflict: ['Conflict', 409],
  forbidden: ['Forbidden', 403],
  unauthorized: ['Unauthorized', 401],
  invalid: ['Invalid', 422],
  gone: ['Expired', 410],
  throttled: ['TooManyRequests', 429],
  'disruption-budget': ['TooManyRequests', 429],
}

/** meta/v1 Status. */
function statusOf({ reason, message, retryAfterMs }: KubeError) {
  const [word, code] = STATUSES[reason] ?? ['InternalError', 500]
  const details = {
    ...(reason === 'disruption-budget' && { causes: [{ reason: 'DisruptionBudget' }] }),
    ...(retryAfterMs !== undefined && { retryAfterSeconds: retryAfterMs / 1000 }),
  }
  return { kind: 'Status', status: 'Failure', reason: word, code, message, details }
}

interface Target {
  readonly resource: Resource
  readonly namespace?: string
  readonly name?: string
  readonly sub?: string
}

function targetOf(path: string, resources: readonly Resource[]): Target | undefined {
  for (const resource of resources) {
    const collection = pathOf(resource).split('/').slice(1)
    const plural = collection.pop() ?? ''
    const words = path.split('/').slice(1).map(decodeURIComponent)
    if (collection.some((word, index) => words[index] !== word)) continue
    const rest = words.slice(collection.length)
    const isWithin = resource.namespaced && rest[0] === 'namespaces'
    const namespace = isWithin ? rest.splice(0, 2)[1] : undefined
    const [found, name, sub] = rest
    if (found !== plural) continue
    return {
      resource,
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
      ...(sub !== undefined && { sub }),
    }
  }
  return undefined
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += String(chunk)
  return text
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TEXT_FORMAT } from './exposition.ts'

/** What is answered: each line of a probe is one thing that it looked at. */
export interface Answers {
  readonly metrics: () => string
  /** Whether the program itself goes on; kubelet's liveness probe asks for it. */
  readonly healthz: () => Checks
  /** Whether it does what it is for; kubelet's readiness probe asks for it. */
  readonly readyz: () => Checks
}

/** Each check by its name: undefined where it is passed, otherwise what is wrong. */
export type Checks = ReadonlyMap<string, string | undefined>

/** A server that answers. */
export interface RunningHttp extends AsyncDisposable {
  readonly address: string
}

/** Neither Prometheus nor kubelet asks for more at once, and nobody has reason to be slow. */
const CONNECTIONS_MAX = 16
const REQUEST_TIMEOUT_MS = 5_000
/** How often is looked whether one takes longer; Node.js looks every 30 s, which is longer than kubelet's patience. */
const CHECK_EVERY_MS = 1_000

/** Answers `/metrics`, `/healthz` and `/readyz` on `host:port`. Rejects where it cannot listen there. */
export async function serveHttp(address: string, answers: Answers): Promise<RunningHttp> {
  const times = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  }
  const server = createServer(times, (request, response) => {
    answer(request, response, answers)
  })
  server.maxConnections = CONNECTIONS_MAX
  const { host, port } = partsOf(address)
  server.listen(port, host)
  await once(server, 'listening')
  // A TCP server has such an address.
  const bound = server.address() as AddressInfo
  return {
    address: `${host}:${bound.port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, answers: Answers): void {
  const path = (request.url ?? '').split('?')[0]
  const send = (status: number, text: string, type = 'text/plain; charset=utf-8') => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return send(405, 'only GET and HEAD\n')
  }
  switch (path) {
    case '/metrics':
      return send(200, answers.metrics(), TEXT_FORMAT)
    case '/healthz':
    case '/readyz': {
      const checks = path === '/healthz' ? answers.healthz() : answers.readyz()
      const isFine = [...checks.values()].every((problem) => problem === undefined)
      return send(isFine ? 200 : 503, checksText(checks))
    }
    default:
      return send(404, 'there are /metrics, /healthz and /readyz\n')
  }
}

/** As the API server writes it: `[+]name ok`. */
function checksText(checks: Checks): string {
  return [...checks]
    .map(([name, problem]) => (problem === undefined ? `[+]${name} ok` : `[-]${name}: ${problem}`))
    .map((line) => `${line}\n`)
    .join('')
}

/** `127.0.0.1:9809`, `[::1]:9809`; `httpAddress` has checked it. */
function partsOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(address.slice(colon + 1)) }
}

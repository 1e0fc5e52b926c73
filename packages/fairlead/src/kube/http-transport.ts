import http from 'node:http'
import https from 'node:https'
import { messageOf, systemCodeOf } from '../errors.ts'
import { jsonOrUndefined } from '../json.ts'
import type { ClusterAccess } from './access.ts'
import type { KubeError, KubeResult } from './api.ts'
import { answeredError } from './http-errors.ts'

/** A request as it goes over the wire. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
  readonly contentType?: string
}

/** Requests to one API server, over connections that are kept. */
export interface HttpTransport extends Disposable {
  /** The head of the answer; its body is still to be read. Throws where there is none. */
  readonly open: (request: HttpRequest, signal: AbortSignal) => Promise<http.IncomingMessage>
  /** The whole answer, as a value. */
  readonly send: (
    request: HttpRequest,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<KubeResult<unknown>>
}

/** The largest answer that is read; a page of 500 nodes has 10 MB. */
const ANSWER_BYTES_MAX = 128 * 1024 * 1024
const IDLE_SOCKETS_MAX = 4

/** Makes a transport; it connects at the first request. */
export function httpTransport(access: ClusterAccess): HttpTransport {
  const server = new URL(access.server)
  const module = server.protocol === 'http:' ? http : https
  const agent = new module.Agent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS_MAX })

  const openOnce = async (
    { method, path, body, contentType = 'application/json' }: HttpRequest,
    { signal, refused }: { readonly signal: AbortSignal; readonly refused: boolean },
  ): Promise<http.IncomingMessage> => {
    const { token, cert, key } = await access.credentials({ refused, signal })
    const text = body === undefined ? undefined : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const request = module.request(`${access.server}${path}`, {
        method,
        agent,
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': 'fairlead',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(text !== undefined && {
            'content-type': contentType,
            'content-length': Buffer.byteLength(text),
          }),
        },
        ...(access.ca !== undefined && { ca: access.ca }),
        ...(access.insecureSkipTlsVerify === true && { rejectUnauthorized: false }),
        ...(access.tlsServerName !== undefined && { servername: access.tlsServerName }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      })
      request.once('response', resolve)
      request.once('error', reject)
      request.end(text)
    })
  }

  const open: HttpTransport['open'] = async (request, signal) => {
    const first = await openOnce(request, { signal, refused: false })
    if (first.statusCode !== 401) return first
    // The token may have been replaced, or have expired, since it was got.
    first.resume()
    return openOnce(request, { signal, refused: true })
  }

  return {
    open,
    send: async (request, { timeoutMs, signal }) => {
      const late = AbortSignal.timeout(timeoutMs)
      const ends = signal === undefined ? late : AbortSignal.any([late, signal])
      try {
        const response = await open(request, ends)
        const text = await readAll(response)
        const status = response.statusCode ?? 0
        const value = jsonOrUndefined(text)
        if (status >= 200 && status < 300) return { ok: true, value }
        return { ok: false, error: answeredError(status, value, response.headers['retry-after']) }
      } catch (thrown) {
        const what = `${request.method} ${server.origin}${request.path.replace(/\?.*/, '')}`
        if (signal?.aborted === true) return failed('aborted', `${what}: the caller gave up`)
        if (late.aborted) return failed('deadline', `${what}: no answer within ${timeoutMs} ms`)
        return failed('unreachable', `${what}: ${connectionText(thrown)}`)
      }
    },
    [Symbol.dispose]: () => {
      agent.destroy()
    },
  }
}

/** Why there is no answer; Node's message for a name with several addresses is empty. */
export function connectionText(thrown: unknown): string {
  return messageOf(thrown) || systemCodeOf(thrown) || 'no connection'
}

function failed(reason: KubeError['reason'], message: string): { ok: false; error: KubeError } {
  return { ok: false, error: { reason, message } }
}

/** The whole body; throws where it ends early. */
export async function readAll(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    // A stream without an encoding gives buffers.
    const bytes = chunk as Buffer
    length += bytes.length
    if (length > ANSWER_BYTES_MAX)
      throw new Error(`the answer is longer than ${ANSWER_BYTES_MAX} B`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

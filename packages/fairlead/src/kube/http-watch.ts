import { createInterface } from 'node:readline'
import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import type { KubeError, WatchEvent } from './api.ts'
import { answeredError } from './http-errors.ts'
import { connectionText, type HttpTransport, readAll } from './http-transport.ts'
import { kubeObject } from './kube-object.ts'

/** How long a watch lasts; then the server ends it. */
const WATCH_SECONDS = 180
/** A connection that is dead without saying so is given up after this. */
const LATE_MS = 15_000

const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: kubeObject }),
  z.object({
    type: z.literal('BOOKMARK'),
    object: z.object({ metadata: z.object({ resourceVersion: z.string() }) }),
  }),
  z.object({ type: z.literal('ERROR'), object: z.unknown() }),
])

const TYPES = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const

/** The events of a watch (Kubernetes API concepts, "Efficient detection of changes"): a line of JSON each. */
export async function* watchEvents(
  transport: HttpTransport,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, undefined> {
  const late = AbortSignal.timeout(WATCH_SECONDS * 1000 + LATE_MS)
  const ends = AbortSignal.any([signal, late])
  try {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}`
    const response = await transport.open(
      { method: 'GET', path: `${path}${path.includes('?') ? '&' : '?'}${query}` },
      ends,
    )
    if (response.statusCode !== 200) {
      const body = jsonOrUndefined(await readAll(response))
      const { statusCode = 0, headers } = response
      yield { type: 'failed', error: answeredError(statusCode, body, headers['retry-after']) }
      return
    }
    // The interface does not pass on the end of a connection in the middle of an answer.
    let broken: unknown
    response.once('error', (error) => {
      broken = error
    })
    try {
      for await (const line of createInterface({ input: response })) {
        const event = eventOf(line)
        yield event
        if (event.type === 'failed') return
      }
    } finally {
      // Left open, its end would be an error that nobody takes, and the end of the process.
      if (!response.complete) response.destroy()
    }
    if (!response.complete) throw broken ?? new Error('the connection ended')
  } catch (thrown) {
    if (signal.aborted) return
    const text = late.aborted ? 'the server did not end the watch in time' : connectionText(thrown)
    yield {
      type: 'failed',
      error: unreachable(`the watch of ${path.replace(/\?.*/, '')}: ${text}`),
    }
  }
}

function eventOf(line: string): WatchEvent {
  const parsed = lineSchema.safeParse(jsonOrUndefined(line))
  if (!parsed.success) {
    // The last line of a connection that ends may be cut off.
    return { type: 'failed', error: unreachable(`no event of a watch: ${line.slice(0, 80)}`) }
  }
  const event = parsed.data
  switch (event.type) {
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: event.object.metadata.resourceVersion }
    case 'ERROR':
      return { type: 'failed', error: answeredError(500, event.object) }
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: TYPES[event.type], object: event.object }
  }
}

function unreachable(message: string): KubeError {
  return { reason: 'unreachable', message }
}

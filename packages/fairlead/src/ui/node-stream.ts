import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../ports.ts'
import type { NodeWatch } from './node-watch.ts'

/** What a stream takes of the watch. */
type Watched = Pick<NodeWatch, 'updateSince' | 'sinceMs'>

const UPDATE_EVERY_MS = 1_000
/** A page that takes nothing for so long has gone; it comes back by itself where it has not. */
const STUCK_AFTER_MS = 30_000
/** How long a page waits before it comes back. */
const RETRY_MS = 2_000

/**
 * Tells a page of the node once a second, as server-sent events. A page that comes back says what it has
 * (Last-Event-ID) and gets the rest. To one that is slow the next update is the sum of those it missed.
 */
export function streamNode(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly watch: Watched; readonly clock: Clock; readonly signal: AbortSignal },
): void {
  response.setHeader('content-type', 'text/event-stream')
  response.write(`retry: ${RETRY_MS}\n\n`)
  void writeUpdates(String(request.headers['last-event-id'] ?? ''), response, options)
}

async function writeUpdates(
  lastEventId: string,
  response: ServerResponse,
  {
    watch,
    clock,
    signal,
  }: { readonly watch: Watched; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => {
    closed.abort()
  })
  const ends = AbortSignal.any([signal, closed.signal])
  let number = numberIn(lastEventId, watch.sinceMs)
  let takenMs = clock.now()
  while (!ends.aborted && clock.now() - takenMs < STUCK_AFTER_MS) {
    if (!response.writableNeedDrain) {
      const { update, upTo } = watch.updateSince(number)
      response.write(`id: ${watch.sinceMs}-${upTo}\ndata: ${JSON.stringify(update)}\n\n`)
      number = upTo
      takenMs = clock.now()
    }
    await clock.sleep(UPDATE_EVERY_MS, ends).catch(() => {
      // The signal ends the loop.
    })
  }
  response.destroy()
}

/** The number in the id of an event of this watch; 0 for one of an earlier watch, and for none. */
function numberIn(eventId: string, sinceMs: number): number {
  const [since, number] = eventId.split('-').map(Number)
  return since === sinceMs && number !== undefined && Number.isSafeInteger(number) ? number : 0
}

import { once } from 'node:events'
import { createServer, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import { LiveTrace } from './live-trace.ts'
import { streamNode } from './node-stream.ts'

const node = { hostname: 'n', socketPath: '/cri.sock', sinceMs: 4711 }

let trace: LiveTrace
let server: Server
let ends: AbortController
/** Lets the next update be written. */
let next: () => void

beforeEach(async () => {
  trace = new LiveTrace()
  ends = new AbortController()
  const watch = {
    sinceMs: node.sinceMs,
    updateSince: (number: number) => {
      const since = number === 0 ? undefined : trace.since(number)
      const isWhole = since === undefined
      const update = { atMs: 0, isWhole, events: since ?? trace.events, open: [], node }
      return { update, upTo: trace.count }
    },
  }
  const clock = {
    ...systemClock,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        next = resolve
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  server = createServer((request, response) => {
    streamNode(request, response, { watch, clock, signal: ends.signal })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  ends.abort()
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

/** A page that says which event it had last; resolves to what it is told one after the other. */
async function follow(lastEventId?: string) {
  const { port } = server.address() as AddressInfo
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  const request = get({ host: '127.0.0.1', port, headers })
  const [response]: readonly IncomingMessage[] = await once(request, 'response')
  let text = ''
  response?.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  let told = 0
  return {
    response,
    update: async () => {
      for (;;) {
        const messages = [...text.matchAll(/^id: (\S+)\ndata: (.*)\n\n/gm)]
        const [, id = '', data = ''] = messages[told] ?? []
        if (id !== '') {
          told += 1
          return { id, ...JSON.parse(data) }
        }
        await once(response ?? request, 'data')
      }
    },
  }
}

function file(name: string) {
  return { type: 'conf', atMs: 1, file: name, sizeBytes: 1 } as const
}

test('a page is told everything first, and then what is new', async () => {
  trace.write(file('a'))
  const page = await follow()
  expect(page.response?.headers['content-type']).toBe('text/event-stream')
  expect(await page.update()).toMatchObject({ id: '4711-1', isWhole: true, events: [file('a')] })
  trace.write(file('b'))
  next()
  expect(await page.update()).toMatchObject({ id: '4711-2', isWhole: false, events: [file('b')] })
})

test('a page that comes back gets what it has missed', async () => {
  for (const name of ['a', 'b', 'c']) trace.write(file(name))
  const page = await follow('4711-1')
  expect(await page.update()).toMatchObject({
    isWhole: false,
    events: [file('b'), file('c')],
  })
})

test.each(['4710-1', '4711-9', '4711-x', 'x', ''])(
  'a page that comes back with %j, which is of no event here, begins anew',
  async (lastEventId) => {
    trace.write(file('a'))
    const page = await follow(lastEventId)
    expect(await page.update()).toMatchObject({ isWhole: true, events: [file('a')] })
  },
)

test('the stream ends with the server', async () => {
  const page = await follow()
  await page.update()
  ends.abort()
  await expect(once(page.response ?? server, 'end')).rejects.toThrow('aborted')
})

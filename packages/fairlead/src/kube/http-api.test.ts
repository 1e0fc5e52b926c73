import { readFile } from 'node:fs/promises'
import http from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kubeContract } from '../../../../tests/kube-contract.ts'
import { type KubeServer, serveKube } from '../../../../tests/kube-server.ts'
import { randomOf } from '../random.ts'
import { systemClock, waitUntil } from '../ports.ts'
import type { ClusterAccess, Credentials } from './access.ts'
import type { KubeApi, WatchEvent } from './api.ts'
import { connectKube } from './http-api.ts'
import { MemoryApiServer } from './memory-api.ts'
import { createReflector } from './reflector.ts'
import { LEASES, NODES } from './resources.ts'

const CALL = { timeoutMs: 5_000 }
const newServer = () => new MemoryApiServer({ wallMs: () => Date.now() })
const fixture = (name: string) =>
  readFile(new URL(`../../../../tests/tls/${name}`, import.meta.url), 'utf8')

describe('an API server behind a socket', () => {
  let server: KubeServer
  let api: KubeApi & Disposable

  beforeAll(async () => {
    server = await serveKube(newServer())
    api = connectKube(accessTo(server.url))
  })
  afterAll(async () => {
    api[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
  })

  kubeContract(() => api)
})

test('only a server whose certificate is of the given authority is spoken to', async () => {
  const [key, cert] = await Promise.all([fixture('key.pem'), fixture('cert.pem')])
  await using server = await serveKube(newServer(), { tls: { key, cert } })
  using trusting = connectKube({ ...accessTo(server.url), ca: cert })
  expect(await trusting.list(NODES, {}, CALL)).toMatchObject({ ok: true })
  using careful = connectKube(accessTo(server.url))
  expect(await careful.list(NODES, {}, CALL)).toMatchObject({
    error: { reason: 'unreachable', message: expect.stringContaining('certificate') },
  })
  using careless = connectKube({ ...accessTo(server.url), insecureSkipTlsVerify: true })
  expect(await careless.list(NODES, {}, CALL)).toMatchObject({ ok: true })
})

test('a token that is refused is got anew, once', async () => {
  await using server = await serveKube(newServer(), { tokens: { new: {} } })
  const asked: boolean[] = []
  using api = connectKube(
    accessTo(server.url, ({ refused }) => {
      asked.push(refused)
      return { token: refused ? 'new' : 'old' }
    }),
  )
  expect(await api.list(NODES, {}, CALL)).toMatchObject({ ok: true })
  expect(asked).toEqual([false, true])
  using never = connectKube(accessTo(server.url, () => ({ token: 'old' })))
  expect(await never.list(NODES, {}, CALL)).toMatchObject({ error: { reason: 'unauthorized' } })
})

test('a server that is not there, and one that does not answer, are told apart', async () => {
  using away = connectKube(accessTo('http://127.0.0.1:1'))
  expect(await away.list(NODES, {}, CALL)).toEqual({
    ok: false,
    error: {
      reason: 'unreachable',
      message: 'GET http://127.0.0.1:1/api/v1/nodes: connect ECONNREFUSED 127.0.0.1:1',
    },
  })
  await using silent = await raw(() => {})
  using api = connectKube(accessTo(silent.url))
  expect(await api.list(NODES, {}, { timeoutMs: 50 })).toMatchObject({
    error: { reason: 'deadline', message: expect.stringContaining('no answer within 50 ms') },
  })
})

test('what answers and is no API server is told as that', async () => {
  await using proxy = await raw((_, response) => {
    response.writeHead(502).end('<h1>Bad Gateway</h1>')
  })
  using api = connectKube(accessTo(proxy.url))
  expect(await api.list(NODES, {}, CALL)).toMatchObject({
    error: { reason: 'server-error', message: 'the API server answered with 502' },
  })
  await using page = await raw((_, response) => response.end('<h1>Hello</h1>'))
  using other = connectKube(accessTo(page.url))
  expect(await other.list(NODES, {}, CALL)).toMatchObject({ error: { reason: 'server-error' } })
})

test('how long a server that is busy wants to be left alone is passed on', async () => {
  await using busy = await raw((_, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end('too many requests')
  })
  using api = connectKube(accessTo(busy.url))
  expect(await api.get({ resource: NODES, name: 'a' }, CALL)).toMatchObject({
    error: { reason: 'throttled', retryAfterMs: 7_000 },
  })
})

test('events of a watch arrive whole, however they are cut on the way', async () => {
  const event = { type: 'ADDED', object: { metadata: { name: 'ä€😀' }, spec: {} } }
  const bytes = Buffer.from(`${JSON.stringify(event)}\n${JSON.stringify(event)}\n`)
  await using server = await raw((_, response) => {
    void writeByteByByte(response, bytes)
  })
  using api = connectKube(accessTo(server.url))
  const events = await all(watchNodes(api))
  expect(events.map((one) => 'object' in one && one.object.metadata.name)).toEqual(['ä€😀', 'ä€😀'])
})

test('a watch whose connection is cut fails; one that the server ends does not', async () => {
  const memory = newServer()
  await using server = await serveKube(memory)
  using api = connectKube(accessTo(server.url))
  memory.seed(NODES, { metadata: { name: 'a' } })
  const cut: WatchEvent['type'][] = []
  for await (const event of watchNodes(api)) {
    cut.push(event.type)
    server.dropConnections()
  }
  expect(cut).toEqual(['added', 'failed'])
  const ended: WatchEvent['type'][] = []
  for await (const event of watchNodes(api)) {
    ended.push(event.type)
    memory.store.endWatches()
  }
  expect(ended).toEqual(['added'])
})

test('a watch that nobody reads any more ends its connection', async () => {
  let isClosed = false
  await using server = await raw((_, response) => {
    response.once('close', () => {
      isClosed = true
    })
    response.write('{"type":"ADDED","object":{"metadata":{"name":"a"}}}\n')
  })
  using api = connectKube(accessTo(server.url))
  for await (const event of watchNodes(api)) {
    expect(event.type).toBe('added')
    break
  }
  await until(() => isClosed)
})

test('an event that is cut off is no event', async () => {
  await using server = await raw((_, response) => {
    response.write('{"type":"ADDED","object":{"metadata":{"na')
    response.end()
  })
  using api = connectKube(accessTo(server.url))
  expect(await all(watchNodes(api))).toMatchObject([{ type: 'failed' }])
})

test('a reflector knows the last state through connections that drop and a server that restarts', async () => {
  const memory = newServer()
  let server = await serveKube(memory)
  const port = Number(new URL(server.url).port)
  using api = connectKube(accessTo(server.url))
  const reflector = createReflector(
    NODES,
    {},
    { api, clock: systemClock, random: { below: () => 0 }, onEvent: () => {} },
  )
  const stop = new AbortController()
  const running = reflector.run(stop.signal)
  await until(() => reflector.isSynced())
  const random = randomOf(7)
  for (let n = 0; n < 60; n++) {
    memory.seed(NODES, { metadata: { name: `n${random.below(10)}`, labels: { n: String(n) } } })
    if (n % 20 === 5) server.dropConnections()
    if (n === 30) {
      await server[Symbol.asyncDispose]()
      memory.store.compact()
      server = await serveKube(memory, { port })
    }
    await new Promise(setImmediate)
  }
  const last = () => JSON.stringify([...memory.store.objects(NODES).values()].map(labels).sort())
  const seen = () => JSON.stringify([...reflector.objects().values()].map(labels).sort())
  await until(() => seen() === last())
  expect(seen()).toBe(last())
  stop.abort()
  await running
  await server[Symbol.asyncDispose]()
})

test('names are escaped on the way, and a server behind a path is found', async () => {
  const paths: (string | undefined)[] = []
  await using server = await raw((request, response) => {
    paths.push(request.url)
    response.end('{}')
  })
  using api = connectKube(accessTo(`${server.url}/k8s/clusters/c-1`))
  await api.get({ resource: LEASES, namespace: 'a/b', name: '?' }, CALL)
  await api.list(NODES, { labelSelector: 'a in (b,c)', limit: 3 }, CALL)
  expect(paths).toEqual([
    '/k8s/clusters/c-1/apis/coordination.k8s.io/v1/namespaces/a%2Fb/leases/%3F',
    '/k8s/clusters/c-1/api/v1/nodes?labelSelector=a%20in%20(b%2Cc)&limit=3',
  ])
})

function accessTo(
  server: string,
  credentials: (how: { readonly refused: boolean }) => Credentials = () => ({}),
): ClusterAccess {
  return { server, credentials: async (how) => credentials(how) }
}

function watchNodes(api: KubeApi) {
  return api.watch(NODES, { resourceVersion: '0' }, AbortSignal.timeout(5_000))
}

function labels({ metadata }: { metadata: { name: string; labels?: unknown } }): string {
  return JSON.stringify([metadata.name, metadata.labels])
}

async function all(watch: AsyncIterable<WatchEvent>): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = []
  for await (const event of watch) events.push(event)
  return events
}

async function writeByteByByte(response: http.ServerResponse, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    response.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  response.end()
}

async function until(ready: () => boolean): Promise<void> {
  const inTime = await waitUntil(ready, { clock: systemClock, everyMs: 5, timeoutMs: 20_000 })
  expect(inTime).toBe(true)
}

async function raw(listener: http.RequestListener) {
  const server = http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

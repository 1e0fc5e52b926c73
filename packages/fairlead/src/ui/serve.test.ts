import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import { NodeWatch } from './node-watch.ts'
import { Runs } from './runs.ts'
import { serveUi, type UiServer } from './serve.ts'

const { signal } = new AbortController()
let folder: string
let server: UiServer
let url: URL

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-ui-'))
  const node = { socketPath: '/nowhere', agentFile: '/nowhere', confDir: undefined }
  server = await serveUi({
    port: 0,
    watch: new NodeWatch({ ...node, clock: systemClock, signal }),
    runs: new Runs([folder]),
    connect: () => Promise.reject(new Error('there is no cluster')),
    clock: systemClock,
    signal,
  })
  url = new URL(server.url)
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** The status and headers of an answer to a request as it is written. */
function ask(target: string, headers: http.OutgoingHttpHeaders = {}, method = 'GET') {
  return new Promise<{ status: number | undefined; headers: http.IncomingHttpHeaders }>(
    (resolve, reject) => {
      const options = { host: url.hostname, port: url.port, path: target, headers, method }
      const asking = http.request(options, (response) => {
        response.resume()
        resolve({ status: response.statusCode, headers: response.headers })
      })
      asking.on('error', reject)
      asking.end()
    },
  )
}

const token = () => url.searchParams.get('token') ?? ''
const cookie = () => `fairlead-ui-${url.port}=${token()}`

test('it listens on loopback only', () => {
  expect(url.hostname).toBe('127.0.0.1')
})

test.each(['//', '//evil.example/', 'http://[', '/\\', '*'])(
  'the address %s, which is none, is refused as such, and not by a failure',
  async (target) => {
    const { status } = await ask(target, { cookie: cookie() })
    expect([400, 404]).toContain(status)
  },
)

test.each(['/', '/ui.js', '/api/node', '/api/runs', '/api/upgrades', '/nothing', '/?token='])(
  '%s says nothing to whoever has no token',
  async (target) => {
    expect((await ask(target)).status).toBe(401)
    const wrong = 'x'.repeat(token().length)
    expect((await ask(target, { cookie: `fairlead-ui-${url.port}=${wrong}` })).status).toBe(401)
  },
)

test('a page of another name gets nothing, whatever it has found out', async () => {
  for (const host of ['evil.example', `evil.example:${url.port}`, 'localhost.evil.example']) {
    const { status, headers } = await ask(`/?token=${token()}`, { host, cookie: cookie() })
    expect([host, status, headers['set-cookie']]).toEqual([host, 403, undefined])
  }
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'])(
  '%s changes nothing here',
  async (method) => {
    expect((await ask('/api/runs', { cookie: cookie() }, method)).status).toBe(405)
  },
)

test.each([
  '/api/runs/..',
  '/api/runs/%2e%2e',
  '/api/runs/x/..%2f..%2fetc%2fpasswd/trace',
  '/api/runs/%00/a/log',
  '/../../etc/passwd',
  '/ui.js/../../package.json',
  '/api/runs/%',
])('%s leads nowhere', async (target) => {
  expect((await ask(target, { cookie: cookie() })).status).toBe(404)
})

test('the token leads to a page of its own server, whatever the address says', async () => {
  for (const target of [`/?token=${token()}`, `/evil.example?token=${token()}`]) {
    expect((await ask(target)).headers.location).toBe('/')
  }
})

test('a header longer than 16 KB is refused', async () => {
  expect((await ask('/', { cookie: 'x'.repeat(20_000) })).status).toBe(431)
})

test('more connections than 64 are not taken, and those there are go on', async () => {
  const sockets = Array.from({ length: 80 }, () => net.connect({ port: Number(url.port) }))
  const closed = sockets.map(
    (socket) =>
      new Promise<boolean>((resolve) => {
        socket.on('error', () => {})
        socket.on('close', () => resolve(true))
        socket.on('connect', () => setImmediate(() => setImmediate(() => resolve(false))))
      }),
  )
  await Promise.all(closed)
  const [first] = sockets
  const answer = new Promise<string>((resolve) =>
    first?.once('data', (data) => resolve(String(data))),
  )
  first?.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  expect(await answer).toMatch(/^HTTP\/1\.1 401 /)
  for (const socket of sockets) socket.destroy()
})

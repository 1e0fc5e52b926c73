import { mkdtemp, rm } from 'node:fs/promises'
import http2 from 'node:http2'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { afterEach, expect, test } from 'vitest'
import { connectCri } from './client.ts'
import { RuntimeService } from './gen/api_pb.ts'

const cleanUps: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A real gRPC server on a real unix socket, so that the wire is under test too. */
async function serve(
  service: Partial<ServiceImpl<typeof RuntimeService>>,
  onRequest: (request: http2.Http2ServerRequest) => void = () => {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cri-'))
  const socketPath = path.join(folder, 'cri.sock')
  const sessions = new Set<http2.ServerHttp2Session>()
  const answer = connectNodeAdapter({ routes: (router) => router.service(RuntimeService, service) })
  const server = http2.createServer((request, response) => {
    onRequest(request)
    answer(request, response)
  })
  server.on('session', (session) => sessions.add(session))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  const kill = () => {
    for (const session of sessions) session.destroy()
  }
  cleanUps.push(async () => {
    kill()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })
  return { socketPath, kill }
}

function client(socketPath: string) {
  const cri = connectCri(socketPath)
  cleanUps.push(async () => cri[Symbol.dispose]())
  return cri
}

test('an answer comes with its latency', async () => {
  const { socketPath } = await serve({
    version: () => ({ runtimeName: 'containerd', runtimeVersion: '2.1.9' }),
  })
  const result = await client(socketPath).version({ timeoutMs: 5000 })
  expect(result).toMatchObject({ ok: true, value: { runtimeVersion: '2.1.9' } })
  expect(result.latencyMs).toBeGreaterThan(0)
})

test('a call is of the content type by which CRI-O knows gRPC', async () => {
  const types: unknown[] = []
  const { socketPath } = await serve({ version: () => ({}) }, ({ headers }) => {
    types.push(headers['content-type'])
  })
  expect(await client(socketPath).version({ timeoutMs: 5000 })).toMatchObject({ ok: true })
  expect(types).toEqual(['application/grpc'])
})

/** A Status handler that never answers; `ended` settles when the runtime learns that nobody waits. */
function hangingStatus(onCall = () => {}) {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const service: Partial<ServiceImpl<typeof RuntimeService>> = {
    status: (_request, context) =>
      new Promise((_resolve, reject) => {
        context.signal.addEventListener('abort', () => {
          end()
          reject(new ConnectError('gone', Code.Canceled))
        })
        onCall()
      }),
  }
  return { service, ended }
}

test('a silent runtime fails with reason deadline, and its handler is told', async () => {
  const { service, ended } = hangingStatus()
  const { socketPath } = await serve(service)
  const result = await client(socketPath).status({}, { timeoutMs: 50 })
  expect(result).toMatchObject({
    ok: false,
    error: { code: 'FL_CRI_DEADLINE', reason: 'deadline', method: 'Status' },
  })
  await ended
})

// gRPC for Go ends the stream by RST_STREAM(CANCEL) when the deadline that it was told of is over; on a machine
// under load that comes before the client's own timer.
test('a runtime that ends the stream when the deadline is over is silent, not gone', async () => {
  const { socketPath } = await serve(hangingStatus().service, ({ stream }) => {
    stream.close(http2.constants.NGHTTP2_CANCEL)
  })
  const reasonAfter = async (elapsedMs: number) => {
    const times = [0]
    using cri = connectCri(socketPath, { now: () => times.shift() ?? elapsedMs })
    const result = await cri.status({}, { timeoutMs: 5000 })
    return result.ok ? 'ok' : result.error.reason
  }
  expect(await reasonAfter(5000)).toBe('deadline')
  expect(await reasonAfter(4000)).toBe('dropped')
})

test('cancelling ends the stream at the runtime', async () => {
  const abort = new AbortController()
  const { service, ended } = hangingStatus(() => {
    abort.abort()
  })
  const { socketPath } = await serve(service)
  const result = await client(socketPath).status({}, { timeoutMs: 5000, signal: abort.signal })
  expect(result).toMatchObject({ ok: false, error: { reason: 'cancelled' } })
  await ended
})

test('a missing socket is named as such', async () => {
  const result = await client('/nonexistent/cri.sock').version({ timeoutMs: 5000 })
  expect(result).toMatchObject({ ok: false, error: { reason: 'socket-missing' } })
})

test("a runtime's own refusal keeps its gRPC code and text", async () => {
  const { socketPath } = await serve({
    version: () => {
      throw new ConnectError('server is not initialized yet', Code.Unavailable)
    },
  })
  const result = await client(socketPath).version({ timeoutMs: 5000 })
  expect(result).toMatchObject({
    ok: false,
    error: { reason: 'rejected', grpcCode: Code.Unavailable },
  })
  expect(!result.ok && result.error.message).toBe('Version: server is not initialized yet')
})

test('a runtime that dies under a call is dropped, and the next call connects anew', async () => {
  const { socketPath, kill } = await serve({
    status: () => {
      kill()
      return new Promise(() => {})
    },
    version: () => ({ runtimeVersion: '2.1.9' }),
  })
  const cri = client(socketPath)
  const killed = await cri.status({}, { timeoutMs: 5000 })
  expect(killed).toMatchObject({ ok: false })
  expect(!killed.ok && killed.error.reason).toBe('dropped')
  expect(await cri.version({ timeoutMs: 5000 })).toMatchObject({ ok: true })
})

import { pbkdf2 } from 'node:crypto'
import { lstatSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Code } from '@connectrpc/connect'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectCri } from './client.ts'
import { serveCri } from './server.ts'

/** A byte more than kubelet and containerd take (16 MiB). */
const TOO_LONG = 'x'.repeat(16 * 1024 * 1024 + 1)
const hash = promisify(pbkdf2)
const CALL = { timeoutMs: 20_000 }
let folder: string
let socketPath: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cri-'))
  socketPath = path.join(folder, 'cri.sock')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('an answer of more than 16 MiB is refused by who asked, whose memory has an end', async () => {
  const status = () => ({ status: {}, info: { config: TOO_LONG } })
  await using _server = await serveCri(socketPath, { runtime: { status }, image: {} })
  using cri = connectCri(socketPath)
  const result = await cri.status({ verbose: true }, CALL)
  expect(result).toMatchObject({
    ok: false,
    error: { message: expect.stringContaining('larger than') },
  })
})

test('a call of more than 16 MiB is refused by the server, which goes on, on the same connection, too', async () => {
  let asked = 0
  const runPodSandbox = () => {
    asked += 1
    return { podSandboxId: 'id' }
  }
  await using _server = await serveCri(socketPath, { runtime: { runPodSandbox }, image: {} })
  const session = connect('http://localhost', {
    createConnection: () => net.connect(socketPath),
    maxSessionMemory: 64,
  })
  // A field that the message does not have, of as many bytes.
  const tooLong = Buffer.alloc(TOO_LONG.length, 0x7a)
  expect([await statusOf(session, tooLong), asked]).toEqual([Code.ResourceExhausted, 0])
  expect([await statusOf(session, Buffer.alloc(0)), asked]).toEqual([0, 1])
  session.destroy()
})

/** The gRPC status that a call of RunPodSandbox ends with. */
function statusOf(session: ClientHttp2Session, message: Buffer): Promise<number> {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/runtime.v1.RuntimeService/RunPodSandbox',
    'content-type': 'application/grpc',
  })
  return new Promise((resolve, reject) => {
    const take = (headers: IncomingHttpHeaders) => {
      if ('grpc-status' in headers) resolve(Number(headers['grpc-status']))
    }
    stream.on('response', take).on('trailers', take).on('error', reject).resume()
    stream.end(Buffer.concat([head, message]))
  })
}

test('at no moment may anybody but its owner connect to the socket, whatever the umask is', async () => {
  const before = process.umask(0)
  const modes = new Set<string>()
  // Whatever Node.js leaves to its pool of threads has to wait behind these.
  const busy = Array.from({ length: 8 }, () => hash('x', 'y', 100_000, 32, 'sha512'))
  try {
    const serving = serveCri(socketPath, { runtime: {}, image: {} })
    const served = serving.then(() => 'served')
    while ((await Promise.race([served, nextTurn('not yet')])) === 'not yet') {
      const stats = lstatSync(socketPath, { throwIfNoEntry: false })
      if (stats !== undefined) modes.add((stats.mode & 0o777).toString(8))
    }
    modes.add((lstatSync(socketPath).mode & 0o777).toString(8))
    expect([...modes]).toEqual(['600'])
    // What is made meanwhile by others of this process has the mode that they mean.
    expect(process.umask()).toBe(0)
    await (await serving)[Symbol.asyncDispose]()
    await Promise.all(busy)
  } finally {
    process.umask(before)
  }
})

import { chmod, unlink } from 'node:fs/promises'
import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import net from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { Code, ConnectError, type Interceptor, type ServiceImpl } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { SocketInUseError } from './errors.ts'
import { ImageService, RuntimeService } from './gen/api_pb.ts'
import { MESSAGE_BYTES_MAX } from './stubs.ts'

/** What a runtime answers; a method that is left out is answered with Unimplemented. */
export interface CriServices {
  /** Pods and containers. */
  readonly runtime: Partial<ServiceImpl<typeof RuntimeService>>
  /** Images. */
  readonly image: Partial<ServiceImpl<typeof ImageService>>
}

/** A CRI v1 server on a unix socket. Dispose it to end every call and close the socket. */
export type CriServer = AsyncDisposable

/**
 * Serves CRI v1 on a unix socket that only root can reach. A socket that a server has left behind when
 * it was killed is replaced.
 *
 * @throws {SocketInUseError} where a server listens; system errors where the path cannot be used.
 */
export async function serveCri(socketPath: string, services: CriServices): Promise<CriServer> {
  const server = createServer(
    connectNodeAdapter({
      interceptors: [told],
      readMaxBytes: MESSAGE_BYTES_MAX,
      routes: (router) => {
        router.service(RuntimeService, services.runtime)
        router.service(ImageService, services.image)
      },
    }),
  )
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    // A client that goes away in the middle is its own affair.
    session.on('error', () => {})
  })
  await replaceStale(socketPath)
  await listen(server, socketPath)
  await chmod(socketPath, 0o600)
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}

/** Why a runtime refuses a call, in gRPC's words. */
export type Refusal = 'not-found' | 'already-exists' | 'invalid' | 'unimplemented' | 'failed'

const CODES: Readonly<Record<Refusal, Code>> = {
  'not-found': Code.NotFound,
  'already-exists': Code.AlreadyExists,
  invalid: Code.InvalidArgument,
  unimplemented: Code.Unimplemented,
  failed: Code.Unknown,
}

/** What a method throws to refuse a call; the client gets the message and the code. */
export function refusal(why: Refusal, message: string, cause?: unknown): ConnectError {
  return new ConnectError(message, CODES[why], undefined, undefined, cause)
}

// Connect says "internal error" where a method throws anything else; whoever runs the node wants to know
// that the disk is full.
const told: Interceptor = (next) => async (request) => {
  try {
    return await next(request)
  } catch (error) {
    throw ConnectError.from(error, Code.Unknown)
  }
}

async function replaceStale(socketPath: string): Promise<void> {
  const isServed = await new Promise<boolean>((resolve) => {
    const socket = net.connect({ path: socketPath })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
  if (isServed) throw new SocketInUseError(socketPath)
  await unlink(socketPath).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
}

function listen(server: Http2Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    const ready = () => {
      server.off('error', reject)
      resolve()
    }
    // A thread cannot set it; there the socket has its mode a moment later (serveCri).
    const umask = isMainThread ? process.umask(0o177) : undefined
    try {
      // Made within this call: nobody else ever sees it with another mode.
      server.listen(socketPath, ready)
    } finally {
      if (umask !== undefined) process.umask(umask)
    }
  })
}

import net from 'node:net'
import { type Client, createClient } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { ImageService, RuntimeService } from './gen/api_pb.ts'

/** Every method of CRI v1, as the proto has it, over one connection. Dispose them to close it. */
export interface CriStubs extends Disposable {
  readonly runtime: Client<typeof RuntimeService>
  readonly image: Client<typeof ImageService>
}

/**
 * Stubs for the runtime that listens on the unix socket at `socketPath`. A call that fails throws gRPC's
 * own error. The connection is made on the first call, and again when it was lost.
 */
export function criStubs(socketPath: string): CriStubs {
  const sessionManager = new Http2SessionManager('http://localhost', undefined, {
    createConnection: () => net.connect({ path: socketPath }),
  })
  const transport = createGrpcTransport({ baseUrl: 'http://localhost', sessionManager })
  return {
    runtime: createClient(RuntimeService, transport),
    image: createClient(ImageService, transport),
    [Symbol.dispose]: () => {
      sessionManager.abort()
    },
  }
}

import net from 'node:net'
import { type Client, createClient, type Interceptor } from '@connectrpc/connect'
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node'
import { ImageService, RuntimeService } from './gen/api_pb.ts'

/** Every method of CRI v1, as the proto has it, over one connection. Dispose them to close it. */
export interface CriStubs extends Disposable {
  /** Pods and containers. */
  readonly runtime: Client<typeof RuntimeService>
  /** Images. */
  readonly image: Client<typeof ImageService>
}

/** As kubelet and containerd have it (pkg/kubelet/cri/remote, defaults.DefaultMaxRecvMsgSize); connect's own limit is 4 GiB. */
export const MESSAGE_BYTES_MAX: number = 16 * 1024 * 1024

/**
 * Stubs for the runtime that listens on the unix socket at `socketPath`. A call that fails throws gRPC's
 * own error. The connection is made on the first call, and again when it was lost.
 */
export function criStubs(socketPath: string): CriStubs {
  const sessionManager = new Http2SessionManager('http://localhost', undefined, {
    createConnection: () => net.connect({ path: socketPath }),
  })
  const transport = createGrpcTransport({
    baseUrl: 'http://localhost',
    sessionManager,
    interceptors: [plainContentType],
    readMaxBytes: MESSAGE_BYTES_MAX,
  })
  return {
    runtime: createClient(RuntimeService, transport),
    image: createClient(ImageService, transport),
    [Symbol.dispose]: () => {
      sessionManager.abort()
    },
  }
}

/**
 * CRI-O tells gRPC from HTTP on one socket by a content type of exactly `application/grpc`, and hangs up on
 * `application/grpc+proto`, which means the same (cri-o v1.36.3 cmd/crio/main.go).
 */
const plainContentType: Interceptor = (next) => (request) => {
  request.header.set('Content-Type', 'application/grpc')
  return next(request)
}

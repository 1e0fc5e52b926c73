import { Code, ConnectError } from '@connectrpc/connect'

/**
 * Why a call gave no answer.
 *
 * - `deadline`: nothing came back within the call's own deadline.
 * - `cancelled`: the caller aborted it.
 * - `socket-missing`, `refused`: nobody listens there.
 * - `dropped`: the connection ended under the call (a killed runtime, say).
 * - `rejected`: the runtime answered with an error; `grpcCode` says which.
 */
export type CriErrorReason =
  | 'deadline'
  | 'cancelled'
  | 'socket-missing'
  | 'refused'
  | 'dropped'
  | 'rejected'

/** The stable codes of {@link CriError}, one for each {@link CriErrorReason}, and of {@link SocketInUseError}. */
export type CriErrorCode =
  | 'FL_CRI_DEADLINE'
  | 'FL_CRI_CANCELLED'
  | 'FL_CRI_SOCKET_MISSING'
  | 'FL_CRI_REFUSED'
  | 'FL_CRI_DROPPED'
  | 'FL_CRI_REJECTED'
  | 'FL_CRI_SOCKET_IN_USE'

const CODES: Readonly<Record<CriErrorReason, CriErrorCode>> = {
  deadline: 'FL_CRI_DEADLINE',
  cancelled: 'FL_CRI_CANCELLED',
  'socket-missing': 'FL_CRI_SOCKET_MISSING',
  refused: 'FL_CRI_REFUSED',
  dropped: 'FL_CRI_DROPPED',
  rejected: 'FL_CRI_REJECTED',
}

/** One CRI call that gave no answer. Match on `code` or `reason`, never on the text. */
export class CriError extends Error {
  override readonly name = 'CriError'
  /** Which failure it is; stable. */
  readonly code: CriErrorCode
  /** The same in a word. */
  readonly reason: CriErrorReason
  /** The CRI method, e.g. `Status`. */
  readonly method: string
  /** The gRPC status as the runtime (or, for the other reasons, the transport) reported it. */
  readonly grpcCode: Code

  constructor(reason: CriErrorReason, method: string, cause: ConnectError) {
    super(`${method}: ${explain(reason, cause)}`, { cause })
    this.code = CODES[reason]
    this.reason = reason
    this.method = method
    this.grpcCode = cause.code
  }
}

/** A server is to listen where another one does. */
export class SocketInUseError extends Error {
  override readonly name = 'SocketInUseError'
  /** Stable. */
  readonly code: CriErrorCode = 'FL_CRI_SOCKET_IN_USE'

  constructor(socketPath: string) {
    super(`a server listens on ${socketPath} already`)
  }
}

/** What is known of a call that failed, beside what the transport threw. */
export interface CallEnd {
  readonly method: string
  readonly abortedByCaller: boolean
  /** Whether it took as long as its deadline. */
  readonly isOver: boolean
}

/** Turns whatever a transport threw into a {@link CriError}. */
export function toCriError(thrown: unknown, end: CallEnd): CriError {
  const error = ConnectError.from(thrown)
  return new CriError(reasonOf(error, end), end.method, error)
}

// The transport reports a missing socket as Internal, and a killed server as Canceled just like
// a call that the caller aborted, or whose stream gRPC for Go has reset since the deadline that it was told
// of is over. So the system error underneath decides first, then who aborted, then the time.
function reasonOf(error: ConnectError, { abortedByCaller, isOver }: CallEnd): CriErrorReason {
  const systemCode = systemErrorCode(error.cause)
  // An answer that is too long is one, whatever the error is made of.
  if (error.code === Code.ResourceExhausted) return 'rejected'
  if (systemCode === 'ENOENT') return 'socket-missing'
  if (systemCode === 'ECONNREFUSED') return 'refused'
  if (systemCode !== undefined) return 'dropped'
  if (error.code === Code.DeadlineExceeded) return 'deadline'
  if (error.code === Code.Canceled) {
    if (abortedByCaller) return 'cancelled'
    return isOver ? 'deadline' : 'dropped'
  }
  return 'rejected'
}

function systemErrorCode(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined
  if ('code' in cause && typeof cause.code === 'string' && /^E[A-Z0-9_]+$/.test(cause.code)) {
    return cause.code
  }
  return systemErrorCode(cause.cause)
}

function explain(reason: CriErrorReason, cause: ConnectError): string {
  switch (reason) {
    case 'deadline':
      return 'no answer within the deadline'
    case 'cancelled':
      return 'cancelled by the caller'
    case 'socket-missing':
      return 'the socket does not exist'
    case 'refused':
      return 'nothing listens on the socket'
    case 'dropped':
      return 'the connection ended before the answer'
    case 'rejected':
      return cause.rawMessage
  }
}

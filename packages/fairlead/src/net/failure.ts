import { type CniError, type CniErrorCode, type CniOutcome, isCniError } from '@fairlead/cni'
import { NetworksError, type NetworksErrorCode } from '@fairlead/networks'
import { type ErrorCode, EXIT_CODES, FairleadError } from '../errors.ts'

/** An error as plain data, for a report. */
export interface Failure {
  readonly code: ErrorCode | CniErrorCode | NetworksErrorCode
  readonly message: string
  readonly hint?: string
  /** The number that the plugin gave (CNI spec 1.1.0 section 5, "Error"). */
  readonly cniCode?: number
}

/** Whether an error has a code; any other is a fault of ours. */
export function isExpected(error: unknown): error is FairleadError | NetworksError | CniError {
  return error instanceof FairleadError || error instanceof NetworksError || isCniError(error)
}

/** The error as data. One without a code is thrown on. */
export function failureOf(error: unknown): Failure {
  if (!isExpected(error)) throw error
  const cniCode = isCniError(error) ? error.cniCode : undefined
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(cniCode === undefined ? {} : { cniCode }),
  }
}

/** What a failure alone ends the process with; of the CNI's, 2 for input that cannot be used, else 1. */
export function exitCodeOf({ code }: Failure): number {
  return code in EXIT_CODES ? EXIT_CODES[code as ErrorCode] : UNUSABLE.has(code) ? 2 : 1
}

const UNUSABLE: ReadonlySet<string> = new Set<CniErrorCode>([
  'FL_CNI_CONFIG_READ',
  'FL_CNI_CONFIG_INVALID',
  'FL_CNI_NETWORK_UNKNOWN',
  'FL_CNI_ARGUMENT',
])

/** What a batch with these failures ends with: an operation that failed outweighs bad input. */
export function exitCodeOfAll(failures: readonly (Failure | undefined)[]): number {
  const codes = failures.flatMap((failure) => (failure === undefined ? [] : [exitCodeOf(failure)]))
  return codes.length === 0 ? 0 : Math.min(...codes)
}

/** The value of an outcome. Throws the error of one that has none. */
export function valueOf<T>(outcome: CniOutcome<T>): T {
  if (outcome.ok) return outcome.value
  throw outcome.error
}

/** The failure of an outcome; undefined for a success. */
export function failureOfOutcome(outcome: CniOutcome<unknown>): Failure | undefined {
  return outcome.ok ? undefined : failureOf(outcome.error)
}

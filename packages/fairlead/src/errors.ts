/**
 * Every error a user can meet, with the exit code it ends the process with:
 * 1 for an operation that failed, 2 for input that cannot be used, 3 for something outside that could
 * not be had, 4 for a fault of Fairlead's own.
 */
export const EXIT_CODES = {
  FL_NETNS_TOOL: 1,
  FL_NOT_ATTACHED: 1,
  FL_SLOT_BUSY: 1,
  FL_USAGE: 2,
  FL_NOT_LINUX: 2,
  FL_NOT_ROOT: 2,
  FL_TOOL_MISSING: 2,
  FL_RUNTIME_NAME: 2,
  FL_RUNTIME_UNKNOWN: 2,
  FL_RUNTIME_BINARY: 2,
  FL_RUNTIME_VERSION: 2,
  FL_KUBELET_BINARY: 2,
  FL_SCENARIO_UNKNOWN: 2,
  FL_SCENARIO_INVALID: 2,
  FL_ADVISORY_UNKNOWN: 2,
  FL_ADVISORY_INVALID: 2,
  FL_KEY_INVALID: 2,
  FL_TRACE_INVALID: 2,
  FL_SUBJECT_UNKNOWN: 2,
  FL_REPLAY_INVALID: 2,
  FL_NETNS: 2,
  FL_IFNAME_TAKEN: 2,
  FL_FILE_EXISTS: 2,
  FL_FILE_WRITE: 2,
  FL_SET_ASIDE: 2,
  FL_REPORT_DIR: 2,
  FL_REPORT_INVALID: 2,
  FL_REPORTS_DIFFER: 2,
  FL_CACHE_DIR: 2,
  FL_STATE_DIR: 2,
  FL_SOCKET: 2,
  FL_SOURCE: 2,
  FL_FETCH: 3,
  FL_CHECKSUM: 3,
  FL_BUNDLE_INVALID: 3,
  FL_BUNDLE_SIGNATURE: 3,
  FL_BUNDLE_OLD: 3,
  FL_RUNTIME_SILENT: 3,
  FL_INSTALL_BROKEN: 4,
  FL_NODE_START: 4,
  FL_RUNTIME_START: 4,
  FL_KUBELET_START: 4,
  FL_PLUGIN_BINARY: 2,
  FL_AGENT_CONFIG: 2,
  FL_AGENT_STATUS: 2,
  FL_AGENT_DIR: 2,
  FL_AGENT_STATE: 2,
  FL_AGENT_RESTART: 1,
  FL_KUBECONFIG: 2,
  FL_CLUSTER: 3,
  FL_SLOT_CONFIG: 2,
  FL_SLOT_UNKNOWN: 2,
  FL_SLOT_INVALID: 2,
  FL_SLOT_STATE: 2,
  FL_UPGRADE_FILE: 2,
  FL_INSTALL: 2,
  FL_UPGRADE_UNKNOWN: 2,
  FL_API_SERVER: 3,
  FL_STEP: 4,
} as const

/** The stable codes of {@link FairleadError}. */
export type ErrorCode = keyof typeof EXIT_CODES

/** A failure with a name: what happened and where in `message`, what to do about it in `hint`. */
export class FairleadError extends Error {
  override readonly name = 'FairleadError'
  readonly code: ErrorCode
  /** What a person can do next, as a sentence. */
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): 1 | 2 | 3 | 4 {
    return EXIT_CODES[this.code]
  }
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The system's error code (`ENOENT`, ...) of anything thrown. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** The stable codes of {@link NetworksError}. */
export type NetworksErrorCode = 'FL_NETWORKS_NONE' | 'FL_NETWORKS_BUSY' | 'FL_NETWORKS_IPAM'

/** A failure of the set of networks, where no plugin and no file is to blame. */
export class NetworksError extends Error {
  override readonly name = 'NetworksError'
  /** Which failure it is; stable. */
  readonly code: NetworksErrorCode
  /** What a person can do next. */
  readonly hint: string | undefined

  constructor(code: NetworksErrorCode, message: string, hint?: string) {
    super(message)
    this.code = code
    this.hint = hint
  }
}

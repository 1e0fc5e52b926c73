/** Where an API server is and how to be let in. */
export interface ClusterAccess {
  /** `https://10.0.0.1:6443`, with a path where it is behind one. */
  readonly server: string
  /** Whom to trust, in PEM; those that the system trusts if not given. */
  readonly ca?: string
  readonly insecureSkipTlsVerify?: boolean
  /** The name in the server's certificate, where it is not that in `server`. */
  readonly tlsServerName?: string
  /** Asked before every request. `refused`: what it gave last was not accepted. */
  readonly credentials: (options: {
    readonly refused: boolean
    readonly signal: AbortSignal
  }) => Promise<Credentials>
}

/** What a client shows: a token, or a certificate with its key in PEM. */
export interface Credentials {
  readonly token?: string
  readonly cert?: string
  readonly key?: string
}

/** How a process ended; `stdout` is whole, `stderr` the last {@link STDERR_BYTES_MAX} bytes. */
export interface ProcessEnd {
  readonly how:
    | { readonly kind: 'exited'; readonly exitCode: number }
    | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals }
    | { readonly kind: 'not-started'; readonly cause: unknown }
    | { readonly kind: 'lost'; readonly problem: string; readonly survives: boolean }
    | { readonly kind: 'deadline' | 'aborted' | 'output-too-long'; readonly survives: boolean }
  readonly stdout: string
  readonly stderr: string
}

/** How much of stderr is kept. */
export const STDERR_BYTES_MAX: number = 16 * 1024

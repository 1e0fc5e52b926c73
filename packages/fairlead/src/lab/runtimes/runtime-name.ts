import { FairleadError } from '../../errors.ts'

/** Where a runtime under test comes from, as the user named it. */
export type RuntimeName = { readonly text: string } & (
  | { readonly from: 'embedded' }
  | { readonly from: 'socket'; readonly socketPath: string }
  | { readonly from: 'path'; readonly program: 'containerd' | 'crio'; readonly path: string }
  | { readonly from: 'debian'; readonly suite: string }
  | { readonly from: 'release'; readonly version: string }
)

/**
 * Reads a `--runtime`: `fairlead` (the embedded one), `containerd=/path/to/containerd`, `containerd@debian:trixie`,
 * `containerd@2.0.1`, `crio=/path/to/crio` or `cri=unix:///path.sock` (a runtime that runs on this machine already).
 *
 * @throws {FairleadError} FL_RUNTIME_NAME for anything else.
 */
export function parseRuntimeName(text: string): RuntimeName {
  if (text === 'fairlead') return { text, from: 'embedded' }
  const socketPath = /^cri=unix:\/\/(\/.+)$/.exec(text)?.[1]
  if (socketPath !== undefined) return { text, from: 'socket', socketPath }
  const local = /^containerd=(.+)$/.exec(text)?.[1]
  if (local !== undefined) return { text, from: 'path', program: 'containerd', path: local }
  const crio = /^crio=(.+)$/.exec(text)?.[1]
  if (crio !== undefined) return { text, from: 'path', program: 'crio', path: crio }
  const suite = /^containerd@debian:([a-z][a-z-]*)$/.exec(text)?.[1]
  if (suite !== undefined) return { text, from: 'debian', suite }
  const version = /^containerd@v?(\d+\.\d+\.\d+(?:-[0-9a-z.]+)?)$/.exec(text)?.[1]
  if (version !== undefined) return { text, from: 'release', version }
  throw new FairleadError('FL_RUNTIME_NAME', `"${text}" does not name a runtime.`, {
    hint:
      'Write fairlead, containerd=/path/to/containerd, containerd@debian:trixie, containerd@2.0.1, ' +
      'crio=/path/to/crio or cri=unix:///path/to/cri.sock.',
  })
}

/** A containerd version, as far as its config format and behaviour depend on it. */
export interface ContainerdVersion {
  readonly major: number
  readonly minor: number
  /** As the binary prints it, e.g. `1.7.24~ds1` or `2.1.9+unknown`. */
  readonly text: string
}

/**
 * Reads the output of `containerd --version`, e.g.
 * `containerd github.com/containerd/containerd/v2 2.1.9+unknown `. Undefined if it is not that.
 */
export function parseContainerdVersion(output: string): ContainerdVersion | undefined {
  const match = /^containerd\s+\S+\s+v?((\d+)\.(\d+)\.\d+\S*)/.exec(output)
  if (match === null) return undefined
  const [, text = '', major, minor] = match
  return { major: Number(major), minor: Number(minor), text }
}

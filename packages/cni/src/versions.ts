/** The versions of the CNI spec that this package speaks, oldest first. */
export const SPEC_VERSIONS = [
  '0.1.0',
  '0.2.0',
  '0.3.0',
  '0.3.1',
  '0.4.0',
  '1.0.0',
  '1.1.0',
] as const

/** One of {@link SPEC_VERSIONS}. */
export type SpecVersion = (typeof SPEC_VERSIONS)[number]

/** The newest of {@link SPEC_VERSIONS}. */
export const CURRENT_VERSION: SpecVersion = '1.1.0'

/** What a configuration or result without `cniVersion` is (libcni v1.3 pkg/types/create). */
export const DEFAULT_VERSION: SpecVersion = '0.1.0'

/** Whether this package knows the form of results of that version. */
export function isSpecVersion(version: string): version is SpecVersion {
  return (SPEC_VERSIONS as readonly string[]).includes(version)
}

/** The three numbers of a version; undefined where it has none (libcni v1.3 pkg/version/plugin.go). */
export function parseVersion(version: string): readonly [number, number, number] | undefined {
  if (version === '') return [0, 1, 0]
  const parts = version.split('.')
  // Go's strconv.Atoi, which libcni reads the parts with, takes a sign.
  if (parts.length > 3 || !parts.every((part) => /^[+-]?\d+$/.test(part))) return undefined
  const [major = 0, minor = 0, micro = 0] = parts.map(Number)
  return [major, minor, micro]
}

/** Negative, zero or positive as `left` is older, the same or newer; undefined if either is none. */
export function compareVersions(left: string, right: string): number | undefined {
  const [one, other] = [parseVersion(left), parseVersion(right)]
  if (one === undefined || other === undefined) return undefined
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2]
}

/** Whether `version` is `other` or newer; false for what is no version. */
export function isAtLeast(version: string, other: SpecVersion): boolean {
  const order = compareVersions(version, other)
  return order !== undefined && order >= 0
}

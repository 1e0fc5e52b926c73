import type { Range } from './advisory.ts'

/** A version as far as it is in order with others. */
export interface Version {
  readonly numbers: readonly [major: number, minor: number, patch: number]
  /** `['rc', 4]` of `2.0.0-rc.4`; empty for a release. */
  readonly preRelease: readonly (string | number)[]
  /** What a vendor counts on top of a release: 1 of `1.31.2+k3s1`. Undefined where there is none. */
  readonly build: number | undefined
}

/**
 * Parses a version as components report it, or packages of distributions do: `v2.0.1`,
 * `2.0.0-rc.4`, `v1.31.2+k3s1`, `1.33.4-gke.1036000`, `v1.29.0-eks-5e0fdde`,
 * `1.6.20~ds1-1+deb12u1`, `1.7.24-0ubuntu1~22.04.1`. Undefined for what is none.
 *
 * Not semver (semver.org, section 9), to which a vendor's suffix is a pre-release, older than the
 * release it was built from: here only alpha, beta, rc and the like are.
 */
export function parseVersion(text: string): Version | undefined {
  const parts = VERSION.exec(text.trim())
  if (parts === null) return undefined
  const [, major, minor, patch = '0', suffix = ''] = parts
  const [, word = '', counts = ''] = PRE_RELEASE.exec(suffix) ?? []
  const build = BUILD.exec(suffix)?.[1]
  const numbers = [Number(major), Number(minor), Number(patch)] as const
  if (!numbers.every(Number.isSafeInteger)) return undefined
  return {
    numbers,
    preRelease:
      word === '' ? [] : [word.toLowerCase(), ...(counts.match(/\d+/g) ?? []).map(Number)],
    build: build === undefined ? undefined : Number(build),
  }
}

// An epoch (`1:`) is Debian's; it says nothing of the upstream version.
const VERSION = /^(?:\d+:)?v?(\d{1,15})\.(\d{1,15})(?:\.(\d{1,15}))?((?:[-+~._a-z][\w.+~:-]*)?)$/i
// Debian writes `2.0.0~rc4`, OpenShift `4.16.0-0.nightly-2024-06-01`, OpenShift's candidates `ec.2`.
const PRE_RELEASE = /^[-~.]?(?:0\.)?(alpha|beta|rc|pre|dev|ec|nightly)((?:[.-]?\d+)*)/i
const BUILD = /[-+](?:k3s|rke2r|gke\.|eksbuild\.)(\d{1,15})/

/** Below zero if `a` is older than `b`, above if it is newer. */
export function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const difference = number - (b.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  const difference = comparePreReleases(a.preRelease, b.preRelease)
  if (difference !== 0) return difference
  // A release without a vendor's count stands for all of its builds.
  return a.build === undefined || b.build === undefined ? 0 : a.build - b.build
}

function comparePreReleases(a: Version['preRelease'], b: Version['preRelease']): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length
  for (const [index, left] of a.entries()) {
    const right = b[index]
    if (right === undefined) return 1
    if (left === right) continue
    if (typeof left === 'number' && typeof right === 'number') return left - right
    return String(left) < String(right) ? -1 : 1
  }
  return a.length - b.length
}

/** Whether a version is one of the range. */
export function isInRange(version: Version, { introduced, fixed, lastAffected }: Range): boolean {
  const { from, before, upTo } = {
    from: parseVersion(introduced),
    before: parseVersion(fixed ?? ''),
    upTo: parseVersion(lastAffected ?? ''),
  }
  return (
    (from === undefined || compareVersions(version, from) >= 0) &&
    (before === undefined || compareVersions(version, before) < 0) &&
    (upTo === undefined || compareVersions(version, upTo) <= 0)
  )
}

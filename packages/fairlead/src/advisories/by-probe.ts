import type { Advisory } from './advisory.ts'
import type { Probe } from './probes.ts'
import { isInRange, parseVersion } from './version.ts'

/** The runtime that is looked at, so that what is known of others is not named. */
interface Runtime {
  readonly component: 'containerd' | 'cri-o'
  readonly version: string
}

/**
 * The ids of the advisories that a probe speaks for, in their order: without those that only touch other
 * runtimes, or other versions of this one.
 */
export function idsByProbe(
  advisories: readonly Advisory[],
  runtime: Runtime | undefined,
): ReadonlyMap<Probe, readonly string[]> {
  const pairs = advisories
    .filter((advisory) => runtime === undefined || canTouch(advisory, runtime))
    .flatMap(({ id, probes }) =>
      probes.filter(({ says }) => says !== 'contradicts').map(({ probe }) => ({ id, probe })),
    )
  const grouped = Map.groupBy(pairs, ({ probe }) => probe)
  return new Map([...grouped].map(([probe, group]) => [probe, group.map(({ id }) => id)]))
}

const RUNTIMES: ReadonlySet<string> = new Set(['containerd', 'cri-o', 'go-cni', 'ocicni'])

function canTouch({ affected }: Advisory, { component, version }: Runtime): boolean {
  const runtimes = affected.filter((entry) => RUNTIMES.has(entry.component))
  const own = runtimes.filter((entry) => entry.component === component)
  // Of a plugin or an agent, whatever runs it.
  if (runtimes.length < affected.length || runtimes.length === 0) return true
  const parsed = parseVersion(version)
  return own.some(
    ({ ranges, versions }) =>
      parsed === undefined ||
      (ranges.length === 0 && versions.length === 0) ||
      versions.includes(version) ||
      ranges.some((range) => isInRange(parsed, range)),
  )
}

import type { Advisory, Component, Range } from './advisory.ts'
import { compareVersions, isInRange, parseVersion } from './version.ts'

/** The versions that run together, as they report themselves. */
export type Inventory = ReadonlyMap<Component, string>

/** A component, at the version that an advisory speaks of. */
export interface Installed {
  readonly component: Component
  readonly version: string
}

/** Whether an advisory concerns what runs. */
export type Exposure =
  | { readonly is: 'affected'; readonly by: readonly Installed[] }
  /** Only together with components that nothing is known of. */
  | { readonly is: 'depends'; readonly by: readonly Installed[]; readonly on: readonly Component[] }
  /** By its version it has the bug, and by what runs beside it, it does not. */
  | { readonly is: 'patched'; readonly by: readonly Installed[]; readonly whys: readonly string[] }
  | { readonly is: 'not-affected' }

/** The components that an exposure is by: `containerd 2.0.1, talos 1.9.0`. */
export function componentsText(exposure: Exposure | { readonly is: 'unknown' }): string {
  return 'by' in exposure
    ? exposure.by.map(({ component, version }) => `${component} ${version}`).join(', ')
    : ''
}

type Affected = Advisory['affected'][number]

/**
 * What an advisory says of an inventory. One of its components that is affected is enough; components
 * that are not in the inventory say nothing.
 */
export function exposureOf(advisory: Advisory, inventory: Inventory): Exposure {
  const affected: Installed[] = []
  const depending: Installed[] = []
  const on = new Set<Component>()
  const patched: Installed[] = []
  const whys = new Set<string>()
  for (const entry of advisory.affected) {
    const version = inventory.get(entry.component)
    if (version === undefined || !speaksOf(entry, version)) continue
    const installed = { component: entry.component, version }
    const patch = entry.patched.find((beside) => runs(beside, inventory) === true)
    const conditions = new Set(entry.only.map((beside) => runs(beside, inventory)))
    if (conditions.has(false)) continue
    if (patch !== undefined) {
      patched.push(installed)
      whys.add(patch.why)
    } else if (conditions.has(undefined)) {
      depending.push(installed)
      for (const { component } of entry.only) if (!inventory.has(component)) on.add(component)
    } else affected.push(installed)
  }
  if (affected.length > 0) return { is: 'affected', by: affected }
  if (depending.length > 0) return { is: 'depends', by: depending, on: [...on] }
  if (patched.length > 0) return { is: 'patched', by: patched, whys: [...whys] }
  return { is: 'not-affected' }
}

/** Whether the entry is about this version of its component. */
function speaksOf({ ranges, versions }: Affected, version: string): boolean {
  if (ranges.length === 0 && versions.length === 0) return true
  const parsed = parseVersion(version)
  return (
    versions.some((listed) => isSame(listed, version)) ||
    (parsed !== undefined && ranges.some((range) => isInRange(parsed, range)))
  )
}

/** A release that is listed stands for every build of it, a build only for itself. */
function isSame(listed: string, version: string): boolean {
  const bare = (text: string) => text.trim().replace(/^v/, '')
  if (bare(listed) === bare(version)) return true
  const [a, b] = [parseVersion(listed), parseVersion(version)]
  return (
    /^\d+\.\d+\.\d+$/.test(bare(listed)) &&
    a !== undefined &&
    b !== undefined &&
    compareVersions(a, b) === 0
  )
}

/** Whether a component runs in that range; undefined where nothing is known of it. */
function runs(
  { component, range }: { readonly component: Component; readonly range: Range },
  inventory: Inventory,
): boolean | undefined {
  const version = inventory.get(component)
  if (version === undefined) return undefined
  const parsed = parseVersion(version)
  return parsed === undefined ? undefined : isInRange(parsed, range)
}

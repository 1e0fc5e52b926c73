import type { Advisory, Component } from './advisory.ts'
import type { Distributions, Implied } from './distributions.ts'
import { type Exposure, exposureOf, type Installed, type Inventory } from './exposure.ts'
import { complete, type Step } from './inventory.ts'
import {
  type Precaution,
  precautions,
  type Unsupported,
  unsupportedStep,
  unsupportedTogether,
  wayBack,
} from './upgrade.ts'
import type { UpgradeRules } from './upgrade-rules.ts'
import { compareVersions, parseVersion } from './version.ts'

/** What is known: advisories, and what is no issue. */
export interface Knowledge {
  readonly advisories: readonly Advisory[]
  readonly distributions: Distributions
  readonly rules: UpgradeRules
}

/** An advisory that concerns what runs, and by which components. */
export interface Match {
  readonly advisory: Advisory
  readonly by: readonly Installed[]
  /** The releases that have the fix, of what runs and is older. */
  readonly fixedIn: readonly Installed[]
}

/** An advisory that would concern it, but for a patch. */
interface PatchedMatch extends Match {
  readonly whys: readonly string[]
}

/** An advisory that concerns what runs only together with components of which nothing is known. */
interface DependingMatch extends Match {
  readonly on: readonly Component[]
}

/** What is known against a combination. Advisories are in the order of their severity. */
export interface Check {
  readonly versions: readonly Installed[]
  /** Versions that follow from others. */
  readonly implied: readonly Implied[]
  readonly affected: readonly Match[]
  readonly patched: readonly PatchedMatch[]
  readonly depending: readonly DependingMatch[]
  /** Combinations that nobody recommends. */
  readonly together: readonly Unsupported[]
}

/** What an upgrade changes. */
export interface UpgradeCheck {
  readonly steps: readonly Step[]
  readonly before: Check
  readonly after: Check
  readonly fixes: readonly Match[]
  readonly brings: readonly Match[]
  readonly stays: readonly Match[]
  /** Steps that their component does not support. */
  readonly unsupported: readonly Unsupported[]
  /** To be looked at first. */
  readonly first: readonly Precaution[]
}

/** What is known against the versions in an inventory. */
export function check(given: Inventory, knowledge: Knowledge): Check {
  const { versions, implied } = complete(given, knowledge.distributions)
  const exposures = bySeverity(knowledge.advisories).map(
    (advisory): readonly [Advisory, Exposure] => [advisory, exposureOf(advisory, versions)],
  )
  const matchOf = (advisory: Advisory, by: readonly Installed[]): Match => ({
    advisory,
    by,
    fixedIn: fixedIn(advisory, versions),
  })
  return {
    versions: [...versions].map(([component, version]) => ({ component, version })),
    implied,
    affected: fixableFirst(
      exposures.flatMap(([advisory, exposure]) =>
        exposure.is === 'affected' ? [matchOf(advisory, exposure.by)] : [],
      ),
    ),
    patched: exposures.flatMap(([advisory, exposure]) =>
      exposure.is === 'patched' ? [{ ...matchOf(advisory, exposure.by), whys: exposure.whys }] : [],
    ),
    depending: exposures.flatMap(([advisory, exposure]) =>
      exposure.is === 'depends' ? [{ ...matchOf(advisory, exposure.by), on: exposure.on }] : [],
    ),
    together: unsupportedTogether(versions, knowledge.rules),
  }
}

/** Of the same severity those first that a release fixes. */
function fixableFirst(matches: readonly Match[]): readonly Match[] {
  const rank = ({ advisory, fixedIn: fixes }: Match) =>
    SEVERITIES.indexOf(advisory.severity) * 2 + (fixes.length === 0 ? 1 : 0)
  return matches.toSorted((a, b) => rank(a) - rank(b))
}

function fixedIn({ remedies }: Advisory, versions: Inventory): readonly Installed[] {
  const releases = new Map<string, Installed>()
  for (const { kind, needs } of remedies) {
    if (kind !== 'fix') continue
    for (const { component, atLeast } of needs) {
      releases.set(`${component} ${atLeast}`, { component, version: atLeast })
    }
  }
  return [...releases.values()].filter(({ component, version }) => {
    const [runs, fix] = [parseVersion(versions.get(component) ?? ''), parseVersion(version)]
    return runs !== undefined && fix !== undefined && compareVersions(runs, fix) < 0
  })
}

/** What steps from the versions in an inventory change; they win over what the inventory has. */
export function checkUpgrade(
  given: Inventory,
  steps: readonly Step[],
  knowledge: Knowledge,
): UpgradeCheck {
  const start = new Map(given)
  const end = new Map(given)
  for (const { component, from, to } of steps) {
    start.set(component, from)
    end.set(component, to)
  }
  const [before, after] = [check(start, knowledge), check(end, knowledge)]
  const had = new Set(before.affected.map(({ advisory }) => advisory.id))
  const has = new Set(after.affected.map(({ advisory }) => advisory.id))
  const { rules } = knowledge
  return {
    steps,
    before,
    after,
    fixes: before.affected.filter(({ advisory }) => !has.has(advisory.id)),
    brings: after.affected.filter(({ advisory }) => !had.has(advisory.id)),
    stays: after.affected.filter(({ advisory }) => had.has(advisory.id)),
    unsupported: steps.flatMap((step) => unsupportedStep(step, rules) ?? []),
    first: [...precautions(versionsOf(before), versionsOf(after), rules), ...wayBack(steps, rules)],
  }
}

function versionsOf({ versions }: Check): Inventory {
  return new Map(versions.map(({ component, version }) => [component, version]))
}

/** The severities, the worst first. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const

/** Advisories, the worst first. */
export function bySeverity(advisories: readonly Advisory[]): readonly Advisory[] {
  return advisories.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )
}

import { z } from 'zod'
import { sentence, version } from './advisory.ts'
import { COMPONENTS, type Component } from './component.ts'
import type { Inventory } from './exposure.ts'
import { shippedDir } from '../shipped-dir.ts'
import { readRuleFile } from './rule-file.ts'
import { isInRange, parseVersion } from './version.ts'

const release = z.strictObject({
  from: version.describe('The first release of the distribution.'),
  to: version.describe('The last one, itself included.'),
  version: z.string().min(1).describe('What it brings, as that reports itself.'),
})

/** The shape of `advisories/rules/distributions.yaml`. */
export const distributionsSchema = z.array(
  z.strictObject({
    distribution: z.enum(COMPONENTS),
    brings: z.enum(COMPONENTS),
    sources: z.array(sentence).min(1),
    releases: z.array(release).min(1),
  }),
)

/** Which releases of distributions bring which versions of a component. */
export type Distributions = z.output<typeof distributionsSchema>

/** The distributions that ship with Fairlead, or those of another folder of advisories. */
export async function readDistributions(
  dir: string = shippedDir('advisories'),
): Promise<Distributions> {
  return readRuleFile('distributions', distributionsSchema, dir)
}

/** A component of which nobody gave the version, and what it follows from. */
export interface Implied {
  readonly component: Component
  readonly version: string
  readonly from: Component
}

/** What the distributions in an inventory bring, of components that are not in it. */
export function impliedBy(inventory: Inventory, distributions: Distributions): readonly Implied[] {
  const implied: Implied[] = []
  for (const { distribution, brings, releases } of distributions) {
    const parsed = parseVersion(inventory.get(distribution) ?? '')
    if (parsed === undefined || inventory.has(brings)) continue
    const release = releases.find(({ from, to }) =>
      isInRange(parsed, { introduced: from, lastAffected: to }),
    )
    if (release !== undefined) {
      implied.push({ component: brings, version: release.version, from: distribution })
    }
  }
  return implied
}

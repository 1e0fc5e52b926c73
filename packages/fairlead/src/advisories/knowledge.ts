import { loadAdvisories } from './advisory-files.ts'
import type { Knowledge } from './check.ts'
import { readDistributions } from './distributions.ts'
import { readUpgradeRules } from './upgrade-rules.ts'

/** Everything that is known of versions. */
export async function loadKnowledge(): Promise<Knowledge> {
  const [advisories, distributions, rules] = await Promise.all([
    loadAdvisories(),
    readDistributions(),
    readUpgradeRules(),
  ])
  return { advisories, distributions, rules }
}

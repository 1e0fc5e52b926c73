import path from 'node:path'
import { messageOf } from '../errors.ts'
import { shippedDir } from '../shipped-dir.ts'
import { isThere } from '../files.ts'
import type { Advisory } from './advisory.ts'
import { loadAdvisories } from './advisory-files.ts'
import type { Knowledge } from './check.ts'
import { readDistributions } from './distributions.ts'
import { defaultStateDir, updatedAdvisories } from './store.ts'
import { readUpgradeRules } from './upgrade-rules.ts'

/** What is known, and where from. */
export interface CurrentKnowledge extends Knowledge {
  readonly from: 'shipped' | 'updated'
  /** Why the update is not used, though there is one, as a sentence; undefined where all is well. */
  readonly problem: string | undefined
}

/**
 * What is known: of what ships with Fairlead and what `fairlead advisories update` has put into the state
 * folder, the newer, by the latest `modified` of an advisory; and the user's own advisories in the folder
 * `$FAIRLEAD_ADVISORIES`, which win where an id is in both. An update that cannot be read is told in
 * `problem`, and what ships is used.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID, FL_ADVISORY_UNKNOWN where the user's own or what ships is
 * broken.
 */
export async function loadKnowledge(env: NodeJS.ProcessEnv): Promise<CurrentKnowledge> {
  const own = env['FAIRLEAD_ADVISORIES'] ? await loadAdvisories(env['FAIRLEAD_ADVISORIES']) : []
  const current = await newerOfBoth(env)
  const ids = new Set(own.map(({ id }) => id))
  const others = current.advisories.filter(({ id }) => !ids.has(id))
  return { ...current, advisories: [...others, ...own] }
}

async function newerOfBoth(env: NodeJS.ProcessEnv): Promise<CurrentKnowledge> {
  const shipped = await loadFolder(shippedDir('advisories'))
  try {
    const updated = await updatedAdvisories(defaultStateDir(env))
    if (updated !== undefined) {
      const knowledge = await loadFolder(updated.dir)
      if (newest(knowledge.advisories) >= newest(shipped.advisories)) {
        return { ...knowledge, from: 'updated', problem: undefined }
      }
    }
    return { ...shipped, from: 'shipped', problem: undefined }
  } catch (error) {
    const problem = `The updated advisories cannot be used, those that ship are: ${messageOf(error)}`
    return { ...shipped, from: 'shipped', problem }
  }
}

/**
 * What a folder of advisories knows. One without a folder `rules` goes with the rules that ship.
 *
 * @throws {FairleadError} FL_ADVISORY_INVALID, FL_ADVISORY_UNKNOWN.
 */
export async function loadFolder(dir: string): Promise<Knowledge> {
  const rulesOf = (await isThere(path.join(dir, 'rules'))) ? dir : shippedDir('advisories')
  const [advisories, distributions, rules] = await Promise.all([
    loadAdvisories(dir),
    readDistributions(rulesOf),
    readUpgradeRules(rulesOf),
  ])
  return { advisories, distributions, rules }
}

/** The day of the latest change, which sorts as a text. */
function newest(advisories: readonly Advisory[]): string {
  return advisories.reduce((last, { modified }) => (modified > last ? modified : last), '')
}

import type { Check, Match, UpgradeCheck } from '../advisories/check.ts'
import { told, toldRule } from '../advisories/told.ts'
import type { Precaution, Unsupported } from '../advisories/upgrade.ts'
import type { Language } from '../language.ts'

/** What is known against a combination, for programs. */
export function checkJson(check: Check, language: Language): object {
  const { versions, implied, affected, patched, depending, together } = check
  const matchJson = matchIn(language)
  return {
    versions,
    implied,
    affected: affected.map(matchJson),
    patched: patched.map((match) => ({ ...matchJson(match), why: match.whys.join(' ') })),
    depending: depending.map((match) => ({ ...matchJson(match), on: match.on })),
    together: together.map(ruleIn(language)),
  }
}

/** What an upgrade changes, for programs. */
export function upgradeJson(upgrade: UpgradeCheck, language: Language): object {
  const { steps, before, after, fixes, brings, stays, unsupported, first } = upgrade
  const [matchJson, ruleJson] = [matchIn(language), ruleIn(language)]
  return {
    steps,
    before: { versions: before.versions, implied: before.implied },
    after: { versions: after.versions, implied: after.implied },
    fixes: fixes.map(matchJson),
    brings: brings.map(matchJson),
    stays: stays.map(matchJson),
    unsupported: unsupported.map(ruleJson),
    together: after.together.map(ruleJson),
    first: first.map(ruleJson),
  }
}

function matchIn(language: Language) {
  return ({ advisory, by, fixedIn }: Match) => ({
    id: advisory.id,
    severity: advisory.severity,
    title: told(advisory, language).title,
    effects: advisory.effects,
    by,
    fixedIn,
  })
}

function ruleIn(language: Language) {
  return (rule: Unsupported | Precaution) => ({
    ...('id' in rule ? { id: rule.id } : { component: rule.component }),
    text: toldRule(rule, language),
    sources: rule.sources,
  })
}

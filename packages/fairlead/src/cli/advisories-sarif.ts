import type { Advisory } from '../advisories/advisory.ts'
import type { Check, Match, UpgradeCheck } from '../advisories/check.ts'
import { told, toldRule } from '../advisories/told.ts'
import type { Precaution, Unsupported } from '../advisories/upgrade.ts'
import type { Language } from '../language.ts'
import { sarifLog, type SarifLevel, type SarifResult, type SarifRule } from '../sarif.ts'

const LEVELS: Readonly<Record<Advisory['severity'], SarifLevel>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
}

/** What is known against a combination, as SARIF: each advisory is a rule. */
export function checkSarif(check: Check, language: Language): string {
  return log(check.affected.map(resultOf(language)), check.affected, check.together, [], language)
}

/** What an upgrade changes, as SARIF: what it fixes is `absent`, what it brings `new`. */
export function upgradeSarif(upgrade: UpgradeCheck, language: Language): string {
  const { fixes, brings, stays, unsupported, after, first } = upgrade
  const result = resultOf(language)
  return log(
    [
      ...brings.map((match) => ({ ...result(match), against: 'new' as const })),
      ...stays.map((match) => ({ ...result(match), against: 'unchanged' as const })),
      ...fixes.map((match) => ({ ...result(match), against: 'absent' as const })),
    ],
    [...brings, ...stays, ...fixes],
    [...unsupported, ...after.together],
    first,
    language,
  )
}

function log(
  results: readonly SarifResult[],
  matches: readonly Match[],
  unsupported: readonly Unsupported[],
  first: readonly Precaution[],
  language: Language,
): string {
  const rules = [
    ...matches.map(({ advisory }) => ruleOf(advisory, language)),
    ...(unsupported.length === 0 ? [] : [UNSUPPORTED]),
    ...first.map((precaution) => precautionRule(precaution, language)),
  ]
  return sarifLog(rules, [
    ...results,
    ...unsupported.map((rule) => ({
      rule: UNSUPPORTED.id,
      level: UNSUPPORTED.level,
      text: toldRule(rule, language),
      things: [rule.component],
    })),
    ...first.map((precaution) => ({
      rule: precaution.id,
      level: 'none' as const,
      text: toldRule(precaution, language),
    })),
  ])
}

const UNSUPPORTED: SarifRule = {
  id: 'unsupported-versions',
  title: 'Versions that do not go together, or a step that is not supported',
  explanation:
    'The projects themselves say which versions go together, and which upgrades they support.',
  help: 'Go through the releases between, or choose versions that are recommended together.',
  level: 'warning',
}

function precautionRule(precaution: Precaution, language: Language): SarifRule {
  const { id, sources } = precaution
  const explanation = toldRule(precaution, language)
  return { id, title: id, explanation, help: sources.join('\n'), level: 'none' }
}

function ruleOf(advisory: Advisory, language: Language): SarifRule {
  const { title, cause, remedies } = told(advisory, language)
  const uri = advisory.citations.find((citation) => 'url' in citation)
  return {
    id: advisory.id,
    title,
    explanation: cause,
    help: remedies.map((text, index) => `${index + 1}. ${text}`).join('\n'),
    level: LEVELS[advisory.severity],
    ...(uri === undefined ? {} : { helpUri: uri.url }),
    tags: [advisory.category, advisory.severity, ...advisory.effects],
  }
}

function resultOf(language: Language) {
  return ({ advisory, by }: Match): SarifResult => ({
    rule: advisory.id,
    level: LEVELS[advisory.severity],
    text: told(advisory, language).title,
    things: by.map(({ component, version }) => `${component}@${version}`),
  })
}

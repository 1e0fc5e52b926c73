import type { Advisory } from '../advisories/advisory.ts'
import type { Check, Match, UpgradeCheck } from '../advisories/check.ts'
import { told, toldPatches, toldRule } from '../advisories/told.ts'
import type { Precaution, Unsupported } from '../advisories/upgrade.ts'
import type { Language } from '../language.ts'
import { wordsOf } from './advisories-words.ts'
import type { Item, Section } from './page.ts'
import type { Paint } from './paint.ts'

const PAINTS: Readonly<Record<Advisory['severity'], Paint>> = {
  critical: 'red',
  high: 'red',
  medium: 'yellow',
  low: 'dim',
}

/** What is known against a combination, for people; `total` is the number of advisories there are. */
export function checkPage(check: Check, total: number, language: Language): readonly Section[] {
  const words = wordsOf(language)
  const { affected } = check
  return [
    { items: [{ text: versionsLine(check, language) }] },
    ...section(undefined, matchItems(affected, language)),
    ...section(words.together, sourcedItems(check.together, language)),
    ...section(
      words.patched,
      check.patched.map((match) => ({
        ...matchItem(match, language),
        details: [toldPatches(match.advisory, match.whys, language)],
      })),
    ),
    {
      items: [
        { text: words.summary(affected.length, total, affected.filter(isFixable).length) },
        ...dependingItems(check, language),
        ...(affected.length === 0 ? [] : [{ text: words.more }]),
      ],
    },
  ]
}

/** What an upgrade changes, for people. */
export function upgradePage(upgrade: UpgradeCheck, language: Language): readonly Section[] {
  const words = wordsOf(language)
  const { before, after, fixes, brings, stays, unsupported, first } = upgrade
  const some = (items: readonly Item[]) => (items.length === 0 ? [{ text: words.nothing }] : items)
  return [
    { items: [{ text: `${versionsLine(before, language)}\n-> ${versionsLine(after, language)}` }] },
    ...section(words.unsupported, sourcedItems(unsupported, language)),
    ...section(words.together, sourcedItems(after.together, language)),
    ...section(words.first, sourcedItems(first, language)),
    { heading: `${words.fixes} (${fixes.length})`, items: some(matchItems(fixes, language)) },
    { heading: `${words.newly} (${brings.length})`, items: some(matchItems(brings, language)) },
    {
      heading: `${words.stays} (${stays.length})`,
      items: some(
        stays.map(({ advisory }) => ({ label: labelOf(advisory, language), name: advisory.id })),
      ),
    },
    { items: [...dependingItems(after, language), { text: words.more }] },
  ]
}

/** Everything that an advisory says, for people. */
export function advisoryPage(advisory: Advisory, language: Language): readonly Section[] {
  const words = wordsOf(language)
  const { title, cause, confirm, remedies } = told(advisory, language)
  return [
    {
      items: [
        {
          label: labelOf(advisory, language),
          name: advisory.id,
          text: title,
          details: [
            `${words.effects}: ${advisory.effects.join(', ')}`,
            `${words.confidence}: ${advisory.confidence}`,
          ],
        },
      ],
    },
    { heading: words.cause, items: [{ text: cause }] },
    {
      heading: words.affected,
      items: [{ details: advisory.affected.map(affectedLine(language)) }],
    },
    ...section(
      words.symptoms,
      symptomLines(advisory.symptoms).map((line) => ({ details: [line] })),
    ),
    ...section(
      words.confirm,
      confirm.map((text) => ({ details: [text] })),
    ),
    {
      heading: words.remedies,
      items: advisory.remedies.map(({ kind, harm, automation, needs, commands }, index) => ({
        text: `${index + 1}. ${words[kind]} (${words.harm}: ${harm}; ${automation}): ${remedies[index] ?? ''}`,
        details:
          needs.length === 0
            ? []
            : [
                `${words.needs} ${needs.map((need) => `${need.component} ${need.atLeast}`).join(', ')}`,
              ],
        code: commands,
      })),
    },
    {
      heading: words.newest,
      items: [{ text: `${advisory.inNewest.status}. ${advisory.inNewest.evidence}` }],
    },
    {
      heading: words.citations,
      items: [{ details: advisory.citations.map(citationLine) }],
    },
  ]
}

/** One line for each text, with all the places where it is met. */
function symptomLines(symptoms: Advisory['symptoms']): readonly string[] {
  const byText = Map.groupBy(symptoms, ({ specificity, text }) => `(${specificity}): ${text}`)
  return [...byText].map(([text, met]) => `${met.map(({ source }) => source).join(', ')} ${text}`)
}

function isFixable({ fixedIn }: Match): boolean {
  return fixedIn.length > 0
}

function section(heading: string | undefined, items: readonly Item[]): readonly Section[] {
  if (items.length === 0) return []
  return [heading === undefined ? { items } : { heading, items }]
}

function versionsLine({ versions, implied }: Check, language: Language): string {
  const { brings } = wordsOf(language)
  return versions
    .map(({ component, version }) => {
      const from = implied.find((one) => one.component === component)?.from
      return `${component} ${version}${from === undefined ? '' : ` (${brings(from)})`}`
    })
    .join(', ')
}

function matchItems(matches: readonly Match[], language: Language): readonly Item[] {
  const words = wordsOf(language)
  return matches.map((match) => {
    return {
      ...matchItem(match, language),
      details: [
        `${words.concerns} ${installedText(match.by)}`,
        match.fixedIn.length === 0
          ? words.noFix
          : `${words.fixedIn} ${installedText(match.fixedIn)}`,
      ],
    }
  })
}

function installedText(installed: Match['by']): string {
  return installed.map(({ component, version }) => `${component} ${version}`).join(', ')
}

function matchItem({ advisory }: Match, language: Language): Item {
  return {
    label: labelOf(advisory, language),
    name: advisory.id,
    text: told(advisory, language).title,
  }
}

function labelOf({ severity }: Advisory, language: Language): NonNullable<Item['label']> {
  return { text: wordsOf(language).severity[severity], paint: PAINTS[severity] }
}

function sourcedItems(
  rules: readonly (Unsupported | Precaution)[],
  language: Language,
): readonly Item[] {
  return rules.map((rule) => ({
    details: [toldRule(rule, language)],
  }))
}

function dependingItems({ depending }: Check, language: Language): readonly Item[] {
  if (depending.length === 0) return []
  const on = [...new Set(depending.flatMap((match) => match.on))].sort()
  return [{ text: wordsOf(language).depending(depending.length, on.join(', ')) }]
}

function affectedLine(language: Language) {
  const words = wordsOf(language)
  const rangeText = ({ introduced, fixed, lastAffected }: Range): string =>
    [
      ...(introduced === '0' ? [] : [`>= ${introduced}`]),
      ...(fixed === undefined ? [] : [`< ${fixed}`]),
      ...(lastAffected === undefined ? [] : [`<= ${lastAffected}`]),
    ].join(' ') || words.every
  return ({ component, ranges, versions, only, patched, note }: Affected): string => {
    const which = [...ranges.map(rangeText), ...versions].join('; ') || words.every
    const besides = (entries: readonly { component: string; range: Range }[]) =>
      entries.map((entry) => `${entry.component} ${rangeText(entry.range)}`).join(', ')
    return [
      `${component} ${which}`,
      ...(only.length === 0 ? [] : [`${words.only} ${besides(only)}`]),
      ...(patched.length === 0 ? [] : [`${words.patchedBy} ${besides(patched)}`]),
      ...(note === undefined ? [] : [note]),
    ].join('; ')
  }
}

type Affected = Advisory['affected'][number]
type Range = Affected['ranges'][number]

function citationLine(citation: Advisory['citations'][number]): string {
  if ('url' in citation) return citation.url
  return citation.type === 'source' ? citation.ref : `${citation.type}: ${citation.text}`
}

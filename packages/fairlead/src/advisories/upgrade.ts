import type { Component } from './component.ts'
import type { Inventory } from './exposure.ts'
import type { Step } from './inventory.ts'
import type { UpgradeRules } from './upgrade-rules.ts'
import { compareVersions, isInRange, parseVersion, type Version } from './version.ts'

type StepRule = UpgradeRules['steps'][number]

/** A rule that a step breaks, or a combination that nobody recommends. */
export interface Unsupported {
  readonly component: Component
  /** One sentence with the versions. */
  readonly text: string
  readonly 'zh-CN': string
  readonly sources: readonly string[]
}

/** Something to look at before a step. */
export interface Precaution {
  readonly id: string
  readonly text: string
  readonly 'zh-CN': string
  readonly sources: readonly string[]
}

/** Whether a step is one that its component supports; undefined where it is, or nothing is known. */
export function unsupportedStep(step: Step, rules: UpgradeRules): Unsupported | undefined {
  const rule = rules.steps.find(({ component }) => component === step.component)
  const [from, to] = [parseVersion(step.from), parseVersion(step.to)]
  if (rule === undefined || from === undefined || to === undefined) return undefined
  const { component, sources } = rule
  const told = (text: string, chinese: string): Unsupported => ({
    component,
    text: `${step.from} to ${step.to}: ${text}`,
    'zh-CN': `${step.from} 到 ${step.to}：${chinese}`,
    sources,
  })
  if (compareVersions(to, from) < 0) {
    return told(
      rule.back ?? `this is a step back. ${rule.text}`,
      rule['zh-CN'].back ?? `这是降级。${rule['zh-CN'].text}`,
    )
  }
  return isOneStep(rule, minorOf(from), minorOf(to))
    ? undefined
    : told(rule.text, rule['zh-CN'].text)
}

function isOneStep({ minors, direct }: StepRule, from: string, to: string): boolean {
  if (from === to || direct.some((over) => over.from === from && over.to === to)) return true
  const [at, next] = [minors.indexOf(from), minors.indexOf(to)]
  if (at >= 0 && next >= 0) return next === at + 1
  // A minor release that is newer than the rule follows by its number.
  const [major, minor] = from.split('.').map(Number)
  return to === `${major}.${(minor ?? 0) + 1}`
}

/** The combinations in an inventory that are in a table of such, and not recommended there. */
export function unsupportedTogether(
  inventory: Inventory,
  { together }: UpgradeRules,
): readonly Unsupported[] {
  return together.flatMap((rule) => {
    const [own, other] = [inventory.get(rule.component), inventory.get(rule.with)]
    const [version, beside] = [parseVersion(own ?? ''), parseVersion(other ?? '')]
    if (version === undefined || beside === undefined) return []
    const minor = minorOf(version)
    const fit = rule.minors[minor]
    if (fit === undefined || isFit(beside, fit)) return []
    const releases = fit.map((release) => `${release}+`).join(', ')
    return [
      {
        component: rule.with,
        text: `${rule.with} ${other}: ${rule.text} ${minor} ${releases}.`,
        'zh-CN': `${rule.with} ${other}：${rule.component} ${minor} 推荐搭配 ${rule.with} ${releases}。`,
        sources: rule.sources,
      },
    ]
  })
}

/** At or above the first fit release of its minor, or above the newest of them all. */
function isFit(version: Version, fit: readonly string[]): boolean {
  const releases = fit.flatMap((text) => parseVersion(text) ?? []).sort(compareVersions)
  return releases.some(
    (release, index) =>
      compareVersions(version, release) >= 0 &&
      (index === releases.length - 1 || minorOf(version) === minorOf(release)),
  )
}

/** What is to be looked at before steps from one inventory to another. */
export function precautions(
  before: Inventory,
  after: Inventory,
  { before: rules }: UpgradeRules,
): readonly Precaution[] {
  return rules.filter(({ component, passing, only }) => {
    const [from, to] = [before.get(component), after.get(component)].map((text) =>
      parseVersion(text ?? ''),
    )
    if (from === undefined || to === undefined) return false
    const passed = { introduced: passing }
    if (isInRange(from, passed) || !isInRange(to, passed)) return false
    return only.every(({ component: other, range }) => {
      const beside = parseVersion(after.get(other) ?? '')
      return beside !== undefined && isInRange(beside, range)
    })
  })
}

/** What is known of the way back, of the components that step. */
export function wayBack(steps: readonly Step[], rules: UpgradeRules): readonly Precaution[] {
  return rules.steps.flatMap(({ component, back, sources, 'zh-CN': chinese }) => {
    if (back === undefined || !steps.some((step) => step.component === component)) return []
    return [{ id: `${component}-back`, text: back, 'zh-CN': chinese.back ?? back, sources }]
  })
}

function minorOf({ numbers: [major, minor] }: Version): string {
  return `${major}.${minor}`
}

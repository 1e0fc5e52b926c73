import { z } from 'zod'
import { beside, sentence, version } from './advisory.ts'
import { COMPONENTS } from './component.ts'
import { shippedDir } from '../shipped-dir.ts'
import { readRuleFile } from './rule-file.ts'

const minor = z.string().regex(/^\d+\.\d+$/, { error: "expected a minor release such as '2.0'" })
const sources = z.array(sentence).min(1)

const step = z.strictObject({
  component: z.enum(COMPONENTS),
  minors: z
    .array(minor)
    .default([])
    .describe('The minor releases in their order. Empty: one follows the other by its number.'),
  direct: z
    .array(z.strictObject({ from: minor, to: minor }))
    .default([])
    .describe('Steps over several minor releases that are supported all the same.'),
  text: sentence.describe('The rule, for somebody who breaks it.'),
  back: sentence.optional().describe('What is known of the way back.'),
  sources,
  'zh-CN': z.strictObject({ text: sentence, back: sentence.optional() }),
})

const together = z.strictObject({
  component: z.enum(COMPONENTS),
  with: z.enum(COMPONENTS),
  text: sentence.describe('Who says so, before the versions: `X recommends for Kubernetes`.'),
  minors: z
    .record(minor, z.array(version).min(1))
    .describe(
      'For a minor release of the component the first fit patch release of each fit minor of the other; ' +
        'the newest of them stands for all that are newer.',
    ),
  sources,
})

const before = z.strictObject({
  id: z.string().min(1),
  component: z.enum(COMPONENTS),
  passing: version.describe('For an upgrade from a version before this one to it or a later one.'),
  only: z.array(beside).default([]).describe('Only where all of these run.'),
  text: sentence,
  sources,
  'zh-CN': sentence,
})

/** The shape of `advisories/rules/upgrades.yaml`. */
export const upgradeRulesSchema = z.strictObject({
  steps: z.array(step),
  together: z.array(together),
  before: z.array(before),
})

/** What an upgrade has to keep to. */
export type UpgradeRules = z.output<typeof upgradeRulesSchema>

/** The rules that ship with Fairlead, or those of another folder of advisories. */
export async function readUpgradeRules(
  dir: string = shippedDir('advisories'),
): Promise<UpgradeRules> {
  return readRuleFile('upgrades', upgradeRulesSchema, dir)
}

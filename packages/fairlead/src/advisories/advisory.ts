import { z } from 'zod'
import { COMPONENTS } from './component.ts'
import { PROBES } from './probes.ts'

export type { Component } from './component.ts'

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, {
  error: 'expected lower-case words with `-` between them',
})
/** A text for people. */
export const sentence = z.string().trim().min(1)

/** Where a text that tells of a failure is met. */
const SYMPTOM_SOURCES = [
  'node-condition',
  'event',
  'pod-status',
  'kubelet-log',
  'containerd-log',
  'crio-log',
  'plugin-log',
  'kernel-log',
  'systemd-log',
  'runtime-status',
  'goroutine-dump',
  'conf-file',
  'process-table',
  'command-output',
] as const

const VERSION =
  /\d+\.\d+\.\d+(-(alpha|beta|rc|pre|ec)(\.?\d+)*)?([-+](k3s|rke2r|gke\.|eksbuild\.)\d+)?/.source
const expected = { error: 'expected a version such as 2.0.3, 2.1.0-beta.0 or 1.31.2+k3s1' }
/** A version that is an end of a range. */
export const version = z.string().regex(new RegExp(`^${VERSION}$`), expected)

const range = z
  .strictObject({
    introduced: z
      .string()
      .regex(new RegExp(`^(0|${VERSION})$`), expected)
      .default('0')
      .describe('The first version that has it; 0 for the first there ever was.'),
    fixed: version.optional().describe('The first version without it.'),
    lastAffected: version.optional().describe('The last with it, where no fix is known.'),
  })
  .refine(({ fixed, lastAffected }) => fixed === undefined || lastAffected === undefined, {
    error: 'either `fixed` or `lastAffected`, not both',
  })

const component = z.enum(COMPONENTS).describe('What it is a version of.')
/** A component that runs beside, in a range of versions. */
export const beside = z.strictObject({ component, range: range.describe('Which versions.') })

const affected = z.strictObject({
  component: z.enum(COMPONENTS).describe('What has it.'),
  ranges: z
    .array(range)
    .default([])
    .describe('Semantic versions. With neither ranges nor versions: every version there is.'),
  versions: z
    .array(z.string())
    .default([])
    .describe("Exact versions, e.g. a distribution's builds (`1.6.20~ds1-1+deb12u1`)."),
  patched: z
    .array(beside.extend({ why: sentence.describe('In a sentence.') }))
    .default([])
    .describe('With that beside it, a version in the ranges is patched, whatever it reports.'),
  only: z.array(beside).default([]).describe('Affected only together with all of these.'),
  note: sentence.optional().describe('What versions cannot say, for people.'),
})

const symptom = z.strictObject({
  source: z.enum(SYMPTOM_SOURCES).describe('Where it is written.'),
  text: z.string().min(3).describe('A part of the line, as it is written there.'),
  specificity: z
    .enum(['weak', 'strong', 'decisive'])
    .describe('weak: many causes write it. strong: few do. decisive: only this one does.'),
})

const probe = z.strictObject({
  probe: z.enum(PROBES).describe('What `fairlead doctor` or `fairlead lint` can see by itself.'),
  says: z
    .enum(['hints', 'supports', 'decisive', 'contradicts'])
    .describe('hints: many causes show it. supports: few do. decisive: only this one does.'),
})

const remedy = z.strictObject({
  kind: z.enum(['fix', 'workaround']).describe('Whether it goes for good.'),
  text: sentence.describe('What to do, and what follows.'),
  commands: z.array(z.string().min(1)).default([]).describe('To be copied, a line each.'),
  needs: z
    .array(z.strictObject({ component, atLeast: version.describe('This version, or newer.') }))
    .default([])
    .describe('The versions that have the fix.'),
  harm: z
    .enum(['none', 'plugin', 'pod', 'runtime', 'node'])
    .describe('The most that it disturbs; remedies are offered in this order.'),
  automation: z
    .enum(['safe', 'consent', 'manual'])
    .describe('safe: a machine may do it. consent: only if somebody allowed it. manual: a person.'),
})

const citation = z.discriminatedUnion('type', [
  z.strictObject({
    type: z
      .enum(['issue', 'pull-request', 'doc', 'release-notes', 'commit'])
      .describe('What it is.'),
    url: z.url({ protocol: /^https$/ }).describe('Where it is told.'),
  }),
  z.strictObject({
    type: z.literal('source'),
    ref: sentence.describe('project@tag:path, and what is there.'),
  }),
  z.strictObject({
    type: z.literal('measured'),
    text: sentence.describe('What was run and seen.'),
  }),
])

/** What an advisory says in another language than English. */
const translation = z.strictObject({
  title: sentence.describe('The `title`.'),
  cause: sentence.optional().describe('The `cause`.'),
  patched: z.array(sentence).default([]).describe('Each `why` of `affected`, in their order.'),
  confirm: z
    .array(sentence)
    .default([])
    .describe(
      'The texts of `confirm`, in their order, without what stands there between backticks: {1} is ' +
        'the first of it, and where no place is named, it all comes last.',
    ),
  remedies: z.array(sentence).default([]).describe('The texts of the remedies, in their order.'),
})

/** The shape of a file in `advisories/`; published as `advisories/advisory.schema.json`. */
export const advisorySchema = z.strictObject({
  id: id.describe('Its name for ever; the file is ID.yaml.'),
  title: sentence.describe('What goes wrong, in one line.'),
  published: z.iso.date().describe('When it was first told of.'),
  modified: z.iso.date().describe('When it was last changed.'),
  category: z
    .enum([
      'runtime-lock',
      'runtime-start',
      'config-load',
      'config-reload',
      'config-order',
      'config-version',
      'paths',
      'binaries',
      'ipam',
      'teardown',
      'multus',
      'agent',
    ])
    .describe('What part of the node it is about.'),
  severity: z
    .enum(['critical', 'high', 'medium', 'low'])
    .describe('How bad it is where it strikes.'),
  effects: z
    .array(
      z.enum([
        'node-notready',
        'pods-stuck-creating',
        'pods-stuck-terminating',
        'pods-pending',
        'pods-missing-secondary-interface',
        'wrong-network',
        'ip-leak',
        'policy-missing',
        'traffic-loss',
        'runtime-restart',
      ]),
    )
    .min(1)
    .describe('What people notice.'),
  cause: sentence.describe('Why it happens, for an engineer who never met it.'),
  affected: z.array(affected).min(1).describe('Whom it touches.'),
  symptoms: z.array(symptom).default([]).describe('What is written where when it strikes.'),
  probes: z.array(probe).default([]).describe('What speaks for it, or against it, without a text.'),
  confirm: z.array(sentence).default([]).describe('What a person looks at to be sure.'),
  remedies: z.array(remedy).min(1).describe('The one to try first comes first.'),
  citations: z.array(citation).min(1).describe('Where that is known from.'),
  inNewest: z
    .strictObject({
      status: z.enum(['yes', 'no', 'unknown']).describe('Whether it is there.'),
      evidence: sentence.describe('How that is known.'),
    })
    .describe('Whether the newest release has it still.'),
  confidence: z.enum(['high', 'medium', 'low']).describe('That cause and versions are right.'),
  notInLab: z
    .strictObject({
      reason: z
        .enum(['vendor', 'doctor', 'open'])
        .describe('It takes what a vendor has; the doctor sees it; or nobody has made one yet.'),
      because: sentence.describe('In a sentence.'),
    })
    .optional()
    .describe('Why no scenario reproduces it; absent where one does.'),
  'zh-CN': translation.optional().describe('The same in Chinese.'),
})

/** A known issue: what it is, whom it touches, how it shows and what helps. */
export type Advisory = z.output<typeof advisorySchema>
export type SymptomSource = (typeof SYMPTOM_SOURCES)[number]
export type Range = z.output<typeof range>

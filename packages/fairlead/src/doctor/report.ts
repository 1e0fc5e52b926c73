import { z } from 'zod'

const place = {
  source: z.string().describe('A path within what was given, or what was asked on the node.'),
  line: z.int().min(1).optional().describe('Counted from 1.'),
  at: z.iso.datetime().nullable().describe('In UTC; null where the source has no certain time.'),
}

const evidence = z.strictObject({
  ...place,
  weight: z.enum(['decisive', 'strong', 'weak', 'contradicts']),
  known: z.string().describe('The text or the probe that the advisory knows.'),
  from: z.string().describe('Who wrote it: `kubelet-log`, `node-condition`, `probe`, ...'),
  text: z.string(),
  alike: z.int().min(0).describe('Further lines that say the same.'),
})

const remedy = z.strictObject({
  kind: z.enum(['fix', 'workaround']),
  text: z.string(),
  commands: z.array(z.string()),
  harm: z.enum(['none', 'plugin', 'pod', 'runtime', 'node']).describe('The most that it disturbs.'),
  automation: z.enum(['safe', 'consent', 'manual']),
})

const finding = z.strictObject({
  advisory: z.string().describe('The id of the advisory.'),
  title: z.string(),
  severity: z.enum(['critical', 'high', 'medium', 'low']),
  sure: z.enum(['certain', 'likely', 'possible']),
  score: z.int(),
  why: z
    .array(z.strictObject({ points: z.int(), text: z.string() }))
    .describe('How sure, and why; the points add up to the score.'),
  cause: z.string(),
  evidence: z.array(evidence).min(1),
  contradicting: z.array(evidence),
  confirm: z.array(z.string()).describe('What a person looks at to be sure.'),
  remedies: z.array(remedy).describe('In the order to try them: the least harm first.'),
  citations: z.array(z.string()),
})

const moment = z.strictObject({
  ...place,
  kind: z.enum(['line', 'probe', 'version', 'condition']),
  from: z.string(),
  text: z.string(),
  more: z.int().optional().describe('Lines alike before this one that are left out.'),
  findings: z.array(z.string()).describe('The advisories that it is evidence for.'),
})

const node = z.strictObject({
  node: z.string().nullable().describe('null where no source tells which node it is of.'),
  versions: z.array(z.strictObject({ component: z.string(), version: z.string(), ...place })),
  conditions: z.array(
    z.strictObject({
      type: z.string(),
      status: z.enum(['True', 'False', 'Unknown']),
      reason: z.string(),
      message: z.string(),
      ...place,
    }),
  ),
  findings: z.array(finding).describe('The likeliest first; none is an answer, too.'),
  withoutEffect: z
    .array(finding)
    .describe('What is there while the node is Ready, and nothing that comes of it was seen.'),
  timeline: z.array(moment).describe('What was seen, in the order of time.'),
  notSeen: z
    .array(z.strictObject({ what: z.string(), how: z.string() }))
    .describe('What would tell more, and how to get it.'),
})

/** The shape of what `fairlead doctor -o json` prints; published as a JSON Schema. */
export const doctorReportSchema = z.strictObject({
  kind: z.literal('fairlead.doctor'),
  version: z.literal(1),
  language: z.enum(['en', 'zh-CN']),
  advisories: z.int().describe('How many known causes were compared.'),
  sources: z.array(
    z.strictObject({
      name: z.string(),
      layout: z.string().describe('What kind of source it is: folder, talos-support, ...'),
      files: z.int(),
      bytes: z.int(),
      counts: z
        .record(z.string(), z.int())
        .optional()
        .describe('How much else was looked at, by what it is: nodes, pods, processes.'),
      problems: z
        .array(z.strictObject({ source: z.string(), what: z.string() }))
        .describe('What could not be read, or not wholly.'),
    }),
  ),
  nodes: z.array(node),
})

/** Whether causes fit of which nothing tells one from the others. */
export function isUndecided({ findings }: Pick<NodeReport, 'findings'>): boolean {
  return findings.length > 0 && findings.every(({ sure }) => sure === 'possible')
}

/** What the doctor saw and what it concludes. */
export type DoctorReport = z.output<typeof doctorReportSchema>
export type NodeReport = DoctorReport['nodes'][number]
export type FindingReport = NodeReport['findings'][number]
export type EvidenceReport = FindingReport['evidence'][number]
export type Moment = NodeReport['timeline'][number]

import { z } from 'zod'
import { CONFIDENCES, type Report, REPORT_VERSION, VERDICT_WORDS } from './report.ts'

const ms = z.number().nonnegative()
const count = z.int().nonnegative()
const rate = z.number().min(0).max(1)
const word = z.enum(VERDICT_WORDS as [(typeof VERDICT_WORDS)[number]])

/** Files of a report lie in its own folders: what merges reports copies no others. */
const evidence = (folder: string, extension: string) =>
  z.string().regex(new RegExp(String.raw`^${folder}/[\w.+-]+\.${extension}$`), {
    error: `expected a file such as ${folder}/NAME.${extension}`,
  })

const verdict = z.object({
  word,
  reasons: z.array(z.string()),
  failedAtMs: ms.exactOptional(),
  latenessMs: ms,
  statusAnswered: z.boolean(),
  statusSilenceMs: ms,
  ready: z.array(
    z.object({
      atMs: ms,
      status: z.enum(['True', 'False']),
      reason: z.enum(['KubeletReady', 'KubeletNotReady']),
      message: z.string(),
    }),
  ),
  kubelet: z.string().exactOptional(),
  lastCniLoadError: z.string().exactOptional(),
  repairs: z.array(z.string()).exactOptional(),
})

/** The shape of `report.json`; published as `scenarios/report.schema.json`. */
export const reportSchema: z.ZodType<Report> = z.object({
  kind: z.literal('fairlead.lab.report', { error: 'is no Fairlead lab report' }),
  version: z.literal(REPORT_VERSION, { error: `only version ${REPORT_VERSION} can be read` }),
  startedAt: z.iso.datetime(),
  durationMs: ms,
  plan: z.object({
    seed: count,
    trials: z.int().positive(),
    untilSure: z.boolean(),
    confidence: z.literal(CONFIDENCES),
    upgradeTo: z.string().exactOptional(),
    kubelet: z.string().exactOptional(),
    shard: z.object({ index: z.int().positive(), count: z.int().positive() }).exactOptional(),
  }),
  runtimes: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      machine: z.object({
        os: z.string(),
        kernel: z.string(),
        arch: z.string(),
        cpus: z.int().positive(),
      }),
    }),
  ),
  scenarios: z.array(
    z.object({
      name: z.string(),
      digest: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected a SHA-256 in hex' }),
      stack: z.string().exactOptional(),
      title: z.string(),
      why: z.string(),
      failureModes: z.array(z.string()),
    }),
  ),
  cells: z.array(
    z.object({
      runtime: z.string(),
      scenario: z.string(),
      verdicts: z.array(z.object({ word, count: z.int().positive() })),
      judged: count,
      passed: count,
      passRate: z.object({ low: rate, high: rate }),
    }),
  ),
  trials: z.array(
    z.object({
      id: z.string().regex(/^[\w.+-]+$/, { error: 'expected an id without spaces and slashes' }),
      runtime: z.string(),
      scenario: z.string(),
      trial: z.int().positive(),
      startMs: ms,
      durationMs: ms,
      repeats: count,
      verdict,
      files: z.object({
        trace: evidence('traces', 'jsonl'),
        runtimeLog: evidence('logs', 'log'),
        timeline: evidence('traces', 'js'),
      }),
      again: z.string(),
      findings: z
        .array(
          z.object({
            advisory: z.string(),
            title: z.string(),
            sure: z.enum(['certain', 'likely', 'possible']),
            evidence: z.array(z.string()),
          }),
        )
        .exactOptional(),
    }),
  ),
  skipped: z
    .array(z.object({ runtime: z.string(), scenario: z.string(), reason: z.string() }))
    .exactOptional(),
})

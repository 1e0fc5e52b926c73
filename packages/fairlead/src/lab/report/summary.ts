import { z } from 'zod'
import { VERDICT_WORDS, type Report } from './report.ts'

const word = z.enum(VERDICT_WORDS as [(typeof VERDICT_WORDS)[number]])

/**
 * The shape of `summary.json`, published as `scenarios/summary.schema.json`: what a report comes to, without its trials. A
 * `report.json` may be larger than an object of the Kubernetes API (1 MiB); this has some 200 bytes a cell.
 */
export const summarySchema = z.object({
  kind: z.literal('fairlead.lab.summary', { error: 'is no summary of a Fairlead lab report' }),
  version: z.literal(1, { error: 'only version 1 can be read' }),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  runtimes: z.array(z.object({ name: z.string(), version: z.string() })),
  /** All that were to be run. */
  scenarios: z.array(z.object({ name: z.string(), stack: z.string().exactOptional() })),
  cells: z.array(
    z.object({
      runtime: z.string(),
      scenario: z.string(),
      verdicts: z.array(z.object({ word, count: z.int().positive() })),
    }),
  ),
  skipped: z
    .array(z.object({ runtime: z.string(), scenario: z.string(), reason: z.string() }))
    .exactOptional(),
})
/** See {@link summarySchema}. */
export type LabSummary = z.output<typeof summarySchema>

/** What a report comes to. */
export function summaryOf(report: Report): LabSummary {
  const { startedAt, durationMs, runtimes, scenarios, cells, skipped } = report
  return {
    kind: 'fairlead.lab.summary',
    version: 1,
    startedAt,
    durationMs,
    runtimes: runtimes.map(({ name, version }) => ({ name, version })),
    scenarios: scenarios.map(({ name, stack }) => ({
      name,
      ...(stack === undefined ? {} : { stack }),
    })),
    cells: cells.map(({ runtime, scenario, verdicts }) => ({
      runtime,
      scenario,
      verdicts: [...verdicts],
    })),
    ...(skipped === undefined ? {} : { skipped: [...skipped] }),
  }
}

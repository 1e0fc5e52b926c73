import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FairleadError, messageOf, systemCodeOf } from './errors.ts'
import { writeWhole } from './files.ts'
import { jsonOrUndefined } from './json.ts'

const reason = z.string()

const agentReportSchema = z.object({
  kind: z.literal('fairlead.dev/agent-status'),
  version: z.literal(1),
  at: z.string(),
  runtime: z.object({
    state: z.enum(['unknown', 'ready', 'not-ready', 'stalled', 'overloaded', 'away']),
    text: z.string(),
  }),
  published: z.array(z.string()),
  waiting: z.array(z.object({ network: z.string(), reason })),
  quarantined: z.array(z.object({ file: z.string(), reason })),
  repairs: z.array(z.object({ at: z.string(), why: z.string() })),
  latePods: z
    .array(z.object({ namespace: z.string(), name: z.string(), missing: z.array(z.string()) }))
    .default([]),
})

/** What an agent has published, what waits and what it did; kept in its status file. */
export type AgentReport = z.output<typeof agentReportSchema>

/** Writes the status file, whole or not at all. */
export async function writeAgentReport(file: string, report: AgentReport): Promise<void> {
  await writeWhole(file, `${JSON.stringify(report, null, 2)}\n`, 0o644)
}

/**
 * Reads the status file of an agent.
 *
 * @throws {FairleadError} FL_AGENT_STATUS when there is none, or it is not one.
 */
export async function readAgentReport(file: string): Promise<AgentReport> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const isMissing = systemCodeOf(error) === 'ENOENT'
    throw new FairleadError(
      'FL_AGENT_STATUS',
      isMissing ? `There is no ${file}.` : `${file} cannot be read: ${messageOf(error)}.`,
      { hint: 'Does an agent run on this node (fairlead agent run)? Name its file by --file.' },
    )
  })
  const parsed = agentReportSchema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return parsed.data
  throw new FairleadError('FL_AGENT_STATUS', `${file} is not the status of an agent.`, {
    hint: 'Name the statusFile of its config by --file.',
  })
}

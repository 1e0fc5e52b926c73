import { buildCommand } from '@stricli/core'
import type { AgentReport } from '../agent-report.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'

interface Flags {
  readonly file: string
  readonly output: 'table' | 'json'
}

/** `fairlead agent status`: what the agent of this node has published and done. */
export const agentStatusCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Show what the agent of this node has published, what waits and what it did',
    fullDescription:
      'Reads the file that a running agent keeps. Exit code 1 where the runtime is not Ready.\n\n' +
      'Example:\n' +
      '  fairlead agent status -o json',
  },
  parameters: {
    flags: {
      file: {
        kind: 'parsed',
        parse: String,
        default: '/run/fairlead/agent.json',
        brief: "The agent's status file (statusFile of its config)",
        placeholder: 'file',
      },
      output: outputFlag,
    },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, { file, output }: Flags) => {
    const { readAgentReport } = await import('../agent-report.ts')
    const report = await readAgentReport(file)
    context.process.stdout.write(
      output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : told(report),
    )
    return report.runtime.state === 'ready' ? EXIT.ok : EXIT.findings
  }),
})

function told({
  at,
  runtime,
  published,
  waiting,
  quarantined,
  repairs,
  latePods,
}: AgentReport): string {
  return [
    runtime.text,
    published.length === 0 ? 'Nothing is published.' : `Published: ${published.join(', ')}`,
    ...waiting.map(({ network, reason }) => `Waits: ${network}: ${reason}`),
    ...quarantined.map(({ file, reason }) => `Withdrawn until it changes: ${file}: ${reason}`),
    ...repairs.map((repair) => `Repaired ${repair.at}: ${repair.why}`),
    ...latePods.map(
      ({ namespace, name, missing }) =>
        `Started too early: pod ${namespace}/${name} lacks ${missing.join(', ')}`,
    ),
    `As of ${at}.`,
    '',
  ].join('\n')
}

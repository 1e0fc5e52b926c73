import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { netFlags, openNetOf, type NetFlags } from './net-flags.ts'
import { json, validationLines } from './net-render.ts'

interface Flags extends NetFlags {
  readonly output: 'table' | 'json'
}

/** `fairlead net validate`: everything that speaks against networks on this machine. */
export const netValidateCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say everything that is wrong with networks or their files',
    fullDescription:
      'Reads networks of the conf dir, files, or without either the whole conf dir; asks each plugin\n' +
      'for the versions that it supports, and makes nothing. Exit code 1 if there is a finding.\n\n' +
      'Examples:\n' +
      '  fairlead net validate\n' +
      '  fairlead net validate dbnet storage\n' +
      '  fairlead net validate ./10-dbnet.conflist --bin-dir ./bin',
  },
  parameters: {
    flags: { ...netFlags, output: outputFlag },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      parameter: {
        brief: 'The name of a network in the conf dir, or a file (with a slash or an extension)',
        parse: String,
        placeholder: 'network|file',
      },
    },
  },
  func: action(async (context: CliContext, flags: Flags, ...targets: string[]) => {
    const { validateNetworks } = await import('../net/validate.ts')
    const networks = await validateNetworks(targets, await openNetOf(flags, context))
    context.process.stdout.write(
      flags.output === 'json' ? json({ networks }) : validationLines(networks, context),
    )
    return networks.every(({ findings }) => findings.length === 0) ? EXIT.ok : EXIT.findings
  }),
})

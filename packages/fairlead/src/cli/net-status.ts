import { buildCommand } from '@stricli/core'
import type { NetworkStatus } from '../net/status.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { finish } from './net-finish.ts'
import { netFlags, networksParameter, openNetOf, type NetFlags } from './net-flags.ts'
import { fileName, json } from './net-render.ts'
import { type Paint, paint } from './paint.ts'
import { table } from './table.ts'

interface Flags extends NetFlags {
  readonly output: 'table' | 'json'
}

/** `fairlead net status`: whether networks can serve ADD. */
export const netStatusCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say whether networks are ready for new containers',
    fullDescription:
      'Runs STATUS of the networks, or of all in the conf dir. Networks older than CNI 1.1.0 have no\n' +
      'STATUS. Exit code 1 if one is not ready.\n\n' +
      'Examples:\n' +
      '  fairlead net status\n' +
      '  fairlead net status dbnet -o json',
  },
  parameters: {
    flags: { ...netFlags, output: outputFlag },
    aliases: { o: 'output' },
    positional: networksParameter(0),
  },
  func: action(async (context: CliContext, flags: Flags, ...names: string[]) => {
    const { statusOfNetworks } = await import('../net/status.ts')
    const networks = await statusOfNetworks(names, await openNetOf(flags, context))
    const { stdout } = context.process
    const rows = networks.map(({ network, status }) => {
      const [how, text] = WORDS[status]
      return [fileName(network), how === undefined ? text : paint(context, stdout, how, text)]
    })
    stdout.write(flags.output === 'json' ? json({ networks }) : table(['NETWORK', 'STATUS'], rows))
    const errors = networks.map(({ error }) => error)
    // A broken file is bad input where it was named, and a finding where it lies among others.
    const code = await finish(errors, context)
    return code === EXIT.usage ? EXIT.findings : code
  }),
})

const WORDS: Readonly<Record<NetworkStatus['status'], readonly [Paint | undefined, string]>> = {
  ready: ['green', 'ready'],
  'not-supported': [undefined, 'not supported (older than 1.1.0)'],
  'not-ready': ['red', 'not ready'],
  limited: ['red', 'not ready, running containers may have limited connectivity'],
  failed: ['red', 'failed'],
  broken: ['red', 'broken'],
}

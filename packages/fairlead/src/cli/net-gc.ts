import { buildCommand } from '@stricli/core'
import type { NetworkGc } from '../net/gc.ts'
import type { CliContext } from './context.ts'
import { action } from './exit.ts'
import { outputFlag } from './flags.ts'
import { finish } from './net-finish.ts'
import { netFlags, networksParameter, openNetOf, type NetFlags } from './net-flags.ts'
import { gcTables, json } from './net-render.ts'

interface Flags extends NetFlags {
  readonly dryRun: boolean
  readonly output: 'table' | 'json'
}

/** `fairlead net gc`: deletes what is left of containers that are gone. */
export const netGcCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Delete the attachments and release the addresses of containers that are gone',
    fullDescription:
      'An attachment is valid while there is a network namespace at its path, or where that cannot be\n' +
      'told and it is not from before the last boot (cnitool takes none for\n' +
      'valid, and deletes everything). The others are deleted, and addresses that host-local keeps from\n' +
      'before the last boot for containers that the cache does not know are released (DEL); a younger one\n' +
      'is only told. Then the plugins of networks of version 1.1.0 and newer are told the valid ones\n' +
      '(GC), and release what they still hold for any other: run it with the cache dir that the container runtime uses, and while nothing is being added.\n' +
      'Without a network, all are collected that the conf dir and the cache know.\n\n' +
      'Examples:\n' +
      '  fairlead net gc --dry-run\n' +
      '  fairlead net gc dbnet storage',
  },
  parameters: {
    flags: {
      dryRun: {
        kind: 'boolean',
        default: false,
        brief: 'Only say what would be deleted and released; no plugin is run',
      },
      ...netFlags,
      output: outputFlag,
    },
    aliases: { o: 'output', n: 'dryRun' },
    positional: networksParameter(0),
  },
  func: action(async (context: CliContext, flags: Flags, ...networks: string[]) => {
    const { gcNetworks } = await import('../net/gc.ts')
    const { dryRun } = flags
    const net = await openNetOf(flags, context)
    const report: readonly NetworkGc[] = await gcNetworks({ networks, dryRun }, net)
    context.process.stdout.write(
      flags.output === 'json'
        ? json({ dryRun, networks: report })
        : gcTables(report, dryRun, context),
    )
    return finish(
      report.flatMap(({ errors }) => errors),
      context,
    )
  }),
})

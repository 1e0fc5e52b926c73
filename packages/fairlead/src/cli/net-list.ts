import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { netFlags, openNetOf, type NetFlags } from './net-flags.ts'
import { json, listTables } from './net-render.ts'

interface Flags extends Pick<NetFlags, 'confDir' | 'cacheDir'> {
  readonly output: 'table' | 'json'
}

/** `fairlead net list`: the networks there are, and what is attached to them. */
export const netListCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'List the networks of the conf dir and what is attached to them',
    fullDescription:
      'Files of the conf dir come in the order that runtimes load them in. Attachments are those in\n' +
      'the cache, which containerd, CRI-O, Podman and cnitool share: their age, and whether their\n' +
      'network namespace still lives. No plugin is run.\n\n' +
      'Examples:\n' +
      '  fairlead net list\n' +
      '  fairlead net list --conf-dir ./net.d -o json',
  },
  parameters: {
    flags: { confDir: netFlags.confDir, cacheDir: netFlags.cacheDir, output: outputFlag },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const { listNetworks } = await import('../net/list.ts')
    const report = await listNetworks(await openNetOf(flags, context))
    const text = flags.output === 'json' ? json(report) : listTables(report, context)
    context.process.stdout.write(text)
    return EXIT.ok
  }),
})

import { buildCommand } from '@stricli/core'
import type { AttachmentFlags } from '../net/request.ts'
import type { CliContext } from './context.ts'
import { action } from './exit.ts'
import { outputFlag } from './flags.ts'
import {
  containerFlags,
  netFlags,
  networksParameter,
  openNetOf,
  type NetFlags,
} from './net-flags.ts'
import { json, verdict } from './net-render.ts'
import { finish } from './net-finish.ts'
import { table } from './table.ts'

interface Flags extends NetFlags, Omit<AttachmentFlags, 'args' | 'capabilityArgs'> {
  readonly output: 'table' | 'json'
}

/** `fairlead net check`: whether attachments still are as ADD made them. */
export const netCheckCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: "Check that a container's attachments are as they were made",
    fullDescription:
      'Runs CHECK with the configuration and the result that the cache has of ADD. Without a network,\n' +
      'everything is checked that the container is attached to. Exit code 1 if a check fails.\n\n' +
      'Examples:\n' +
      '  fairlead net check --netns blue\n' +
      '  fairlead net check dbnet --netns /run/netns/blue -o json',
  },
  parameters: {
    flags: { ...containerFlags, ...netFlags, output: outputFlag },
    aliases: { o: 'output', i: 'ifname' },
    positional: networksParameter(0),
  },
  func: action(async (context: CliContext, flags: Flags, ...networks: string[]) => {
    const [{ checkNetworks }, { attachmentRequest }] = await Promise.all([
      import('../net/check.ts'),
      import('../net/request.ts'),
    ])
    const net = await openNetOf(flags, context)
    const attachments = await checkNetworks(attachmentRequest(networks, flags, net.env), net)
    const rows = attachments.map(({ network, ifName, outcome }) => [
      network,
      ifName ?? '-',
      outcome === 'disabled' ? 'disabled by disableCheck' : verdict(outcome, context),
    ])
    const text = table(['NETWORK', 'INTERFACE', 'CHECK'], rows)
    context.process.stdout.write(flags.output === 'json' ? json({ attachments }) : text)
    return finish(
      attachments.map(({ error }) => error),
      context,
    )
  }),
})

import { buildCommand } from '@stricli/core'
import type { DelReport } from '../net/del.ts'
import type { AttachmentFlags } from '../net/request.ts'
import type { CliContext } from './context.ts'
import { action } from './exit.ts'
import { outputFlag } from './flags.ts'
import { finish } from './net-finish.ts'
import {
  argumentFlags,
  containerFlags,
  netFlags,
  networksParameter,
  openNetOf,
  type NetFlags,
} from './net-flags.ts'
import { json, verdict } from './net-render.ts'
import { table } from './table.ts'

interface Flags extends NetFlags, AttachmentFlags {
  readonly all: boolean
  readonly deleteNetns: boolean
  readonly output: 'table' | 'json'
}

/** `fairlead net del`: detaches a container from networks. */
export const netDelCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Detach a container from networks',
    fullDescription:
      'Runs DEL, the last network first, and goes on after an error. What ADD was run with comes from\n' +
      'the cache: it works when the namespace or the configuration is gone. What is not in the cache\n' +
      'is deleted with the configuration in the conf dir, as cnitool does, from eth0, net1, ...\n\n' +
      'Examples:\n' +
      '  fairlead net del dbnet --netns blue\n' +
      '  fairlead net del storage --netns /run/netns/blue --ifname san0\n' +
      '  fairlead net del --all --netns blue --delete-netns',
  },
  parameters: {
    flags: {
      all: { kind: 'boolean', default: false, brief: 'Everything that the container has' },
      deleteNetns: {
        kind: 'boolean',
        default: false,
        brief: 'Delete the namespace, too, once nothing is attached to it',
      },
      ...containerFlags,
      ifname: {
        ...containerFlags.ifname,
        brief:
          'The interface, one for each network in order ' +
          '[default: $CNI_IFNAME for the first, else all that the cache knows]',
      },
      ...argumentFlags,
      ...netFlags,
      output: outputFlag,
    },
    aliases: { o: 'output', i: 'ifname' },
    positional: networksParameter(0),
  },
  func: action(async (context: CliContext, flags: Flags, ...networks: string[]) => {
    const [{ delNetworks }, { attachmentRequest }] = await Promise.all([
      import('../net/del.ts'),
      import('../net/request.ts'),
    ])
    const net = await openNetOf(flags, context)
    const { all, deleteNetns } = flags
    const request = attachmentRequest(networks, flags, net.env)
    const report = await delNetworks({ ...request, all, deleteNetns }, net)
    context.process.stdout.write(
      flags.output === 'json' ? json(report) : delTable(report, request.netns, context),
    )
    return finish([...report.attachments.map(({ error }) => error), report.netnsError], context)
  }),
})

function delTable(report: DelReport, netns: string | undefined, context: CliContext): string {
  const rows = report.attachments.map(({ network, ifName, containerId, from, error }) => [
    network,
    ifName,
    error === undefined && from === 'conf-dir'
      ? 'DEL was run; the cache knows of no attachment'
      : verdict(error === undefined ? 'deleted' : 'failed', context),
    containerId,
  ])
  const heading = ['NETWORK', 'INTERFACE', 'DEL', 'CONTAINER']
  return (
    (rows.length === 0 ? 'Nothing is attached.\n' : table(heading, rows)) +
    (report.netnsDeleted ? `\nNamespace ${netns ?? ''} is deleted.\n` : '')
  )
}

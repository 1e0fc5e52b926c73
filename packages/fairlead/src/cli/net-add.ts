import { buildCommand } from '@stricli/core'
import type { SpecVersion } from '@fairlead/cni'
import type { AddReport } from '../net/add.ts'
import type { AttachmentFlags } from '../net/request.ts'
import type { CliContext } from './context.ts'
import { action, EXIT, printFailure } from './exit.ts'
import {
  argumentFlags,
  containerFlags,
  netFlags,
  networksParameter,
  openNetOf,
  type NetFlags,
} from './net-flags.ts'
import { addTable, json } from './net-render.ts'

/** Written out since loading the package for them would slow every command down. */
const FORMS = [
  'table',
  'json',
  '0.1.0',
  '0.2.0',
  '0.3.0',
  '0.3.1',
  '0.4.0',
  '1.0.0',
  '1.1.0',
] as const satisfies readonly ('table' | 'json' | SpecVersion)[]

interface Flags extends NetFlags, AttachmentFlags {
  readonly create?: string
  readonly output: (typeof FORMS)[number]
}

/** `fairlead net add`: attaches a container to networks. */
export const netAddCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Attach a container to one or several networks',
    fullDescription:
      'Runs ADD of each network in turn; the first one gets the interface eth0, the others net1, net2\n' +
      'and so on, or those that --ifname names. Where one fails, DEL is run for it and for those\n' +
      'before it. $CNI_PATH, $NETCONFPATH, $CNI_IFNAME, $CNI_ARGS and $CAP_ARGS mean what they mean to\n' +
      'cnitool, and each of the two can delete what the other added.\n\n' +
      'Examples:\n' +
      '  fairlead net add dbnet --create blue\n' +
      '  fairlead net add dbnet storage --netns /run/netns/blue\n' +
      '  fairlead net add storage --netns blue --ifname san0 --args IgnoreUnknown=1\n' +
      '  fairlead net add dbnet --netns blue -o 0.4.0',
  },
  parameters: {
    flags: {
      ...containerFlags,
      ifname: {
        ...containerFlags.ifname,
        brief:
          'The interface, one for each network in order ' +
          '[default: $CNI_IFNAME or eth0 for the first, then net1, net2, ...]',
      },
      create: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Make a namespace of that name, as `ip netns add` does, with its loopback up',
        placeholder: 'name',
      },
      ...argumentFlags,
      ...netFlags,
      output: {
        kind: 'enum',
        values: FORMS,
        default: 'table',
        brief: 'What to print on stdout; a version means the result in the form of that CNI spec',
      },
    },
    aliases: { o: 'output', i: 'ifname' },
    positional: networksParameter(1),
  },
  func: action(run),
})

async function run(context: CliContext, flags: Flags, ...networks: string[]): Promise<number> {
  const [{ addNetworks }, { attachmentRequest }] = await Promise.all([
    import('../net/add.ts'),
    import('../net/request.ts'),
  ])
  const net = await openNetOf(flags, context)
  const request = attachmentRequest(networks, flags, net.env)
  const { output } = flags
  const form = output === 'table' || output === 'json' ? {} : { form: output }
  const report = await addNetworks({ ...request, create: flags.create, ...form }, net)
  const { stdout, stderr } = context.process
  for (const capability of report.unusedCapabilityArgs) {
    stderr.write(`note: no plugin of ${networks.join(', ')} has the capability ${capability}\n`)
  }
  if (flags.output === 'json') stdout.write(json(await jsonReport(report)))
  if (report.error !== undefined) return failed(report, context)
  if (flags.output === 'table') stdout.write(addTable(report))
  else if (flags.output !== 'json') stdout.write(json(await inForm(report, flags.output)))
  return EXIT.ok
}

async function jsonReport(report: AddReport) {
  const { formatResult } = await import('@fairlead/cni')
  const attachments = report.attachments.map((attachment) => {
    const result = formatResult(attachment.result, '1.1.0')
    return { ...attachment, result: result.ok ? result.value : null }
  })
  return { ...report, attachments }
}

/** As the plugin protocol has it; of several networks, a list. */
async function inForm({ attachments }: AddReport, version: SpecVersion): Promise<unknown> {
  const [{ formatResult }, { valueOf }] = await Promise.all([
    import('@fairlead/cni'),
    import('../net/failure.ts'),
  ])
  const results = attachments.map(({ result }) => valueOf(formatResult(result, version)))
  return results.length === 1 ? results[0] : results
}

async function failed(report: AddReport, context: CliContext): Promise<number> {
  const { exitCodeOfAll } = await import('../net/failure.ts')
  const { error, undone, netnsError } = report
  const { stderr } = context.process
  for (const one of [error, ...undone.map((step) => step.error), netnsError]) {
    if (one !== undefined) printFailure(one, context)
  }
  const clean = undone.every((one) => one.error === undefined) && netnsError === undefined
  const also = report.created ? ', and the namespace that was made' : ''
  stderr.write(
    clean
      ? `Everything that was added is deleted again${also}.\n`
      : 'Not everything that was added could be deleted again; see above.\n',
  )
  return context.signal.aborted ? EXIT.interrupted : exitCodeOfAll([error])
}

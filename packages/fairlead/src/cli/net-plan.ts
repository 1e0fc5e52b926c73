import { buildCommand } from '@stricli/core'
import type { NetPlan, PolicyFlags } from '../net/plan.ts'
import type { CliContext } from './context.ts'
import { action, EXIT, printFailure } from './exit.ts'
import { outputFlag, wholeNumber } from './flags.ts'
import { type NetFlags, netFlags, openNetOf } from './net-flags.ts'
import { json } from './net-render.ts'
import { paint } from './paint.ts'
import { table } from './table.ts'

interface Flags extends NetFlags, PolicyFlags {
  readonly output: 'table' | 'json'
}

/** `fairlead net plan`: what a runtime would make of the conf dir, in words. */
export const netPlanCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Say which networks a runtime would attach, in which order, and whether they are ready',
    fullDescription:
      'Reads the conf dir as containerd, CRI-O or Fairlead would, with what Multus delegates to, and\n' +
      'observes each network: plugins installed, versions, readiness file, STATUS. Exit code 1 if one\n' +
      'is not ready or a file does not count.\n\n' +
      'Examples:\n' +
      '  fairlead net plan\n' +
      '  fairlead net plan --policy crio --default-network cilium\n' +
      '  fairlead net plan --policy all -o json',
  },
  parameters: {
    flags: {
      policy: {
        kind: 'enum',
        values: ['containerd', 'crio', 'all'],
        default: 'containerd',
        brief:
          'containerd: the first files; crio: one network; all: every one that none delegates to',
      },
      maxConfNum: {
        kind: 'parsed',
        parse: (text) => wholeNumber(text, 0),
        optional: true,
        brief: 'How many files containerd takes (max_conf_num), 0 for all [default: 1]',
        placeholder: 'n',
      },
      defaultNetwork: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'The network that CRI-O takes (cni_default_network) [default: the first]',
        placeholder: 'name',
      },
      ...netFlags,
      output: outputFlag,
    },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const { planNetworks } = await import('../net/plan.ts')
    const { confDir, binDir, cacheDir, timeout, output, ...policy } = flags
    const net = await openNetOf(definedOf({ confDir, binDir, cacheDir, timeout }), context)
    const plan = await planNetworks(policy, net, context.clock)
    context.process.stdout.write(output === 'json' ? json(plan) : planText(plan, context))
    for (const { error } of plan.rejections) printFailure(error, context)
    return plan.status.ready && plan.rejections.length === 0 ? EXIT.ok : EXIT.findings
  }),
})

function planText({ confDir, words, status }: NetPlan, context: CliContext): string {
  if (words.length === 0) return `No networks in ${confDir}.\n`
  const { stdout } = context.process
  const rows = status.networks.map(({ name, state, reason }) => [
    name,
    paint(context, stdout, state === 'ready' ? 'green' : 'red', state.replace('-', ' ')),
    reason ?? '',
  ])
  const sentences = words.map((sentence) => `  ${sentence}\n`).join('')
  const states = rows.length === 0 ? '' : `\n${table(['NETWORK', 'STATE', 'WHY'], rows)}`
  return `${confDir}:\n${sentences}${states}`
}

/** Without the flags that were not given. */
function definedOf(flags: { [K in keyof NetFlags]: NetFlags[K] | undefined }): NetFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}

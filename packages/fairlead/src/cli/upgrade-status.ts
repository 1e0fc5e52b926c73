import { buildCommand } from '@stricli/core'
import type { UpgradeTree } from '../upgrade/tree.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { type Paint, paint } from './paint.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { nameArgument, withCluster } from './upgrade-cluster.ts'

interface Flags extends KubeconfigFlags {
  readonly watch: boolean
  readonly output: 'table' | 'json'
}

const LOOK_EVERY_MS = 2_000
const UP_AND_CLEAR = '\x1b[1A\x1b[2K'

/** `fairlead upgrade status`: waves and nodes, with why each waits. */
export const upgradeStatusCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Show the waves and nodes of an upgrade, and why each waits',
    fullDescription:
      'Exit code 1 where it was stopped or rolled back, or goes back.\n\n' +
      'Examples:\n' +
      '  fairlead upgrade status containerd-2-1\n' +
      '  fairlead upgrade status containerd-2-1 --watch',
  },
  parameters: {
    flags: {
      ...kubeconfigFlags,
      watch: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Go on until it is over or stopped, or ctrl-C',
      },
      output: outputFlag,
    },
    positional: nameArgument,
    aliases: { o: 'output', w: 'watch' },
  },
  func: action((context: CliContext, flags: Flags, name: string) =>
    withCluster(context, flags, async (api) => {
      const [{ readTree }, { wallClockMs }] = await Promise.all([
        import('../upgrade/controller/observe.ts'),
        import('../ports.ts'),
      ])
      const { stdout } = context.process
      let shown = ''
      for (;;) {
        const tree = await readTree(name, api, context.signal)
        const text =
          flags.output === 'json'
            ? `${JSON.stringify(tree, null, 2)}\n`
            : treeText(tree, wallClockMs(), context)
        if (text !== shown) {
          const lines = shown.split('\n').length - 1
          stdout.write((stdout.isTTY === true ? UP_AND_CLEAR.repeat(lines) : '') + text)
          shown = text
        }
        if (!flags.watch || !tree.goesOn) return exitOf(tree)
        await context.clock.sleep(LOOK_EVERY_MS, context.signal)
      }
    }),
  ),
})

function exitOf({ phase }: UpgradeTree): number {
  const isWell = phase === 'Complete' || phase === 'Progressing' || phase === 'Paused'
  return isWell || phase === 'Pending' ? EXIT.ok : EXIT.findings
}

const PAINTS: Readonly<Record<string, Paint>> = {
  Complete: 'green',
  Stopped: 'red',
  RollingBack: 'yellow',
  RolledBack: 'yellow',
  Paused: 'yellow',
}

function treeText(tree: UpgradeTree, wallMs: number, context: CliContext): string {
  const { stdout } = context.process
  const painted = (how: Paint | undefined, text: string) =>
    how === undefined ? text : paint(context, stdout, how, text)
  const { name, version, phase, message, waves, waiting, failures } = tree
  const lines = [
    `${painted('bold', name)}  ${version}  ${painted(PAINTS[phase], phase)}: ${message}`,
    `${tree.done} of ${tree.total} nodes done`,
  ]
  for (const [index, wave] of waves.entries()) {
    const isLast = index === waves.length - 1
    const nodes = wave.size === 1 ? 'node' : 'nodes'
    const size = wave.size === undefined ? 'the rest' : `${wave.size} ${nodes}`
    const counts = [
      ...(wave.done > 0 ? [`${wave.done} done`] : []),
      ...(wave.nodes.length > 0 ? [`${wave.nodes.length} under way`] : []),
      ...(wave.rolledBack > 0 ? [`${wave.rolledBack} rolled back`] : []),
    ]
    const how = wave.state === 'to come' ? 'dim' : undefined
    const text = `${wave.name.padEnd(8)} ${size.padEnd(12)} ${wave.state.padEnd(8)} ${counts.join(', ')}`
    lines.push(`${isLast ? '└─' : '├─'} ${painted(how, text.trimEnd())}`)
    for (const [at, node] of wave.nodes.entries()) {
      const branch = at === wave.nodes.length - 1 ? '└─' : '├─'
      const since =
        node.since === undefined ? '' : ` for ${ageText(wallMs - Date.parse(node.since))}`
      const why = node.why === undefined ? '' : `: ${node.why}`
      lines.push(`${isLast ? ' ' : '│'}  ${branch} ${node.node}  ${node.phase}${since}${why}`)
    }
  }
  for (const { node, why } of waiting) lines.push(`waits: ${node} ${why ?? ''}`)
  for (const { node, reason } of failures) {
    lines.push(`${painted('red', 'failed:')} ${node} ${reason}`)
  }
  return `${lines.join('\n')}\n`
}

function ageText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  return seconds < 120 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`
}

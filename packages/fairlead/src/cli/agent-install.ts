import { buildCommand } from '@stricli/core'
import type { Change } from '../agent/install/installation.ts'
import type { Content } from '../agent/install/node-files.ts'
import type { InstallPlan } from '../agent/install/plan.ts'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { paint } from './paint.ts'

interface InstallFlags {
  readonly dryRun: boolean
  readonly distribution?: string
  readonly runtime?: string
  readonly onlyConfDir: boolean
  readonly root: string
}

interface UninstallFlags {
  readonly dryRun: boolean
  readonly discardEdits: boolean
  readonly root: string
}

const rootFlag = {
  kind: 'parsed',
  parse: String,
  default: '/',
  brief: "Where the node's disk is mounted",
  placeholder: 'dir',
} as const

const dryRunFlag = {
  kind: 'boolean',
  default: false,
  withNegated: false,
  brief: 'Print what would be changed, and change nothing',
} as const

/** `fairlead agent install`: puts an agent in front of this node's runtime. */
export const agentInstallCommand = buildCommand<InstallFlags, [], CliContext>({
  docs: {
    brief: "Put an agent in front of this node's containerd",
    fullDescription:
      "Gives containerd a conf_dir of the agent's, and writes the agent's config and its systemd unit, which\n" +
      'starts before the runtime. The originals are kept, and `fairlead agent uninstall` puts them back to the\n' +
      'byte. Nothing is restarted: what to run then is printed. Takes root.\n\n' +
      'Examples:\n' +
      '  fairlead agent install --dry-run\n' +
      '  fairlead agent install --distribution k3s\n' +
      '  fairlead agent install --root /mnt/image --runtime containerd@2.1.9',
  },
  parameters: {
    flags: {
      dryRun: dryRunFlag,
      distribution: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'kubeadm, kind, k3s, rke2 or flatcar [default: what this node is seen to be]',
        placeholder: 'name',
      },
      runtime: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'containerd@VERSION [default: what runs, or `containerd --version`]',
        placeholder: 'runtime',
      },
      onlyConfDir: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: "Change containerd's conf_dir only, for an agent that runs as a DaemonSet",
      },
      root: rootFlag,
    },
  },
  func: action(installOn),
})

async function installOn(context: CliContext, flags: InstallFlags): Promise<number> {
  const [{ distributionOf, planInstall }, { install, originalFiles }, { nodeFilesAt }, node] =
    await Promise.all([
      import('../agent/install/plan.ts'),
      import('../agent/install/installation.ts'),
      import('../agent/install/node-files.ts'),
      import('../agent/install/this-node.ts'),
    ])
  const { dryRun, onlyConfDir, root } = flags
  const files = nodeFilesAt(root)
  const distribution = await distributionOf(files, flags.distribution)
  const runtime = await node.containerdOf(flags.runtime, distribution, {
    isThisNode: root === '/',
    signal: context.signal,
  })
  const originals = await originalFiles(files)
  const command = node.commandOf(root)
  const plan = await planInstall(originals, { distribution, runtime, command, onlyConfDir })
  if (!dryRun) {
    needRoot(root)
    await install(files, plan.changes)
  }
  const before = new Map<string, Content>()
  for (const { path } of plan.changes) before.set(path, await originals.read(path))
  context.process.stdout.write(planText(plan, before, { runtime: runtime.name, dryRun, context }))
  return EXIT.ok
}

/** `fairlead agent uninstall`: puts the node's files back as they were. */
export const agentUninstallCommand = buildCommand<UninstallFlags, [], CliContext>({
  docs: {
    brief: 'Put back what `fairlead agent install` has changed, to the byte',
    fullDescription:
      'Nothing is undone where somebody has changed one of the files since. What the agent has kept in\n' +
      '/var/lib/fairlead/agent stays. Takes root.\n\n' +
      'Example:\n' +
      '  fairlead agent uninstall --dry-run',
  },
  parameters: {
    flags: {
      dryRun: dryRunFlag,
      discardEdits: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Also put back files that somebody has changed since; their changes are lost',
      },
      root: rootFlag,
    },
  },
  func: action(uninstallFrom),
})

async function uninstallFrom(
  context: CliContext,
  { dryRun, discardEdits, root }: UninstallFlags,
): Promise<number> {
  const [{ installedPaths, uninstall }, { nodeFilesAt }] = await Promise.all([
    import('../agent/install/installation.ts'),
    import('../agent/install/node-files.ts'),
  ])
  const { stdout } = context.process
  const files = nodeFilesAt(root)
  const paths = await installedPaths(files)
  if (paths.length === 0) stdout.write('Nothing is installed that could be undone.\n')
  for (const path of paths) stdout.write(`${dryRun ? 'would put back' : 'put back'}: ${path}\n`)
  if (dryRun) return EXIT.ok
  needRoot(root)
  if (!(await uninstall(files, { discardEdits }))) return EXIT.ok
  const units = paths.flatMap((path) => /\/([^/]+)\.d\/10-fairlead\.conf$/.exec(path)?.[1] ?? [])
  const runtime = units.length === 0 ? 'the unit of the runtime' : units.join(' ')
  stdout.write(
    `\nTo make it count:\n  systemctl daemon-reload\n  systemctl restart ${runtime}\n  systemctl stop fairlead-agent\n`,
  )
  return EXIT.ok
}

function needRoot(root: string): void {
  if (root !== '/' || process.geteuid?.() === 0) return
  throw new FairleadError('FL_NOT_ROOT', 'Files of the node are to be changed, which takes root.', {
    hint: 'Run it with sudo, or look at what it would do with --dry-run.',
  })
}

function planText(
  { distribution, changes, notes, commands }: InstallPlan,
  before: ReadonlyMap<string, Content>,
  { runtime, dryRun, context }: { runtime: string; dryRun: boolean; context: CliContext },
): string {
  const lines = [
    `${distribution.name}, ${runtime}: ${dryRun ? 'this would change' : 'changed'}`,
    '',
  ]
  for (const change of changes) lines.push(...changeLines(change, before.get(change.path), context))
  lines.push(...notes)
  lines.push(dryRun ? 'Then, to make it count:' : 'To make it count:')
  lines.push(...commands.map((command) => `  ${command}`), '')
  return lines.join('\n')
}

function changeLines(
  { path, content, why }: Change,
  before: Content = { kind: 'absent' },
  context: CliContext,
): readonly string[] {
  const { stdout } = context.process
  const sign = (text: string, colour: 'red' | 'green') => paint(context, stdout, colour, text)
  const heading = `${path} (${before.kind === 'absent' ? 'new' : 'changed'}; ${why})`
  if (content.kind === 'link') return [heading, `  -> ${content.target}`, '']
  const [old, wanted] = [linesOf(before), linesOf(content)]
  const same = old.findIndex((line, index) => line !== wanted[index])
  const head = same === -1 ? Math.min(old.length, wanted.length) : same
  let tail = 0
  while (
    tail < Math.min(old.length, wanted.length) - head &&
    old.at(-1 - tail) === wanted.at(-1 - tail)
  ) {
    tail += 1
  }
  return [
    heading,
    ...old.slice(head, old.length - tail).map((line) => sign(`  - ${line}`, 'red')),
    ...wanted.slice(head, wanted.length - tail).map((line) => sign(`  + ${line}`, 'green')),
    '',
  ]
}

function linesOf(content: Content): readonly string[] {
  return content.kind === 'file' ? content.bytes.toString().replace(/\n$/, '').split('\n') : []
}

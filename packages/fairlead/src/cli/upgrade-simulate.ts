import { buildCommand } from '@stricli/core'
import type { SimulationReport } from '../upgrade/simulate/simulate.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { optionalTextFlag, textFlag } from './flags.ts'
import { writePage } from './html-page.ts'
import { paint } from './paint.ts'
import { table } from './table.ts'

interface Flags {
  readonly nodes: string
  readonly policy?: string
  readonly fault: string
  readonly nature: string
  readonly runs: string
  readonly seed?: string
  readonly html?: string
  readonly output: 'table' | 'json' | 'html'
}

/** `fairlead upgrade simulate`: what a policy does to a cluster when the new version has a fault. */
export const upgradeSimulateCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Play an upgrade over a simulated cluster, and count the nodes that a fault hurts',
    fullDescription:
      'Nodes boot, drain, lapse and break by chance, and writes to the API fail; the decisions are those of the\n' +
      'controller itself. Beside the policy stand the same one without a soak, and what\n' +
      'system-upgrade-controller does with the same nodes. Exit code 1 if nodes stay broken.\n\n' +
      'Examples:\n' +
      "  fairlead upgrade simulate --fault 'rate=0.3,shows-after=45s'\n" +
      "  fairlead upgrade simulate --policy upgrade.yaml --fault 'rate=1%,shows-after=30s..10m' --runs 1000\n" +
      "  fairlead upgrade simulate --nodes 500 --nature 'boot=1m..4m,flaps=2%' --html simulation.html",
  },
  parameters: {
    flags: {
      nodes: { ...textFlag, default: '10000', brief: 'How many nodes the cluster has' },
      policy: {
        ...optionalTextFlag,
        brief: 'A file with a RuntimeUpgrade [default: one that leaves everything at its default]',
        placeholder: 'file',
      },
      fault: {
        ...textFlag,
        default: 'rate=0.3,shows-after=45s',
        brief:
          'Which share of the nodes the new version breaks, and how long after they were Ready',
      },
      nature: {
        ...textFlag,
        default: '',
        brief:
          'How the nodes are: boot=20s..90s,drain=10s..240s,flaps=0.002,flap-for=1s..10s,outages=0,outage-for=5m..24h,api-errors=0.01',
      },
      runs: { ...textFlag, default: '100', brief: 'How many clusters' },
      seed: { ...optionalTextFlag, brief: 'The same seed is the same clusters [default: any]' },
      html: { ...optionalTextFlag, brief: 'Write a page with plots as well', placeholder: 'file' },
      output: {
        kind: 'enum',
        values: ['table', 'json', 'html'],
        default: 'table',
        brief: 'What to print on stdout',
      },
    },
    aliases: { o: 'output' },
  },
  func: action(run),
})

async function run(context: CliContext, flags: Flags): Promise<number> {
  const [{ simulate }, { faultOf, natureOf }, { wholeNumber }, { newSeed, SEED_BOUND }] =
    await Promise.all([
      import('../upgrade/simulate/simulate.ts'),
      import('../upgrade/simulate/settings.ts'),
      import('../explore/settings.ts'),
      import('../random.ts'),
    ])
  const { policy, spec } = await policyOf(flags.policy)
  const report = await simulate({
    policy,
    spec,
    nodes: wholeNumber('nodes', flags.nodes, { min: 1, max: 100_000 }),
    runs: wholeNumber('runs', flags.runs, { min: 1, max: 1_000_000 }),
    seed:
      flags.seed === undefined
        ? newSeed()
        : wholeNumber('seed', flags.seed, { max: SEED_BOUND - 1 }),
    fault: faultOf(flags.fault),
    nature: natureOf(flags.nature),
    signal: context.signal,
  })
  if (flags.html !== undefined) {
    const { page } = await import('../upgrade/simulate/page.ts')
    await writePage(flags.html, page(report), context)
  }
  context.process.stdout.write(await printed(report, flags.output, context))
  return (report.policies[0]?.broken.max ?? 0) > 0 ? EXIT.findings : EXIT.ok
}

async function policyOf(file: string | undefined) {
  const [{ readManifest }, { specSchema }] = await Promise.all([
    import('../upgrade/resource.ts'),
    import('../upgrade/spec.ts'),
  ])
  if (file === undefined) {
    return { policy: 'the default policy', spec: specSchema.parse({ target: { version: 'new' } }) }
  }
  const { name, spec } = await readManifest(file)
  return { policy: name, spec }
}

async function printed(
  report: SimulationReport,
  output: Flags['output'],
  context: CliContext,
): Promise<string> {
  if (output === 'json') return `${JSON.stringify(report, null, 2)}\n`
  if (output === 'html') return (await import('../upgrade/simulate/page.ts')).page(report)
  const { HEADINGS, playedText, rowOf } = await import('../upgrade/simulate/words.ts')
  const { stdout } = context.process
  const rows = report.policies.map((policy) => {
    const { policy: name, hurt, broken, onNew, took, ended } = rowOf(policy)
    const how = policy.broken.max > 0 ? 'red' : 'green'
    return [name, hurt, paint(context, stdout, how, broken), onNew, took, ended]
  })
  const heading = Object.values(HEADINGS).map((word) => word.toUpperCase())
  return `${table(heading, rows)}\n${playedText(report)}\n`
}

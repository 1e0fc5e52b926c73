import { availableParallelism } from 'node:os'
import path from 'node:path'
import { buildCommand } from '@stricli/core'
import type { Confidence, Plan, Report, Shard } from '../lab/report/report.ts'
import type { LabRunOptions } from '../lab/run.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { randomSeed } from '../ports.ts'
import { action, EXIT, printFailure } from './exit.ts'
import {
  cacheFlag,
  confidenceOf,
  count,
  inlineFlag,
  outputFlag,
  REPORT_DIR,
  reportFlag,
  shardOf,
  wholeNumber,
} from './flags.ts'
import { type GateFlags, gateFlags, openGate } from './lab-gate.ts'
import {
  kubeletToRun,
  resolveAll,
  type RuntimeFlags,
  runtimeFlags,
  runtimeNames,
  withUpgrades,
} from './lab-runtime-flags.ts'
import { foldersToUse, type SocketFlags, socketFlags, withFolders } from './lab-socket.ts'
import { showProgress } from './progress.ts'
import { reportTable } from './render-verdict.ts'
import { shippedNames } from './shipped-names.ts'

interface Flags extends GateFlags, RuntimeFlags, SocketFlags {
  readonly scenario?: readonly string[]
  readonly trials?: number
  readonly untilSure: boolean
  readonly confidence: Confidence
  readonly seed?: number
  readonly shard?: Shard
  readonly jobs: number
  readonly report: string
  readonly inline: boolean
  readonly output: 'table' | 'json'
}

/** `fairlead lab run`: scenarios on runtimes, progress while they run, a table and a report. */
export const labRunCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Put runtimes through CNI scenarios and say whether the node stays Ready',
    fullDescription:
      'Boots each runtime in namespaces of its own, with two CNIs and pods arriving as after a reboot,\n' +
      'watches it as a kubelet would, and says whether the node stays Ready and why not. Exit code 0\n' +
      'only if every verdict is `pass`; with --fail-on regression, only if none is worse than in the\n' +
      'baseline. A containerd takes root; `fairlead`, the built-in runtime, only where the kernel allows no\n' +
      'user namespaces. What a runtime that is there already (cri=) cannot be asked is skipped, with\n' +
      'its reason. Leaves nothing behind but the report and the cache.\n\n' +
      'Examples:\n' +
      '  fairlead lab run\n' +
      '  fairlead lab run --runtime containerd=/usr/local/bin/containerd\n' +
      '  fairlead lab run --runtime containerd@debian:trixie --runtime containerd@debian:forky \\\n' +
      '    --scenario slow-add-reload\n' +
      '  fairlead lab run --runtime containerd@2.0.1 --trials 10\n' +
      '  fairlead lab run --runtime fairlead --until-sure\n' +
      '  fairlead lab run --runtime containerd@2.1.4 --baseline last-week/report.json \\\n' +
      '    --fail-on regression',
  },
  parameters: {
    flags: {
      ...runtimeFlags,
      scenario: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'A name, or the path of a scenario file [default: all that ship]',
        proposeCompletions: (partial) => shippedNames('scenarios', partial),
      },
      trials: {
        kind: 'parsed',
        parse: count,
        optional: true,
        brief: 'Trials of each scenario on each runtime [default: 1; with --until-sure at most 30]',
      },
      untilSure: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'As many trials as it takes until the rate of passing is known to 30 points',
      },
      confidence: {
        kind: 'parsed',
        parse: confidenceOf,
        default: '95',
        brief: 'Of the intervals: 80, 90, 95 or 99 per cent',
        placeholder: 'percent',
      },
      seed: {
        kind: 'parsed',
        parse: (text: string) => wholeNumber(text, 0),
        optional: true,
        brief: 'Decides the order of the trials [default: by chance]',
        placeholder: 'n',
      },
      shard: {
        kind: 'parsed',
        parse: shardOf,
        optional: true,
        brief: 'Run only the i-th of n parts, to be merged by `fairlead lab merge`',
        placeholder: 'i/n',
      },
      jobs: {
        kind: 'parsed',
        parse: count,
        default: String(2 * availableParallelism()),
        brief: 'Trials at once; they mostly wait',
      },
      ...socketFlags,
      report: reportFlag(REPORT_DIR),
      inline: inlineFlag,
      ...gateFlags,
      mirror: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: "Where releases are fetched from [default: the project's own download site]",
        placeholder: 'url',
      },
      cache: cacheFlag,
      output: outputFlag,
    },
    aliases: { o: 'output' },
  },
  func: action(run),
})

async function run(context: CliContext, flags: Flags): Promise<number> {
  const [
    { preflight },
    { makeReportDir, plannedCells, runLab },
    { loadScenarios },
    { REPORT_FILES, writeReport },
    { UNTIL_SURE_TRIALS },
    { withGuards },
  ] = await Promise.all([
    import('../lab/preflight.ts'),
    import('../lab/run.ts'),
    import('../lab/scenario-files.ts'),
    import('../lab/report/write.ts'),
    import('../lab/statistics.ts'),
    import('../lab/upgrade.ts'),
  ])
  const { stdout, stderr, env } = context.process
  const gate = await openGate(flags)
  const scenarios = await loadScenarios(flags.scenario ?? [])
  const names = await runtimeNames(flags, env)
  const sockets = names.filter(({ from }) => from === 'socket').length
  const folders = await foldersToUse(flags, sockets)
  await preflight(names, env)
  const kubelet = await kubeletToRun(flags, names, env)
  const reportDir = path.resolve(flags.report)
  const plain = await withUpgrades(
    withFolders(await resolveAll(names, flags, context), folders),
    scenarios,
    flags,
    context,
  )
  const installs = flags.guard ? withGuards(plain) : plain
  await makeReportDir(reportDir)

  const progress = showProgress(context)
  const leftBehind: string[] = []
  const options: LabRunOptions = {
    installs,
    kubelet,
    scenarios,
    plan: planOf(flags, UNTIL_SURE_TRIALS, kubelet?.version),
    // The folders of a runtime that is there already are there once.
    jobs: folders === undefined ? flags.jobs : 1,
    reportDir,
    clock: context.clock,
    signal: context.signal,
    onProgress: progress.update,
    onLeftBehind: (problem) => {
      leftBehind.push(problem)
    },
  }
  stderr.write(`Seed ${options.plan.seed}\n`)
  const ran = await runLab(options).finally(() => {
    progress.end()
    // Before anything else can fail: it has to be known.
    for (const problem of leftBehind) printFailure({ message: problem }, context)
  })
  // The page is there even if the doctor fails.
  await writeReport(reportDir, ran, flags)
  const report = context.signal.aborted ? ran : await diagnosed(ran, reportDir, context)
  await writeReport(reportDir, report, flags)
  const page = path.join(flags.report, REPORT_FILES.html)
  stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : reportTable(report, context),
  )
  const exitCode = gate(report, context)
  stderr.write(`\nReport: ${page}\n`)
  if (context.signal.aborted) {
    const cells = plannedCells(options).length
    return interrupted(report, cells, leftBehind.length > 0, context)
  }
  return leftBehind.length > 0 ? EXIT.internal : exitCode
}

/** The report with what `fairlead doctor` makes of the trials that failed. */
async function diagnosed(report: Report, dir: string, context: CliContext): Promise<Report> {
  const [{ withFindings }, { advisories }] = await Promise.all([
    import('../doctor/trials/report-findings.ts'),
    currentKnowledge(context),
  ])
  return withFindings({ dir, report }, advisories, context.signal)
}

function planOf(flags: Flags, untilSureTrials: number, kubelet: string | undefined): Plan {
  const { untilSure, confidence, upgradeTo, shard } = flags
  return {
    seed: flags.seed ?? randomSeed(),
    trials: flags.trials ?? (untilSure ? untilSureTrials : 1),
    untilSure,
    confidence,
    ...(upgradeTo === undefined ? {} : { upgradeTo }),
    ...(kubelet === undefined ? {} : { kubelet }),
    ...(shard === undefined ? {} : { shard }),
  }
}

function interrupted(
  { plan, trials }: Report,
  cells: number,
  isLeftBehind: boolean,
  context: CliContext,
): number {
  const planned = cells * plan.trials
  const upTo = plan.untilSure ? 'up to ' : ''
  context.process.stderr.write(
    `Interrupted: ${trials.length} of ${upTo}${planned} trials came to an end` +
      `${isLeftBehind ? '' : '; nothing else is left behind'}.\n`,
  )
  return EXIT.interrupted
}

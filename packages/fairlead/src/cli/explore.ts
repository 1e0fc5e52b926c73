import { buildCommand } from '@stricli/core'
import type { BootOptions } from '../explore/boot-options.ts'
import type { ExploreReport, ReplayReport } from '../explore/report.ts'
import type { SearchFlags } from '../explore/settings.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { durationMs, optionalTextFlag, textFlag } from './flags.ts'
import { writePage } from './html-page.ts'
import { paint } from './paint.ts'
import { table } from './table.ts'

interface Flags extends Omit<SearchFlags, 'strategy'> {
  readonly strategy?: SearchFlags['strategy']
  readonly subject?: readonly string[]
  readonly pods: string
  readonly removals: string
  readonly evictions: string
  readonly reloads: string
  readonly halves: string
  readonly goings: string
  readonly refusals: string
  readonly kills: string
  readonly polls: string
  readonly pluginTime: string
  readonly statusTime: string
  readonly stall: string
  readonly replay?: string
  readonly html?: string
  readonly output: 'text' | 'json' | 'html'
}

/** `fairlead explore`: interleavings of a CNI manager's calls, and the stories of those that fail. */
export const exploreCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Search the interleavings of a CNI manager for deadlocks and stalls',
    fullDescription:
      "Boots models of go-cni's locking (containerd's CNI manager) in a simulated world: a pod is\n" +
      'attached, a file is written to the conf dir, kubelet polls Status. Tries one order of events after\n' +
      "another and tells the plainest that goes wrong. Exit code 1 if one does. agent@1.1.12 is Fairlead's\n" +
      'agent in front of such a model, killed at any step by --kills.\n\n' +
      'Examples:\n' +
      '  fairlead explore\n' +
      '  fairlead explore --subject go-cni@1.1.12 --pods 2 --html stories.html\n' +
      '  fairlead explore --strategy random --seed 7 --runs 100000\n' +
      '  fairlead explore --subject agent@1.1.12 --reloads 2 --kills 1 --plugin-time hang\n' +
      '  fairlead explore --replay x1:go-cni@1.1.12::0.1-2.1-3.1',
  },
  parameters: {
    flags: {
      subject: {
        ...optionalTextFlag,
        variadic: true,
        brief:
          'What to explore; may be given several times [default: all but the agent in front of a runtime, agent@1.1.12]',
        placeholder: 'name',
      },
      strategy: {
        kind: 'enum',
        values: ['exhaustive', 'random', 'pct'],
        optional: true,
        brief: 'How schedules are chosen [default: exhaustive; random where an agent is explored]',
      },
      runs: {
        ...optionalTextFlag,
        brief: 'Schedules of each subject at most [default: 1000000 for exhaustive, else 10000]',
      },
      preemptions: {
        ...textFlag,
        default: '2',
        brief: 'exhaustive: how often the turn may be taken from one who could go on',
      },
      depth: {
        ...textFlag,
        default: '2',
        brief: 'pct: the depth of the faults that are looked for',
      },
      seed: {
        ...optionalTextFlag,
        brief: 'random, pct: the same seed is the same run [default: any]',
      },
      pods: { ...textFlag, default: '1', brief: 'Pods that are started: an ADD each' },
      removals: { ...textFlag, default: '0', brief: 'Pods that are taken down: a DEL each' },
      evictions: {
        ...textFlag,
        default: '0',
        brief: 'Pods that are taken down again, maybe while they start: a DEL beside the ADD',
      },
      reloads: { ...textFlag, default: '1', brief: 'Writes to the conf dir: a reload each' },
      halves: {
        ...textFlag,
        default: '0',
        brief: 'Files that are only written in half, and sort first: a reload each',
      },
      goings: {
        ...textFlag,
        default: '0',
        brief: 'agent: files that are taken away or brought back, in turn',
      },
      refusals: {
        ...textFlag,
        default: '0',
        brief: 'agent: files that are valid, and that the runtime refuses to load',
      },
      kills: { ...textFlag, default: '0', brief: 'agent: how often it is ended by kill -9' },
      polls: { ...textFlag, default: '3', brief: "kubelet's Status calls, 5 s between them" },
      pluginTime: {
        ...textFlag,
        default: '10s',
        brief: 'How long an ADD or DEL takes, or `hang`: until kubelet gives up after 4 min',
        placeholder: 'time',
      },
      statusTime: {
        ...textFlag,
        default: 'none',
        brief: 'How long a STATUS takes; `none` for networks older than CNI 1.1.0',
        placeholder: 'time',
      },
      stall: {
        ...textFlag,
        default: '5s',
        brief: 'A Status that takes longer is a stall',
        placeholder: 'time',
      },
      replay: {
        ...optionalTextFlag,
        brief: 'Play one run again: the string that was printed with its fault',
        placeholder: 'string',
      },
      html: {
        ...optionalTextFlag,
        brief: 'Write the stories to a page as well',
        placeholder: 'file',
      },
      output: {
        kind: 'enum',
        values: ['text', 'json', 'html'],
        default: 'text',
        brief: 'What to print on stdout',
      },
    },
    aliases: { o: 'output' },
  },
  func: action(run),
})

async function run(context: CliContext, flags: Flags): Promise<number> {
  const report =
    flags.replay === undefined ? await search(context, flags) : await again(flags.replay)
  if (flags.html !== undefined) {
    const { page } = await import('../explore/page.ts')
    await writePage(flags.html, page(report), context)
  }
  context.process.stdout.write(await printed(report, flags.output, context))
  const found =
    report.kind === 'fairlead.explore'
      ? report.subjects.some(({ findings }) => findings.length > 0)
      : report.faults.length > 0
  return found ? EXIT.findings : EXIT.ok
}

async function search(context: CliContext, flags: Flags): Promise<ExploreReport> {
  const [{ explore }, { AGENTS, SUBJECTS, subjectNamed }, { searchOf }] = await Promise.all([
    import('../explore/explore.ts'),
    import('../explore/subjects.ts'),
    import('../explore/settings.ts'),
  ])
  const subjects = [...new Set(flags.subject ?? SUBJECTS.keys())]
  for (const subject of subjects) subjectNamed(subject)
  const boot = await bootOf(flags)
  const { clock, signal } = context
  const usual = subjects.some((name) => AGENTS.has(name)) ? 'random' : 'exhaustive'
  const search = searchOf({ ...flags, strategy: flags.strategy ?? usual })
  return explore({ subjects, search, boot, clock, signal })
}

async function again(replay: string): Promise<ReplayReport> {
  const [{ replayRun }, { parseReplay }] = await Promise.all([
    import('../explore/explore.ts'),
    import('../explore/replay-string.ts'),
  ])
  return replayRun(parseReplay(replay))
}

async function bootOf(flags: Flags): Promise<BootOptions> {
  const [{ wholeNumber }, { BOOT_DEFAULTS }] = await Promise.all([
    import('../explore/settings.ts'),
    import('../explore/boot-options.ts'),
  ])
  const { pluginTime, statusTime } = flags
  return {
    ...BOOT_DEFAULTS,
    pods: wholeNumber('pods', flags.pods),
    removals: wholeNumber('removals', flags.removals),
    evictions: wholeNumber('evictions', flags.evictions),
    reloads: wholeNumber('reloads', flags.reloads),
    halves: wholeNumber('halves', flags.halves),
    goings: wholeNumber('goings', flags.goings),
    refusals: wholeNumber('refusals', flags.refusals),
    kills: wholeNumber('kills', flags.kills),
    polls: wholeNumber('polls', flags.polls),
    pluginMs: pluginTime === 'hang' ? 'hang' : await durationMs(pluginTime),
    statusMs: statusTime === 'none' ? 'none' : await durationMs(statusTime),
    stallMs: await durationMs(flags.stall),
  }
}

async function printed(
  report: ExploreReport | ReplayReport,
  output: Flags['output'],
  context: CliContext,
): Promise<string> {
  if (output === 'json') return `${JSON.stringify(report, null, 2)}\n`
  if (output === 'html') return (await import('../explore/page.ts')).page(report)
  const { replayText } = await import('../explore/story-text.ts')
  return report.kind === 'fairlead.explore' ? overview(report, context) : replayText(report)
}

async function overview(report: ExploreReport, context: CliContext): Promise<string> {
  const [{ FAULT_KINDS }, { cellText, findingText, number, searchText }] = await Promise.all([
    import('../explore/faults.ts'),
    import('../explore/story-text.ts'),
  ])
  const { stdout } = context.process
  const kinds = FAULT_KINDS.filter((kind) =>
    report.subjects.some(({ searchedFor }) => searchedFor.includes(kind)),
  )
  const rows = report.subjects.map((subject) => [
    subject.subject,
    ...kinds.map((kind) => {
      const { found, text } = cellText(subject, kind)
      return paint(context, stdout, found ? 'red' : 'green', text)
    }),
    number(subject.schedulesPerSecond),
  ])
  const heading = ['SUBJECT', ...kinds.map((kind) => kind.toUpperCase()), 'SCHEDULES/S']
  const stories = report.subjects.flatMap(({ subject, findings }) =>
    findings.map((finding) => `\n${findingText(subject, finding)}`),
  )
  return [
    table(heading, rows),
    `\n${searchText(report.search, report.subjects)}\n`,
    ...stories,
  ].join('')
}

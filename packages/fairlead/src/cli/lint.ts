import { buildCommand } from '@stricli/core'
import type { LintReport } from '../lint/lint.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { action, EXIT } from './exit.ts'
import { type Paint, paint } from './paint.ts'
import { table } from './table.ts'

const OUTPUTS = ['table', 'json', 'sarif', 'markdown'] as const

interface Flags {
  readonly runtime?: string
  readonly containerdConfig?: string
  readonly binDir?: readonly string[]
  readonly binaries: boolean
  readonly probe: boolean
  readonly output: (typeof OUTPUTS)[number]
}

/** `fairlead lint [DIR]`: what a runtime would make of a conf dir. */
export const lintCommand = buildCommand<Flags, [string?], CliContext>({
  docs: {
    brief: 'Say what a container runtime will make of a conf dir, before anyone restarts it',
    fullDescription:
      'Reads a conf dir and says what a given version of a runtime does with it: which file wins, on\n' +
      'which file the load fails, what is ignored, whether STATUS is run, which programs are missing,\n' +
      'who else writes there, and what a change or the removal of the folder would do. Nothing is\n' +
      'written, and no plugin is run without --probe. Exit code 1 if there is an error or a warning.\n\n' +
      'Examples:\n' +
      '  fairlead lint --runtime containerd@2.1.9\n' +
      '  fairlead lint ./net.d --bin-dir ./bin --runtime crio@1.32.1\n' +
      '  fairlead lint --runtime containerd@1.7.34 --probe -o json\n' +
      '  fairlead lint --containerd-config /etc/containerd/config.toml --runtime containerd@2.1.9',
  },
  parameters: {
    flags: {
      runtime: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'containerd@VERSION, crio@VERSION or fairlead [default: containerd@2.3.4]',
        placeholder: 'runtime',
      },
      containerdConfig: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: "containerd's config, for the folders and settings that it names, and to judge it",
        placeholder: 'file',
      },
      binDir: {
        kind: 'parsed',
        parse: String,
        optional: true,
        variadic: true,
        brief: 'Where plugins are looked for; may be given several times [default: /opt/cni/bin]',
        placeholder: 'dir',
      },
      binaries: {
        kind: 'boolean',
        default: true,
        brief: "Look at the plugins' programs; not with --no-binaries, e.g. for a copy of a folder",
      },
      probe: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Run each plugin with VERSION, to ask what it supports',
      },
      output: {
        kind: 'enum',
        values: OUTPUTS,
        default: 'table',
        brief: 'What to print on stdout',
      },
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'The conf dir [default: /etc/cni/net.d]',
          parse: String,
          placeholder: 'dir',
          optional: true,
        },
      ],
    },
  },
  func: action(async (context: CliContext, flags: Flags, dir?: string) => {
    const [{ lint }, { DEFAULT_RUNTIME }, { isFinding }] = await Promise.all([
      import('../lint/lint.ts'),
      import('../lint/runtime.ts'),
      import('../lint/render-text.ts'),
    ])
    const report = await lint(
      {
        runtime: flags.runtime ?? DEFAULT_RUNTIME,
        binaries: flags.binaries,
        probe: flags.probe,
        ...(dir === undefined ? {} : { dir }),
        ...(flags.containerdConfig === undefined
          ? {}
          : { containerdConfig: flags.containerdConfig }),
        ...(flags.binDir === undefined ? {} : { binDirs: flags.binDir }),
      },
      {
        env: context.process.env,
        signal: context.signal,
        advisories: await advisoryIds(flags.runtime ?? DEFAULT_RUNTIME, context),
      },
    )
    context.process.stdout.write(await rendered(report, flags.output, context))
    return report.problems.some(isFinding) ? EXIT.findings : EXIT.ok
  }),
})

async function advisoryIds(runtimeName: string, context: CliContext) {
  const [{ advisories }, { idsByProbe }, { parsePredictedRuntime }] = await Promise.all([
    currentKnowledge(context),
    import('../advisories/by-probe.ts'),
    import('../lint/runtime.ts'),
  ])
  const runtime = parsePredictedRuntime(runtimeName)
  if (runtime.kind === 'fairlead') return idsByProbe(advisories, undefined)
  const component = runtime.kind === 'crio' ? 'cri-o' : 'containerd'
  return idsByProbe(advisories, { component, version: runtime.version.text })
}

async function rendered(
  report: LintReport,
  output: Flags['output'],
  context: CliContext,
): Promise<string> {
  switch (output) {
    case 'table':
      return lintText(report, context)
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'sarif': {
      const { lintSarif } = await import('../lint/render-sarif.ts')
      return `${JSON.stringify(lintSarif(report), null, 2)}\n`
    }
    case 'markdown': {
      const { lintMarkdown } = await import('../lint/render-markdown.ts')
      return lintMarkdown(report)
    }
  }
}

const PAINTS: Readonly<Record<string, Paint>> = { error: 'red', warning: 'yellow', note: 'dim' }

async function lintText(report: LintReport, context: CliContext): Promise<string> {
  const [{ countLine, outcomeLines, placeOf }, { printable }] = await Promise.all([
    import('../lint/render-text.ts'),
    import('../safe-text.ts'),
  ])
  const { stdout } = context.process
  const [heading = ['', ''], ...rows] = outcomeLines(report).map(([word, line]) => [
    word,
    printable(line),
  ])
  const problems = report.problems.map((problem) => {
    const { severity, probe, text, nextStep, advisories } = problem
    const see = advisories.length === 0 ? '' : `  advisories: ${advisories.join(', ')}\n`
    const word = paint(context, stdout, PAINTS[severity] ?? 'bold', severity)
    return (
      `${word} ${probe} at ${printable(placeOf(problem))}\n` +
      `  ${printable(text)}\n  ${printable(nextStep)}\n${see}`
    )
  })
  const title = `${printable(report.dir)} as ${report.runtime} takes it:`
  return `${title}\n\n${table(heading, rows)}\n${problems.map((text) => `${text}\n`).join('')}${countLine(report)}\n`
}

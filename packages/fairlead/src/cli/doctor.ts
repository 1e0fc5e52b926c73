import { buildCommand } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import { type Language, languageOf } from '../language.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { nodeAsked, type NodeFlags, nodeFlags } from './doctor-node.ts'
import { action, EXIT } from './exit.ts'

interface Flags extends NodeFlags {
  readonly output: 'text' | 'json'
  readonly lang?: string
}

/** `fairlead doctor [BUNDLE...]`: why is this node NotReady? */
export const doctorCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say why a node is NotReady, from this node itself or from logs and support bundles',
    fullDescription:
      'With nothing named, looks at the node it runs on: what the runtime answers, which plugins run,\n' +
      'the conf dir, the journal. Nothing is changed, and it takes no longer than a few seconds, also\n' +
      'when the runtime hangs; run it as root.\n\n' +
      'Reads logs and folders of logs, and compares what they tell with the known issues. Reads only;\n' +
      'runs nothing and fetches nothing. Exit code 1 if a cause is found, 0 if none is.\n\n' +
      'Examples:\n' +
      '  fairlead doctor\n' +
      '  fairlead doctor --socket /run/k3s/containerd/containerd.sock --dump\n' +
      '  fairlead doctor kubelet.log containerd.log node.txt\n' +
      '  fairlead doctor support/ -o json',
  },
  parameters: {
    flags: {
      output: {
        kind: 'enum',
        values: ['text', 'json'],
        default: 'text',
        brief: 'What to print on stdout',
      },
      lang: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'en or zh-CN [default: that of the locale]',
        placeholder: 'language',
      },
      ...nodeFlags,
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      parameter: { brief: 'A log, a folder, or a bundle', parse: String, placeholder: 'bundle' },
    },
  },
  func: action(run),
})

async function run(context: CliContext, flags: Flags, ...paths: string[]): Promise<number> {
  const [{ consult }, { advisories }, { doctorText }] = await Promise.all([
    import('../doctor/doctor.ts'),
    currentKnowledge(context),
    import('./render-doctor.ts'),
  ])
  const report = await consult(paths, {
    advisories,
    language:
      flags.lang === undefined ? languageOf(context.process.env) : languageNamed(flags.lang),
    signal: context.signal,
    ...(await nodeAsked(flags, paths)),
  })
  const { stdout } = context.process
  stdout.write(
    flags.output === 'json' ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report, context),
  )
  return report.nodes.some(({ findings }) => findings.length > 0) ? EXIT.findings : EXIT.ok
}

function languageNamed(name: string): Language {
  if (/^en\b/i.test(name)) return 'en'
  if (/^zh\b/i.test(name)) return 'zh-CN'
  throw new FairleadError('FL_USAGE', `"${name}" is no language that Fairlead speaks.`, {
    hint: 'Write --lang en or --lang zh-CN.',
  })
}

import { buildCommand } from '@stricli/core'
import type { DoctorReport } from '../doctor/report.ts'
import { type Language, languageOf } from '../language.ts'
import { langFlag } from './advisories-flags.ts'
import { clusterAsked, type ClusterFlags, clusterFlags } from './cluster-flags.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { nodeAsked, type NodeFlags, nodeFlags } from './doctor-node.ts'
import { action, EXIT } from './exit.ts'

const OUTPUTS = ['text', 'json', 'yaml', 'sarif', 'html', 'markdown'] as const

interface Flags extends NodeFlags, ClusterFlags {
  readonly output: (typeof OUTPUTS)[number]
  readonly redact: boolean
  readonly lang?: Language
}

/** `fairlead doctor [BUNDLE...]`: why is this node NotReady? */
export const doctorCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say why a node is NotReady, from this node itself, a cluster, logs or support bundles',
    fullDescription:
      'With nothing named, looks at the node it runs on: what the runtime answers, which plugins run,\n' +
      'the conf dir, the journal. Nothing is changed, and it takes no longer than a few seconds, also\n' +
      'when the runtime hangs; run it as root.\n\n' +
      'With --from-cluster it asks the API server for nodes, their leases, events and pods.\n\n' +
      'Reads logs, folders and support bundles, and compares what they tell with the known issues. Reads\n' +
      'only; runs nothing and fetches nothing. Exit code 1 if a cause is found, 0 if none is.\n\n' +
      'Examples:\n' +
      '  fairlead doctor\n' +
      '  fairlead doctor --socket /run/k3s/containerd/containerd.sock --dump\n' +
      '  fairlead doctor kubelet.log containerd.log node.txt\n' +
      '  fairlead doctor support.zip\n' +
      '  fairlead doctor --from-cluster --node worker-1\n' +
      '  fairlead doctor sosreport/ --redact -o html > report.html',
  },
  parameters: {
    flags: {
      output: {
        kind: 'enum',
        values: OUTPUTS,
        default: 'text',
        brief: 'What to print on stdout',
      },
      redact: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Put stand-ins for addresses, ids and the names of nodes, pods and hosts',
      },
      lang: langFlag,
      ...nodeFlags,
      ...clusterFlags,
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
  const [{ consult }, { advisories }, { redacted }] = await Promise.all([
    import('../doctor/doctor.ts'),
    currentKnowledge(context),
    import('../doctor/redact.ts'),
  ])
  using cluster = await clusterAsked(flags, context)
  const seen = await consult(paths, {
    advisories,
    language: flags.lang ?? languageOf(context.process.env),
    signal: context.signal,
    ...(await nodeAsked(flags, paths)),
    ...(cluster !== undefined && { cluster }),
  })
  const report = flags.redact ? redacted(seen) : seen
  context.process.stdout.write(await printed(report, flags.output, context))
  return report.nodes.some(({ findings }) => findings.length > 0) ? EXIT.findings : EXIT.ok
}

async function printed(
  report: DoctorReport,
  output: Flags['output'],
  context: CliContext,
): Promise<string> {
  switch (output) {
    case 'text':
      return (await import('./render-doctor.ts')).doctorText(report, context)
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`
    case 'yaml':
      return (await import('yaml')).stringify(report, { lineWidth: 0 })
    case 'sarif':
      return (await import('../doctor/render/sarif.ts')).doctorSarif(report)
    case 'html':
      return (await import('../doctor/render/html.ts')).doctorHtml(report)
    case 'markdown':
      return (await import('../doctor/render/markdown.ts')).doctorMarkdown(report)
  }
}

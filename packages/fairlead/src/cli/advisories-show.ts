import { buildCommand } from '@stricli/core'
import { type Language, languageOf } from '../language.ts'
import { langFlag } from './advisories-flags.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { action, EXIT } from './exit.ts'
import { shippedNames } from './shipped-names.ts'

const OUTPUTS = ['table', 'json', 'yaml', 'osv', 'markdown'] as const

interface Flags {
  readonly output: (typeof OUTPUTS)[number]
  readonly lang?: Language
}

/** `fairlead advisories show ID`: everything that one advisory says. */
export const advisoriesShowCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Tell all that is known of one issue',
    fullDescription:
      'Prints cause, affected versions, symptoms, remedies and sources of one advisory.\n\n' +
      'Example:\n  fairlead advisories show containerd-go-cni-recursive-rlock-deadlock',
  },
  parameters: {
    flags: {
      output: { kind: 'enum', values: OUTPUTS, default: 'table', brief: 'What to print on stdout' },
      lang: langFlag,
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'The id of an advisory',
          parse: String,
          placeholder: 'id',
          proposeCompletions: (partial) => shippedNames('advisories', partial),
        },
      ],
    },
  },
  func: action(async (context: CliContext, { output, lang }: Flags, id: string) => {
    const [{ findAdvisory }, { dataText }, { advisories }] = await Promise.all([
      import('../advisories/advisory-files.ts'),
      import('./data-text.ts'),
      currentKnowledge(context),
    ])
    const advisory = findAdvisory(id, advisories)
    const { stdout, env } = context.process
    if (output === 'osv') {
      const { toOsv } = await import('../advisories/osv.ts')
      stdout.write(dataText(toOsv(advisory), 'json'))
    } else if (output === 'json' || output === 'yaml') stdout.write(dataText(advisory, output))
    else {
      const [{ advisoryPage }, { pageMarkdown, pageText }] = await Promise.all([
        import('./advisories-pages.ts'),
        import('./page.ts'),
      ])
      const page = advisoryPage(advisory, lang ?? languageOf(env))
      stdout.write(output === 'table' ? pageText(page, context) : pageMarkdown(page))
    }
    return EXIT.ok
  }),
})

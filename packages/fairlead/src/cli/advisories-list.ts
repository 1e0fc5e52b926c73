import { buildCommand } from '@stricli/core'
import type { Advisory } from '../advisories/advisory.ts'
import { COMPONENTS, type Component } from '../advisories/component.ts'
import { type Language, languageOf } from '../language.ts'
import { langFlag } from './advisories-flags.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { action, EXIT } from './exit.ts'

const OUTPUTS = ['table', 'json', 'yaml', 'osv'] as const

interface Flags {
  readonly component?: Component
  readonly output: (typeof OUTPUTS)[number]
  readonly lang?: Language
}

/** `fairlead advisories list`: the known issues. */
export const advisoriesListCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'List the known issues',
    fullDescription:
      'Lists the advisories, the worst first.\n\n' +
      'Examples:\n' +
      '  fairlead advisories list --component multus\n' +
      '  fairlead advisories list -o osv > advisories.osv.json',
  },
  parameters: {
    flags: {
      component: {
        kind: 'enum',
        values: COMPONENTS,
        optional: true,
        brief: 'Only those that speak of this component',
      },
      output: { kind: 'enum', values: OUTPUTS, default: 'table', brief: 'What to print on stdout' },
      lang: langFlag,
    },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, { component, output, lang }: Flags) => {
    const [{ bySeverity }, knowledge] = await Promise.all([
      import('../advisories/check.ts'),
      currentKnowledge(context),
    ])
    const advisories = bySeverity(knowledge.advisories).filter(
      ({ affected }) =>
        component === undefined || affected.some((entry) => entry.component === component),
    )
    const language = lang ?? languageOf(context.process.env)
    context.process.stdout.write(
      output === 'table' ? await tableOf(advisories, language) : await dataOf(advisories, output),
    )
    return EXIT.ok
  }),
})

async function tableOf(advisories: readonly Advisory[], language: Language): Promise<string> {
  const [{ table }, { told }] = await Promise.all([
    import('./table.ts'),
    import('../advisories/told.ts'),
  ])
  return table(
    ['SEVERITY', 'ID', 'TITLE'],
    advisories.map((advisory) => [advisory.severity, advisory.id, told(advisory, language).title]),
  )
}

async function dataOf(
  advisories: readonly Advisory[],
  output: 'json' | 'yaml' | 'osv',
): Promise<string> {
  const [{ dataText }, { toOsv }] = await Promise.all([
    import('./data-text.ts'),
    import('../advisories/osv.ts'),
  ])
  return output === 'osv' ? dataText(advisories.map(toOsv), 'json') : dataText(advisories, output)
}

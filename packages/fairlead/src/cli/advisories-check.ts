import { buildCommand } from '@stricli/core'
import type { Check, Knowledge, Match, UpgradeCheck } from '../advisories/check.ts'
import { COMPONENTS } from '../advisories/component.ts'
import type { Inventory } from '../advisories/exposure.ts'
import { FairleadError } from '../errors.ts'
import { type Language, languageOf } from '../language.ts'
import { componentFlags, type ComponentVersions, langFlag } from './advisories-flags.ts'
import { combinationsAsked } from './advisories-cluster.ts'
import { type ClusterFlags, clusterFlags } from './cluster-flags.ts'
import type { CliContext } from './context.ts'
import { currentKnowledge } from './current-knowledge.ts'
import { action, EXIT } from './exit.ts'

const OUTPUTS = ['table', 'json', 'yaml', 'osv', 'sarif', 'markdown'] as const
const FAIL_ON = ['low', 'medium', 'high', 'critical', 'never'] as const

interface Flags extends ComponentVersions, ClusterFlags {
  readonly upgrade?: readonly string[]
  readonly failOn: (typeof FAIL_ON)[number]
  readonly failOnUnfixed: boolean
  readonly output: (typeof OUTPUTS)[number]
  readonly lang?: Language
}

/** `fairlead advisories check --containerd VERSION...`: what is known against a combination. */
export const advisoriesCheckCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Say what is known against a combination of versions, or an upgrade',
    fullDescription:
      'Takes the versions of what runs together, as the components report them. A distribution (--talos,\n' +
      '--k3s, --rke2) brings a containerd of its own, unless --containerd says otherwise. With --upgrade it\n' +
      'says what the step fixes, what it newly brings, and what is to be looked at first.\n' +
      'With --from-cluster the versions are those of its nodes and pods; each combination is judged.\n' +
      'Exit code 1 if an advisory of the severity --fail-on, or a worse one, concerns the combination and a\n' +
      'release fixes it: every containerd there is has some that none fixes. With --upgrade, if the step\n' +
      'brings one, fixed or not, or is not supported.\n\n' +
      'Examples:\n' +
      '  fairlead advisories check --containerd 2.0.1 --cilium 1.16.5 --multus 4.1.4\n' +
      '  fairlead advisories check --from-cluster\n' +
      '  fairlead advisories check --talos 1.9.0 --kubernetes 1.32.0 -o sarif\n' +
      '  fairlead advisories check --multus 4.1.4 --upgrade containerd=2.0.1:2.3.4',
  },
  parameters: {
    flags: {
      ...componentFlags,
      ...clusterFlags,
      upgrade: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        brief: 'A step to judge; can be given for several components',
        placeholder: 'component=from:to',
      },
      failOn: {
        kind: 'enum',
        values: FAIL_ON,
        default: 'high',
        brief: 'The least severity that ends with exit code 1',
      },
      failOnUnfixed: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Count those, too, that no release fixes',
      },
      output: {
        kind: 'enum',
        values: OUTPUTS,
        default: 'table',
        brief: 'What to print on stdout',
      },
      lang: langFlag,
    },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [{ checkedVersion, parseStep }, { check, checkUpgrade }] = await Promise.all([
      import('../advisories/inventory.ts'),
      import('../advisories/check.ts'),
    ])
    const given: Inventory = new Map(
      COMPONENTS.flatMap((component) => {
        const version = flags[component]
        return version === undefined ? [] : [[component, checkedVersion(component, version)]]
      }),
    )
    const steps = (flags.upgrade ?? []).map(parseStep)
    if (given.size === 0 && steps.length === 0 && !flags.fromCluster) {
      throw new FairleadError('FL_USAGE', 'There is no version to check.', {
        hint: 'Give one or more, e.g. --containerd 2.0.1, --upgrade containerd=2.0.1:2.3.4 or --from-cluster.',
      })
    }
    const knowledge = await currentKnowledge(context)
    const language = flags.lang ?? languageOf(context.process.env)
    const shown = { context, flags, knowledge, language }
    const combinations = await combinationsAsked(given, flags, context)
    let isFound = false
    for (const { heading, versions } of combinations) {
      context.process.stdout.write(heading)
      const found =
        steps.length > 0
          ? await showUpgrade(checkUpgrade(versions, steps, knowledge), shown)
          : await showCheck(check(versions, knowledge), shown)
      isFound ||= found
    }
    return isFound ? EXIT.findings : EXIT.ok
  }),
})

/** Prints what an upgrade would do; whether it ends with exit code 1. */
async function showUpgrade(upgrade: UpgradeCheck, shown: Shown): Promise<boolean> {
  const { context, flags } = shown
  context.process.stdout.write(await upgradeOutput(upgrade, shown))
  const unfit = flags.failOn !== 'never' && upgrade.unsupported.length > 0
  return unfit || (await isReached(upgrade.brings, flags))
}

/** Prints what is known of a combination; whether it ends with exit code 1. */
async function showCheck(result: Check, shown: Shown): Promise<boolean> {
  const { context, flags } = shown
  context.process.stdout.write(await checkOutput(result, shown))
  // A gate that no release passes is switched off; what an upgrade would mend is what CI can ask for.
  const counted = flags.failOnUnfixed
    ? result.affected
    : result.affected.filter(({ fixedIn }) => fixedIn.length > 0)
  return isReached(counted, flags)
}

/** Whether one of the advisories is as bad as `--fail-on` says. */
async function isReached(matches: readonly Match[], { failOn }: Flags): Promise<boolean> {
  if (failOn === 'never') return false
  const { SEVERITIES } = await import('../advisories/check.ts')
  const limit = SEVERITIES.indexOf(failOn)
  return matches.some(({ advisory }) => SEVERITIES.indexOf(advisory.severity) <= limit)
}

interface Shown {
  readonly context: CliContext
  readonly flags: Flags
  readonly knowledge: Knowledge
  readonly language: Language
}

async function checkOutput(result: Check, { context, flags, knowledge, language }: Shown) {
  switch (flags.output) {
    case 'json':
    case 'yaml': {
      const [{ checkJson }, { dataText }] = await dataModules()
      return dataText(checkJson(result, language), flags.output)
    }
    case 'osv':
      return osvOutput(result.affected)
    case 'sarif':
      return (await import('./advisories-sarif.ts')).checkSarif(result, language)
    case 'table':
    case 'markdown': {
      const [{ checkPage }, { pageMarkdown, pageText }] = await pageModules()
      const page = checkPage(result, knowledge.advisories.length, language)
      return flags.output === 'table' ? pageText(page, context) : pageMarkdown(page)
    }
  }
}

async function upgradeOutput(upgrade: UpgradeCheck, { context, flags, language }: Shown) {
  switch (flags.output) {
    case 'json':
    case 'yaml': {
      const [{ upgradeJson }, { dataText }] = await dataModules()
      return dataText(upgradeJson(upgrade, language), flags.output)
    }
    case 'osv':
      return osvOutput(upgrade.after.affected)
    case 'sarif':
      return (await import('./advisories-sarif.ts')).upgradeSarif(upgrade, language)
    case 'table':
    case 'markdown': {
      const [{ upgradePage }, { pageMarkdown, pageText }] = await pageModules()
      const page = upgradePage(upgrade, language)
      return flags.output === 'table' ? pageText(page, context) : pageMarkdown(page)
    }
  }
}

async function osvOutput(matches: readonly Match[]): Promise<string> {
  const [{ toOsv }, { dataText }] = await Promise.all([
    import('../advisories/osv.ts'),
    import('./data-text.ts'),
  ])
  return dataText(
    matches.map(({ advisory }) => toOsv(advisory)),
    'json',
  )
}

function dataModules() {
  return Promise.all([import('./advisories-json.ts'), import('./data-text.ts')])
}

function pageModules() {
  return Promise.all([import('./advisories-pages.ts'), import('./page.ts')])
}

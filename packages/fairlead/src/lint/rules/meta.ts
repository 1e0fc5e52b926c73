import path from 'node:path'
import { isMeta } from '../binaries.ts'
import type { ConfPlugin } from '../libcni-conf.ts'
import {
  countedFiles,
  type Finding,
  type GoodFile,
  goodFiles,
  inDir,
  type Rule,
  type RuleInput,
} from './rule.ts'

/** Networks that only run others (Multus): is what they run there, and is it what they mean? */
export const metaRules: Rule = (input) =>
  goodFiles(input)
    .filter(isMetaFile)
    .flatMap((file) => [...withoutPrimary(file, input), ...stale(file, input)])

/** A network that a meta plugin names. */
interface Reference {
  readonly text: string
  readonly means: (file: GoodFile) => boolean
}

/** The networks that a file's meta plugin names: by name, file or path in its own container. */
export function referencesOf({ conf }: GoodFile): readonly Reference[] {
  return conf.plugins
    .filter(({ type }) => isMeta(type))
    .flatMap(({ value }) => [
      ...textsOf(value['clusterNetwork']),
      ...textsOf(value['defaultNetworks']),
    ])
    .map((text) => ({
      text,
      means: ({ name, conf: other }) => text === other.name || path.basename(text) === name,
    }))
}

function isMetaFile({ conf }: GoodFile): boolean {
  return conf.plugins.some(({ type }) => isMeta(type))
}

function withoutPrimary(file: GoodFile, input: RuleInput): readonly Finding[] {
  const others = goodFiles(input).filter((other) => other !== file)
  const plugin = file.conf.plugins.find(({ type }) => isMeta(type))
  const severity = countedFiles(input).has(file.name) ? 'error' : 'warning'
  const place = { severity, file: inDir(input, file.name), ...plugin?.at } as const
  const missing = referencesOf(file)
    .filter(({ means }) => !others.some(means))
    .map(({ text }): Finding => ({
      ...place,
      probe: 'conf-meta-without-primary',
      text: `${file.name} delegates to ${text}, which is not among the files of the folder: no pod can start.`,
      nextStep:
        'Restart the CNI that writes the primary file, then Multus; or name a network that is there.',
    }))
  const hasNone = referencesOf(file).length === 0 && delegatesOf(plugin).length === 0
  if (!hasNone) return missing
  return [
    {
      ...place,
      probe: 'conf-meta-without-primary',
      text: `${file.name} runs Multus with neither \`clusterNetwork\` nor \`delegates\`: no pod can start.`,
      nextStep: 'Restart Multus once the primary file is there.',
    },
  ]
}

/** Multus looks for the primary once, at its start; what comes or changes later is not what it uses. */
function stale(file: GoodFile, input: RuleInput): readonly Finding[] {
  const plugin = file.conf.plugins.find(({ type }) => isMeta(type))
  const others = goodFiles(input).filter((other) => !isMetaFile(other))
  const place = {
    probe: 'conf-meta-stale',
    severity: 'warning',
    file: inDir(input, file.name),
    ...plugin?.at,
  } as const
  const [first] = others
  const reference = referencesOf(file).find(({ means }) => others.some(means))
  if (reference !== undefined && first !== undefined && !reference.means(first)) {
    return [
      {
        ...place,
        text: `${file.name} delegates to ${reference.text}, but ${first.name} is the first network now: Multus has chosen before that file was there.`,
        nextStep:
          'Restart Multus if the first is meant; else pin the primary (multusMasterCNI, --multus-master-cni-file-name).',
      },
    ]
  }
  return delegatesOf(plugin)
    .slice(0, 1)
    .flatMap((delegate): readonly Finding[] => {
      const source = others.find(({ conf }) => conf.name === delegate['name'])
      if (source === undefined) {
        const name = typeof delegate['name'] === 'string' ? delegate['name'] : 'a network'
        return others.length === 0 && delegate['name'] === undefined
          ? []
          : [
              {
                ...place,
                text: `${file.name} holds a copy of ${name}, whose own file is not in the folder any more.`,
                nextStep: 'If the primary CNI was replaced, remove the file and restart Multus.',
              },
            ]
      }
      if (isSame(delegate, source)) return []
      return [
        {
          ...place,
          text: `${file.name} holds a copy of ${source.name} that differs from that file: pods get the old one.`,
          nextStep: 'Restart Multus, which copies the file anew.',
        },
      ]
    })
}

function isSame(delegate: Readonly<Record<string, unknown>>, { conf }: GoodFile): boolean {
  const plugins = Array.isArray(delegate['plugins']) ? delegate['plugins'] : [delegate]
  const values = conf.plugins.filter(({ from }) => from === undefined).map(({ value }) => value)
  return canonical(plugins) === canonical(values)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)),
        )
      : inner,
  )
}

function delegatesOf(plugin: ConfPlugin | undefined): readonly Readonly<Record<string, unknown>>[] {
  const delegates = plugin?.value['delegates']
  if (!Array.isArray(delegates)) return []
  return delegates.flatMap((entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? [{ ...entry }] : [],
  )
}

function textsOf(value: unknown): readonly string[] {
  const values: unknown[] = Array.isArray(value) ? value : [value]
  return values.filter((entry): entry is string => typeof entry === 'string' && entry !== '')
}

import { networkNameProblem } from '@fairlead/cni'
import type { ConfFile, Fault } from '../load.ts'
import { entriesOf } from '../reading.ts'
import {
  countedFiles,
  type Finding,
  goodFiles,
  inDir,
  listed,
  type Rule,
  type RuleInput,
} from './rule.ts'

const PROBES = {
  invalid: 'conf-file-invalid',
  empty: 'conf-file-empty',
  unreadable: 'conf-file-unreadable',
  'dangling-link': 'conf-file-dangling-link',
  blocks: 'conf-file-unreadable',
} as const

const NEXT_STEPS: Readonly<Record<Fault, string>> = {
  invalid:
    'Repair it, or let the CNI write it anew; a writer that does not rename a whole file into place leaves halves.',
  empty:
    'Remove it, and restart whoever writes it: Multus writes an empty file when it cannot read the primary network.',
  unreadable: 'Make it a readable regular file, or remove it.',
  'dangling-link': 'Remove the link, or bring back what it points to.',
  blocks: 'Remove it.',
}

/** Files one by one: what is wrong with each, and those that say the same thing twice. */
export const fileRules: Rule = (input) => [
  ...input.files.flatMap((file) => faulty(file, input)),
  ...nameless(input),
  ...twice(input),
  ...sameName(input),
  ...subFolders(input),
  ...maxConfNum(input),
]

function faulty(file: ConfFile, input: RuleInput): readonly Finding[] {
  if (file.ok) return []
  const { load } = input.outcome
  const isCause = 'file' in load && load.file === file.name
  const consequence = isCause
    ? ''
    : input.runtime.kind === 'containerd'
      ? ' It is not reached now, and fails the load once the files before it are gone.'
      : ' It is skipped.'
  const at = file.at === file.name ? '' : ` (${file.name} takes it in)`
  const severity = isCause ? 'error' : 'warning'
  const broken: Finding = {
    probe: PROBES[file.fault],
    severity,
    file: inDir(input, file.at),
    ...file.place,
    text: `${file.at}${at} cannot be loaded: ${file.why}.${consequence}`,
    nextStep: NEXT_STEPS[file.fault],
  }
  if (file.at === file.name) return [broken]
  return [
    broken,
    {
      probe: 'conf-subdir-plugins',
      severity,
      file: inDir(input, file.name),
      text: `${file.at} is taken for a plugin of ${file.name}, since its folder has the network's name; it costs the whole network.`,
      nextStep: ADDED_FROM_FOLDER,
    },
  ]
}

/** libcni looks at a network's name when a pod is added, not before (LC@v1.3.0:pkg/utils/utils.go). */
function nameless(input: RuleInput): readonly Finding[] {
  const counted = countedFiles(input)
  return goodFiles(input).flatMap(({ name, conf }): readonly Finding[] => {
    const problem = networkNameProblem(conf.name)
    if (problem === undefined || !counted.has(name)) return []
    return [
      {
        probe: 'conf-file-invalid',
        severity: 'error',
        file: inDir(input, name),
        line: 1,
        column: 1,
        text: `${name} is loaded and NetworkReady does not tell, but no pod can start: ${problem}.`,
        nextStep: 'Give the network a name that can be one.',
      },
    ]
  })
}

const ADDED_FROM_FOLDER =
  'If that is not meant, set "loadOnlyInlinedPlugins": true in the list, or remove the folder.'

/** `10-x.conf` beside `10-x.conflist`: an installer has changed its mind, and the old file sorts first. */
function twice(input: RuleInput): readonly Finding[] {
  const stemOf = (name: string) => name.replace(/\.(?:conf|conflist|json)$/, '')
  const stems = Map.groupBy(input.files, ({ name }) => stemOf(name))
  const counted = countedFiles(input)
  return [...stems.values()].flatMap((files): readonly Finding[] => {
    const [first, ...rest] = files.map(({ name }) => name)
    if (first === undefined || rest.length === 0) return []
    return [
      {
        probe: 'conf-and-conflist-twice',
        severity: counted.has(first) ? 'warning' : 'note',
        file: inDir(input, first),
        text: `${first} stands beside ${listed(rest)}: the one that sorts first is taken, which is the older kind of file.`,
        nextStep: 'Keep the one that your CNI writes now and remove the other.',
      },
    ]
  })
}

function sameName(input: RuleInput): readonly Finding[] {
  const names = Map.groupBy(goodFiles(input), ({ conf }) => conf.name)
  return [...names].flatMap(([name, files]): readonly Finding[] => {
    const [first, second] = files.map((file) => file.name)
    if (first === undefined || second === undefined || name === '') return []
    if (stem(first) === stem(second)) return []
    return [
      {
        probe: 'conf-and-conflist-twice',
        severity: 'note',
        file: inDir(input, second),
        text: `${first} and ${second} both configure a network named ${name}: results are kept by that name, and whoever asks for it gets ${first}.`,
        nextStep: 'Give each network its own name, or remove the file that is left over.',
      },
    ]
  })
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, '')
}

/** libcni 1.3 adds the .conf files of the folder that is named after the network. */
function subFolders(input: RuleInput): readonly Finding[] {
  const counted = countedFiles(input)
  return goodFiles(input).flatMap(({ name, conf }): readonly Finding[] => {
    const added = conf.plugins.flatMap(({ from }) => from ?? [])
    if (added.length === 0) return []
    return [
      {
        probe: 'conf-subdir-plugins',
        severity: counted.has(name) ? 'warning' : 'note',
        file: inDir(input, name),
        text: `${listed(added)} ${added.length === 1 ? 'is' : 'are'} added to the plugins of ${name}, since the folder has the network's name; changes in there are not watched.`,
        nextStep: ADDED_FROM_FOLDER,
      },
    ]
  })
}

function maxConfNum(input: RuleInput): readonly Finding[] {
  const { networks } = input.outcome
  if (networks.length < 2) return []
  return [
    {
      probe: 'conf-max-conf-num',
      severity: 'warning',
      file: input.reading.dir,
      text: `Every pod is attached to ${networks.length} networks, those of ${listed(networks.map(({ file }) => file))}, since max_conf_num is not 1.`,
      nextStep: 'Set max_conf_num = 1 unless each of these files is meant for every pod.',
    },
  ]
}

/** Names of the folder beside configuration, for the rules about who writes there. */
export function otherNames(input: RuleInput): readonly string[] {
  const files = new Set(input.files.map(({ name }) => name))
  return entriesOf(input.reading).flatMap(({ name }) => (files.has(name) ? [] : [name]))
}

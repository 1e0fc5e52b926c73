import { isMeta, type Need, needsOf } from '../binaries.ts'
import type { Probe } from '../../advisories/probes.ts'
import type { Severity } from '../problem.ts'
import {
  countedFiles,
  type Finding,
  type GoodFile,
  goodFiles,
  inDir,
  listed,
  type Rule,
  type RuleInput,
} from './rule.ts'
import { referencesOf } from './meta.ts'

/** The programs that attaching a pod takes. */
export const binaryRules: Rule = (input) => {
  const { binaries } = input
  if (binaries === undefined) return []
  if (binaries.missingDirs.length === binaries.dirs.length) return [noBinDir(input, binaries.dirs)]
  const needed = neededFiles(input)
  return [
    ...needed.flatMap((file) => faultyNeeds(file, input)),
    ...leftOver(input, needed),
    ...loopback(input),
  ]
}

/** Every plugin that a file takes, and `loopback`: what has to be looked for in the bin dirs. */
export function neededTypes(
  files: readonly GoodFile[],
  needsLoopback: boolean,
): ReadonlySet<string> {
  const types = files.flatMap(({ conf }) => conf.plugins.flatMap(({ value }) => needsOf(value)))
  return new Set([...types.map(({ type }) => type), ...(needsLoopback ? ['loopback'] : [])])
}

/** The files that count, and those that they delegate to. */
function neededFiles(input: RuleInput): readonly GoodFile[] {
  const counted = countedFiles(input)
  const good = goodFiles(input)
  const isMeant = (file: GoodFile) =>
    good.some(
      (other) =>
        counted.has(other.name) && referencesOf(other).some((reference) => reference.means(file)),
    )
  return good.filter((file) => counted.has(file.name) || isMeant(file))
}

function faultyNeeds({ name, conf }: GoodFile, input: RuleInput): readonly Finding[] {
  return conf.plugins.flatMap(({ value, at, from }) =>
    needsOf(value).flatMap((need) => {
      const found = faultOf(need, input)
      return found === undefined ? [] : [{ ...found, file: inDir(input, from ?? name), ...at }]
    }),
  )
}

type Fault = Pick<Finding, 'probe' | 'severity' | 'text' | 'nextStep'>

function faultOf(need: Need, { binaries, runtime }: RuleInput): Fault | undefined {
  const binary = binaries?.byType.get(need.type)
  if (binary === undefined || binary.state === 'ok') return undefined
  const what = `The ${ROLES[need.role]} ${need.type}`
  // CRI-O asks each plugin of the list for its versions when it loads a file; nobody asks the others.
  const fails =
    runtime.kind === 'crio' && need.role === 'plugin' ? 'the file is skipped' : 'no pod can start'
  const [probe, is, nextStep]: [Probe, string, string] =
    binary.state === 'missing'
      ? [
          'binary-missing',
          `is not in ${listed(binaries?.dirs ?? [])}`,
          'Install it, or name the folder that it is in as a bin dir of the runtime.',
        ]
      : binary.state === 'not-executable'
        ? [
            'binary-not-executable',
            `cannot be executed (${binary.path}: ${binary.why})`,
            'Install it anew; a copy that was cut short leaves such a file.',
          ]
        : [
            'binary-wrong-arch',
            `cannot run here (${binary.path}: ${binary.why})`,
            'Install the build for this machine.',
          ]
  return { probe, severity: 'error', text: `${what} ${is}: ${fails}.`, nextStep }
}

const ROLES = { plugin: 'plugin', ipam: 'IPAM plugin', delegate: 'delegate' } as const

/** A file of a CNI whose own program is gone: what an uninstall leaves, and what a reboot brings up. */
function leftOver(input: RuleInput, needed: readonly GoodFile[]): readonly Finding[] {
  const counted = countedFiles(input)
  return goodFiles(input).flatMap(({ name, conf }): readonly Finding[] => {
    const main = conf.plugins[0]
    if (main === undefined || input.binaries?.byType.get(main.type)?.state !== 'missing') return []
    const isTaken = counted.has(name) || needed.some((file) => file.name === name)
    // The runtime of the file itself is told by the rule about missing programs; others need no word.
    const severity: Severity = isTaken ? 'error' : 'warning'
    const when = isTaken ? 'It is taken' : 'It is taken once the files before it are gone'
    return [
      {
        probe: isMeta(main.type) ? 'conf-meta-stale' : 'conf-of-removed-cni',
        severity,
        file: inDir(input, name),
        ...main.at,
        text: `${name} is left from a CNI whose plugin ${main.type} is gone. ${when}, and then no pod can start.`,
        nextStep: 'Remove the file if the CNI was removed; else install its plugin.',
      },
    ]
  })
}

/** containerd attaches each pod to its own loopback network first. */
function loopback(input: RuleInput): readonly Finding[] {
  const { binaries, needsLoopback, reading, outcome } = input
  if (!needsLoopback || outcome.networks.length === 0) return []
  const binary = binaries?.byType.get('loopback')
  if (binary === undefined || binary.state === 'ok') return []
  const is =
    binary.state === 'missing'
      ? `is not in ${listed(binaries?.dirs ?? [])}`
      : `cannot run (${binary.path}: ${binary.why})`
  return [
    {
      probe: 'loopback-missing',
      severity: 'error',
      file: reading.dir,
      text: `The plugin loopback ${is}: no pod can start, and NetworkReady does not tell.`,
      nextStep:
        'Install the loopback plugin of containernetworking/plugins, or set use_internal_loopback = true (containerd 2.0 and newer).',
    },
  ]
}

function noBinDir({ reading }: RuleInput, dirs: readonly string[]): Finding {
  return {
    probe: 'binary-missing',
    severity: 'error',
    file: dirs[0] ?? reading.dir,
    text: `No plugin is there: ${listed(dirs)} ${dirs.length === 1 ? 'is no folder' : 'are no folders'}.`,
    nextStep:
      'Name the bin dirs of the runtime with --bin-dir, or lint the files alone with --no-binaries.',
  }
}

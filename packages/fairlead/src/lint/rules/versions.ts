import { isAtLeast as isSpecAtLeast, SPEC_VERSIONS } from '@fairlead/cni'
import { isMeta } from '../binaries.ts'
import { isAtLeast, type PredictedRuntime } from '../runtime.ts'
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

/** What `cniVersion` brings about. */
export const versionRules: Rule = (input) => {
  const counted = countedFiles(input)
  return goodFiles(input)
    .filter(({ name }) => counted.has(name))
    .flatMap((file) => [
      ...statusSwitch(file, input),
      ...unknownVersion(file, input),
      ...unsupported(file, input),
    ])
}

function statusSwitch({ name, conf }: GoodFile, input: RuleInput): readonly Finding[] {
  if (!isSpecAtLeast(conf.cniVersion, '1.1.0')) return []
  const types = listed(conf.plugins.map(({ type }) => type))
  const slow = conf.plugins.some(({ type }) => isMeta(type))
    ? ' Multus may wait there for 105 s.'
    : ''
  const base = {
    probe: 'version-switches-status-on',
    file: inDir(input, name),
    ...conf.versionAt,
  } as const
  switch (input.outcome.statusRuns) {
    case 'on-every-status-call':
      return [
        {
          ...base,
          severity: 'warning',
          text: `cniVersion ${conf.cniVersion} makes ${input.runtime.name} run STATUS of ${types} in every Status call, every 5 s and without a time limit; a plugin that hangs there takes the node down.${slow}`,
          nextStep:
            'Set cniVersion 1.0.0 unless each of these plugins answers STATUS in time; `fairlead lint --probe` asks them for their versions.',
        },
      ]
    case 'until-first-ready':
      return [
        {
          ...base,
          severity: 'note',
          text: `cniVersion ${conf.cniVersion} makes ${input.runtime.name} run STATUS of ${types} twice a second until it succeeds for the first time, without a time limit.`,
          nextStep: 'Nothing to do if these plugins answer STATUS.',
        },
      ]
    case 'in-the-background':
    case 'never':
      return []
  }
}

/** libcni loads a list of any version; it then cannot read what an ADD of it prints. */
function unknownVersion({ name, conf }: GoodFile, input: RuleInput): readonly Finding[] {
  const known = resultVersions(input.runtime)
  if (conf.cniVersion === '' || known.includes(conf.cniVersion)) return []
  return [
    {
      probe: 'version-unknown',
      severity: 'error',
      file: inDir(input, name),
      ...conf.versionAt,
      text: `${name} is loaded and NetworkReady does not tell, but ${input.runtime.name} does not know cniVersion ${JSON.stringify(conf.cniVersion)}: no pod can start.`,
      nextStep: `Set a cniVersion that the runtime and the plugins know; it knows ${listed(known)}.`,
    },
  ]
}

/** The versions whose results a runtime's libcni can read (LC:pkg/types). */
function resultVersions(runtime: PredictedRuntime): readonly string[] {
  const knowsAll =
    runtime.kind === 'fairlead' ||
    (runtime.kind === 'containerd' && isAtLeast(runtime.version, 2, 0)) ||
    (runtime.kind === 'crio' && isAtLeast(runtime.version, 1, 31))
  return knowsAll ? SPEC_VERSIONS : SPEC_VERSIONS.filter((version) => version !== '1.1.0')
}

/** Only where plugins were asked. */
function unsupported({ name, conf }: GoodFile, input: RuleInput): readonly Finding[] {
  const wanted = conf.cniVersion === '' ? '0.1.0' : conf.cniVersion
  return conf.plugins.flatMap(({ type, at, from }): readonly Finding[] => {
    const versions = input.binaries?.versions.get(type)
    if (versions === undefined || versions.includes(wanted)) return []
    const says =
      versions.length === 0 ? 'and does not say what it supports' : `only ${listed(versions)}`
    const ready =
      input.outcome.statusRuns === 'on-every-status-call' ? ', and NetworkReady stays False' : ''
    return [
      {
        probe: 'version-unsupported-by-plugin',
        severity: 'error',
        file: inDir(input, from ?? name),
        ...at,
        text: `The plugin ${type} does not support cniVersion ${wanted}, ${says}: no pod can start${ready}.`,
        nextStep:
          'Lower cniVersion to what all plugins of the list support, or install a newer plugin.',
      },
    ]
  })
}

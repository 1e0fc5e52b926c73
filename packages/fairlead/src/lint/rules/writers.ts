import { entriesOf, extensionOf } from '../reading.ts'
import { otherNames } from './files.ts'
import {
  countedFiles,
  type Finding,
  goodFiles,
  inDir,
  listed,
  type Rule,
  type RuleInput,
} from './rule.ts'

/** Who else writes into the folder, and what that does. */
export const writerRules: Rule = (input) => [
  ...cilium(input),
  ...renamedByCilium(input),
  ...kubeconfigs(input),
  ...foreignRuntimes(input),
  ...tempFiles(input),
]

const CILIUM_BACKUP = '.cilium_bak'

function cilium(input: RuleInput): readonly Finding[] {
  const isCilium = (name: string) => /^05-cilium\.conf(?:list)?$/.test(name)
  const own = goodFiles(input).find(
    ({ name, conf }) => isCilium(name) || conf.plugins.some(({ type }) => type === 'cilium-cni'),
  )
  const others = input.files.filter(({ name }) => name !== own?.name).map(({ name }) => name)
  const hasRenamed = otherNames(input).some((name) => name.endsWith(CILIUM_BACKUP))
  if (own === undefined || (others.length === 0 && !hasRenamed)) return []
  return [
    {
      probe: 'conf-exclusive-writer',
      severity: hasRenamed ? 'warning' : 'note',
      file: inDir(input, own.name),
      text: hasRenamed
        ? 'Cilium owns this folder alone (cni.exclusive): at any change it renames every other .conf, .conflist and .json file.'
        : `Cilium writes here too; with cni.exclusive, its chart's default, it renames ${listed(others)} at the next change.`,
      nextStep:
        'Set cni.exclusive=false in Cilium where another CNI or Multus writes into the folder.',
    },
  ]
}

function renamedByCilium(input: RuleInput): readonly Finding[] {
  return otherNames(input)
    .filter((name) => name.endsWith(CILIUM_BACKUP))
    .toSorted()
    .map((name) => ({
      probe: 'conf-renamed-by-cilium',
      severity: 'warning',
      file: inDir(input, name),
      text: `${name} was ${name.slice(0, -CILIUM_BACKUP.length)} until Cilium renamed it; no runtime reads it now.`,
      nextStep:
        'Set cni.exclusive=false, then rename it back or let its owner write it anew; remove it if its CNI is gone.',
    }))
}

/** Every refresh of its token is a reload of the folder. */
function kubeconfigs(input: RuleInput): readonly Finding[] {
  const { runtime } = input
  if (runtime.kind === 'fairlead') return []
  const isFile = (name: string) =>
    entriesOf(input.reading).some((entry) => entry.name === name && entry.kind === 'file')
  const isHarmless = input.outcome.reloadWaits === 'for-nothing'
  return otherNames(input)
    .filter((name) => /kubeconfig/i.test(name) && isFile(name))
    .toSorted()
    .map((name) => ({
      probe: 'conf-kubeconfig-in-conf-dir',
      severity: isHarmless ? 'note' : 'warning',
      file: inDir(input, name),
      text: `${name} lies in the folder: each time its token is refreshed (Calico: every 6 h), ${runtime.name} reloads all networks${isHarmless ? '' : ', and waits for plugins that run'}.`,
      nextStep: 'Nothing where plugins are quick; else have the CNI write it elsewhere.',
    }))
}

const FOREIGN = [
  { who: 'Podman', file: /^\d+-podman[^/]*\.(?:conf|conflist)$/, network: /^podman\d*$/ },
  { who: 'nerdctl', file: /^nerdctl-/, network: undefined },
  { who: 'CRI-O', file: /^\d+-crio-/, network: /^crio$/ },
  {
    who: "containerd's example",
    file: /^\d+-containerd-net\.conflist$/,
    network: /^containerd-net$/,
  },
  { who: 'minikube', file: /\.mk_disabled$/, network: undefined },
] as const

/** Networks of other runtimes: harmless while they sort behind, the pods' own once they do not. */
function foreignRuntimes(input: RuleInput): readonly Finding[] {
  const counted = countedFiles(input)
  const isAlone = goodFiles(input).length <= 1
  const names = goodFiles(input).map(({ name, conf }) => ({ name, network: conf.name }))
  const others = otherNames(input).map((name) => ({ name, network: '' }))
  const found = [...names, ...others].flatMap(({ name, network }): readonly Finding[] => {
    const owner = FOREIGN.find(
      (known) => known.file.test(name) || known.network?.test(network) === true,
    )
    if (owner === undefined || name.endsWith('.cilium_bak')) return []
    const isTaken = counted.has(name)
    return [
      {
        probe: 'conf-foreign-runtime',
        severity: isTaken ? (isAlone ? 'warning' : 'error') : 'note',
        file: inDir(input, name),
        text: isTaken
          ? `${name} is ${owner.who}'s, and pods are attached to it.`
          : `${name} is ${owner.who}'s: it does not count now, and writing it reloads the folder.`,
        nextStep: isTaken
          ? 'Move it out of the folder if the cluster has a CNI of its own.'
          : 'Nothing while the file of the cluster sorts before it; it is taken when that one is gone.',
      },
    ]
  })
  const lock = entriesOf(input.reading).some(({ name }) => name === '.nerdctl.lock')
  if (!lock) return found
  return [
    ...found,
    {
      probe: 'conf-foreign-runtime',
      severity: 'note',
      file: inDir(input, '.nerdctl.lock'),
      text: 'nerdctl keeps its networks here; each use of its lock file can reload the folder.',
      nextStep: 'Give nerdctl a folder of its own (cni_netconfpath).',
    },
  ]
}

const TEMP_NAMES = [
  /\.(?:new|tmp|temp|part|sw[opx]|orig|bak|old|rpmsave|rpmnew|dpkg-\w+)$/,
  /~$/,
  /^\.ansible_tmp/,
  // renameio and Go's CreateTemp: `.05-cilium.conflist123456789`.
  /^\.?.*\.(?:conf|conflist|json)\.?[0-9]{3,}$/,
  /^\.#|^#.*#$/,
]

/** What a writer that was killed has left. */
function tempFiles(input: RuleInput): readonly Finding[] {
  const counted = new Set(input.files.map(({ name }) => name))
  return entriesOf(input.reading)
    .filter(
      ({ name, kind }) => kind !== 'folder' && TEMP_NAMES.some((pattern) => pattern.test(name)),
    )
    .map(({ name }) => name)
    .toSorted()
    .map((name): Finding => {
      const isConf = counted.has(name) && extensionOf(name) !== ''
      const multus = /^00-multus\.conf(?:list)?\.new$/.test(name)
      return {
        probe: 'conf-stale-temp-file',
        severity: isConf ? 'warning' : 'note',
        file: inDir(input, name),
        text: isConf
          ? `${name} is a temporary file that looks like configuration: it counts like any other, and a dot sorts first.`
          : `${name} is a temporary file that its writer has left.`,
        nextStep: multus
          ? 'Remove it: Multus does not truncate it, and what is left of the old text breaks the next file.'
          : 'Remove it if nobody writes it right now.',
      }
    })
}

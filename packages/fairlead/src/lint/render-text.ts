import type { ContainerdConfig } from './containerd-config/settings.ts'
import { countsOf, type LintReport } from './lint.ts'
import { DIR_CHANGES, type DirChange, type Outcome } from './outcome.ts'
import type { Problem, Severity } from './problem.ts'

/** What a runtime would make of the folder, each with its word in front. */
export function outcomeLines({
  outcome,
  containerdConfig,
}: LintReport): readonly (readonly [string, string])[] {
  const rows: (readonly [string, readonly string[]])[] = [
    ['config', containerdConfig === undefined ? [] : configLines(containerdConfig)],
    ['networks', networkLines(outcome)],
    ['load', [loadLine(outcome)]],
    ['NetworkReady', [READY[outcome.networkReady]]],
    ['STATUS', [STATUS[outcome.statusRuns]]],
    ['a change', changeLines(outcome)],
    ['removal', [REMOVAL[outcome.onRemoval]]],
    ['ignored', outcome.ignored.map(({ file, why }) => `${file}: ${why}`)],
  ]
  return rows.flatMap(([word, lines]) =>
    lines.map((line, index): readonly [string, string] => [index === 0 ? word : '', line]),
  )
}

/** `3 errors, 1 warning and 2 notes`. */
export function countLine(report: Pick<LintReport, 'problems'>): string {
  const counts = countsOf(report.problems)
  const words = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`)
  return words.length === 0 ? 'Nothing is wrong.' : `${words.join(', ')}.`
}

/** Where a problem is, as compilers write it. */
export function placeOf({ file, line, column }: Problem): string {
  if (line === undefined) return file
  return column === undefined ? `${file}:${line}` : `${file}:${line}:${column}`
}

/** Whether a problem makes the exit code 1: a note does not. */
export function isFinding({ severity }: { readonly severity: Severity }): boolean {
  return severity !== 'note'
}

function configLines(config: ContainerdConfig): readonly string[] {
  const { state, why, confDir, binDirs, maxConfNum } = config
  return [
    `${CONFIG_STATES[state]}${why === undefined ? '' : `: ${why}`}`,
    `conf dir ${confDir}, bin dirs ${binDirs.join(', ')}, max_conf_num ${maxConfNum}`,
    ...config.runtimes.map(
      ({ name, confDir: own, maxConfNum: count }) =>
        `runtime ${name}: conf dir ${own}, max_conf_num ${count}`,
    ),
  ]
}

const CONFIG_STATES: Readonly<Record<ContainerdConfig['state'], string>> = {
  runs: 'containerd runs with it',
  'runs-without-cri': 'containerd runs without CRI',
  'does-not-start': 'containerd does not start',
}

function networkLines({ networks }: Outcome): readonly string[] {
  if (networks.length === 0) return ['none']
  return networks.map(
    ({ file, name, cniVersion, ifName, plugins }) =>
      `${ifName}: ${name === '' ? 'a network without a name' : name} of ${file} (cniVersion ${cniVersion === '' ? 'not set, so 0.1.0' : cniVersion}; ${plugins.join(', ')})`,
  )
}

function changeLines({ reloadsOn, reloadWaits }: Outcome): readonly string[] {
  const words = (isMeant: boolean) =>
    DIR_CHANGES.filter((change) => reloadsOn.includes(change) === isMeant).map(
      (change) => CHANGES[change],
    )
  const unseen = words(false)
  return [
    `reloads all files, whatever the name of the one that changes: ${words(true).join(', ')}`,
    ...(unseen.length === 0
      ? []
      : [`is not seen until the next one that is: ${unseen.join(', ')}`]),
    ...WAITS[reloadWaits],
  ]
}

function loadLine({ load }: Outcome): string {
  switch (load.state) {
    case 'ok':
      return 'succeeds'
    case 'nothing':
      return `finds nothing: ${load.why}`
    case 'failed':
      return `fails on ${load.file}: ${load.why}`
    case 'blocked':
      return `never ends at ${load.file}: ${load.why}`
  }
}

const CHANGES: Readonly<Record<DirChange, string>> = {
  make: 'an empty file made',
  write: 'a write',
  'move-in': 'a file moved in from elsewhere',
  'link-in': 'a link',
  rename: 'a rename within',
  'move-out': 'a file moved out',
  remove: 'a removal',
  chmod: 'another mode',
}

const WAITS: Readonly<Record<Outcome['reloadWaits'], readonly string[]>> = {
  'for-nothing': [],
  'for-plugins': ['waits for plugins that run, and what comes behind it waits, too'],
  'maybe-for-ever': ['can block Status for ever while a plugin runs: its lock is taken twice'],
}

const REMOVAL: Readonly<Record<Outcome['onRemoval'], string>> = {
  exits:
    'of the folder ends the runtime (deaf before, as long as a mount such as a hostPath volume holds the folder); it starts with an empty one',
  deaf: 'of the folder takes all networks, and the runtime does not look again until it is restarted',
  'keeps-and-deaf':
    'of the folder leaves the networks, and the runtime does not look again until it is restarted',
  keeps: 'of the folder leaves the networks; the folder is read when it is back',
}

const READY: Readonly<Record<Outcome['networkReady'], string>> = {
  true: 'True',
  false: 'False',
  'as-plugins-say': 'as the plugins say',
  unknown: 'no answer',
}

const STATUS: Readonly<Record<Outcome['statusRuns'], string>> = {
  'on-every-status-call': 'runs in every Status call of kubelet, without a time limit',
  'until-first-ready': 'runs until it succeeds for the first time',
  'in-the-background': 'runs beside, under a deadline; no Status call waits for it',
  never: 'is not run',
}

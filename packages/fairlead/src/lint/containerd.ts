import { isAtLeast as isSpecAtLeast } from '@fairlead/cni'
import { ignoredEntries } from './ignored.ts'
import type { Libcni } from './libcni-conf.ts'
import { type ConfFile, readConfFiles } from './load.ts'
import type { AttachedNetwork, Outcome } from './outcome.ts'
import type { DirReading } from './reading.ts'
import { isAtLeast, type RuntimeVersion } from './runtime.ts'

/** What of containerd's config a prediction depends on. */
export interface ContainerdSettings {
  /** How many files are loaded; 0 or less for all. containerd's default: 1. */
  readonly maxConfNum: number
}

/** How a version of containerd behaves, as far as they differ (facts: go-cni, libcni and syncer of each). */
interface Behaviour {
  readonly libcni: Libcni
  /** go-cni 1.1.11 and newer run STATUS within the CRI's Status. */
  readonly runsStatus: boolean
  /** go-cni 1.1.11 and newer hold the lock that a reload needs while a plugin runs. */
  readonly reloadWaits: Outcome['reloadWaits']
  /** Since 2.1 the syncer ends, and with it the process, when the folder goes. */
  readonly onRemoval: 'deaf' | 'exits'
}

/** The libcni of a containerd: CD@v1.6.20, v1.7.34, v2.0.0, v2.1.9, v2.3.4:go.mod. */
export function behaviourOf(version: RuntimeVersion): Behaviour {
  const isAt = (minor: number, patch = 0) => isAtLeast(version, 2, minor, patch)
  return {
    libcni: isAt(1) ? '1.3' : isAt(0) ? '1.2' : '1.1',
    runsStatus: isAt(0, 1),
    reloadWaits: isAt(0, 3) ? 'for-plugins' : isAt(0, 1) ? 'maybe-for-ever' : 'for-nothing',
    onRemoval: isAt(1) ? 'exits' : 'deaf',
  }
}

/**
 * What containerd makes of a conf dir: the files by name until there are enough; the first bad one
 * fails the load, and a load that fails leaves no network, not even those of before
 * (GC@v1.1.6 to v1.1.13:opts.go `loadFromConfDir`, cni.go `Load`).
 */
export function predictContainerd(
  reading: DirReading,
  version: RuntimeVersion,
  { maxConfNum }: ContainerdSettings,
): Outcome {
  const behaviour = behaviourOf(version)
  const files = readConfFiles(reading, behaviour.libcni)
  const taken = maxConfNum <= 0 ? files : files.slice(0, maxConfNum)
  const bad = taken.find((file) => !file.ok)
  const load = loadOf(reading, files, bad)
  const networks = load.state === 'ok' ? taken.flatMap(attached) : []
  const hasStatus =
    behaviour.runsStatus && networks.some(({ cniVersion }) => isSpecAtLeast(cniVersion, '1.1.0'))
  const counted = new Set(taken.map(({ name }) => name))
  return {
    networks,
    load,
    networkReady:
      load.state === 'blocked'
        ? 'unknown'
        : load.state !== 'ok'
          ? 'false'
          : hasStatus
            ? 'as-plugins-say'
            : 'true',
    ignored: ignoredEntries(reading, (name) => {
      if (counted.has(name)) return undefined
      return maxConfNum === 1
        ? 'only the first file by name counts'
        : `only the first ${maxConfNum} by name count (max_conf_num)`
    }),
    statusRuns: hasStatus ? 'on-every-status-call' : 'never',
    // CD@v1.6.20:pkg/cri/server/cni_conf_syncer.go, CD@v2.1.9:internal/cri/server/cni_conf_syncer.go:
    // CREATE and CHMOD are ignored.
    reloadsOn: ['write', 'rename', 'move-out', 'remove'],
    reloadWaits: behaviour.reloadWaits,
    onRemoval: behaviour.onRemoval,
  }
}

function attached(file: ConfFile, index: number): readonly AttachedNetwork[] {
  if (!file.ok) return []
  const { name, cniVersion, plugins } = file.conf
  const types = plugins.map(({ type }) => type)
  return [{ file: file.name, name, cniVersion, ifName: `eth${index}`, plugins: types }]
}

function loadOf(
  reading: DirReading,
  files: readonly ConfFile[],
  bad: ConfFile | undefined,
): Outcome['load'] {
  if (reading.kind === 'unreadable') {
    return { state: 'nothing', why: `${reading.dir} cannot be read: ${reading.why}` }
  }
  if (files.length === 0) {
    const isMissing = reading.kind === 'missing'
    const why = isMissing
      ? `${reading.dir} is not there; containerd makes it, empty`
      : `${reading.dir} has no .conf, .conflist or .json file`
    return { state: 'nothing', why }
  }
  if (bad === undefined || bad.ok) return { state: 'ok' }
  const state = bad.fault === 'blocks' ? 'blocked' : 'failed'
  return { state, file: bad.name, cause: bad.at, why: bad.why }
}

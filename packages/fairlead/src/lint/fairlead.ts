import { isAtLeast as isSpecAtLeast, parseNetworkConfig } from '@fairlead/cni'
import { type ConfFileReading, NOTHING_LOADED, nextSnapshot, planOf } from '@fairlead/networks'
import { ignoredEntries } from './ignored.ts'
import { readConfFiles } from './load.ts'
import { DIR_CHANGES, type Outcome } from './outcome.ts'
import { type DirReading, entriesOf } from './reading.ts'

/**
 * What Fairlead's own runtime makes of a conf dir when it starts: a bad file costs only itself, and the
 * first network is the pods'. While it runs, what a file said before it broke stays in force besides.
 */
export function predictFairlead(reading: DirReading): Outcome {
  const files = readings(reading)
  const snapshot = nextSnapshot(NOTHING_LOADED, { ok: true, value: files })
  const { steps } = planOf(snapshot, { kind: 'containerd' })
  const networks = steps.map(({ network, ifName }) => ({
    file: network.file,
    name: network.name,
    cniVersion: network.list.cniVersion,
    ifName,
    plugins: network.list.plugins.map(({ type }) => type),
  }))
  const hasStatus = networks.some(({ cniVersion }) => isSpecAtLeast(cniVersion, '1.1.0'))
  return {
    networks,
    load:
      networks.length > 0 ? { state: 'ok' } : { state: 'nothing', why: whyNothing(reading, files) },
    // Its readiness is observed; what a plugin says of it counts whatever the version.
    networkReady: networks.length === 0 ? 'false' : 'as-plugins-say',
    ignored: ignoredEntries(reading, (name) => {
      const rejection = snapshot.rejections.find(({ file }) => file === name)
      if (rejection !== undefined) return `it is rejected: ${rejection.error.msg}`
      return networks.some(({ file }) => file === name)
        ? undefined
        : 'only the first network counts'
    }),
    statusRuns: hasStatus ? 'in-the-background' : 'never',
    reloadsOn: DIR_CHANGES,
    reloadWaits: 'for-nothing',
    onRemoval: 'keeps',
  }
}

function readings(reading: DirReading): readonly ConfFileReading[] {
  const entries = entriesOf(reading)
  return readConfFiles(reading, '1.3').flatMap((file): readonly ConfFileReading[] => {
    const entry = entries.find(({ name }) => name === file.name)
    if (entry?.kind !== 'file') return []
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(entry.bytes)
    return [{ file: file.name, list: parseNetworkConfig(text, file.name) }]
  })
}

function whyNothing(reading: DirReading, files: readonly ConfFileReading[]): string {
  if (reading.kind === 'missing') return `${reading.dir} is not there`
  if (reading.kind === 'unreadable') return `${reading.dir} cannot be read: ${reading.why}`
  return files.length === 0
    ? `${reading.dir} has no .conf, .conflist or .json file that can be read`
    : 'every file is rejected'
}

import { isAtLeast as isSpecAtLeast } from '@fairlead/cni'
import { ignoredEntries } from './ignored.ts'
import type { Libcni } from './libcni-conf.ts'
import { type ConfFile, readConfFiles } from './load.ts'
import type { Outcome } from './outcome.ts'
import type { DirReading } from './reading.ts'
import { isAtLeast, type RuntimeVersion } from './runtime.ts'

/** Why a plugin of this type and version would not do; undefined if nothing speaks against it. */
export type PluginObjection = (type: string, cniVersion: string) => string | undefined

/** The libcni of a CRI-O: CRIO@v1.30.0, v1.31.0, v1.33.0:go.mod. */
export function libcniOfCrio(version: RuntimeVersion): Libcni {
  if (isAtLeast(version, 1, 33)) return '1.3'
  return isAtLeast(version, 1, 31) ? '1.2' : '1.1'
}

/**
 * What CRI-O makes of a conf dir: a file that is bad, or whose plugins are missing or refuse its version,
 * is skipped; the first that is left is the default network (OC@v0.4.2, v0.5.0:pkg/ocicni/ocicni.go
 * `loadNetworks`). `cni_default_network` is taken to be unset.
 */
export function predictCrio(
  reading: DirReading,
  version: RuntimeVersion,
  objection: PluginObjection,
): Outcome {
  const files = readConfFiles(reading, libcniOfCrio(version))
  const skipped = new Map(
    files.flatMap((file): [string, string][] => {
      const why = whySkipped(file, objection)
      return why === undefined ? [] : [[file.name, why]]
    }),
  )
  const blocking = files.find((file) => !file.ok && file.fault === 'blocks')
  const first = files.find((file) => file.ok && !skipped.has(file.name))
  const runsStatus = isAtLeast(version, 1, 32)
  const hasStatus =
    runsStatus && first?.ok === true && isSpecAtLeast(first.conf.cniVersion, '1.1.0')
  const networks =
    first?.ok === true && blocking === undefined
      ? [
          {
            file: first.name,
            name: first.conf.name === '' ? first.name : first.conf.name,
            cniVersion: first.conf.cniVersion,
            ifName: 'eth0',
            plugins: first.conf.plugins.map(({ type }) => type),
          },
        ]
      : []
  return {
    networks,
    load: loadOf(reading, files, first, blocking),
    networkReady: networks.length === 0 ? 'false' : hasStatus ? 'as-plugins-say' : 'true',
    ignored: ignoredEntries(reading, (name) => {
      const why = skipped.get(name)
      if (why !== undefined) return `it is skipped: ${why}`
      return name === first?.name ? undefined : 'the default network is the first by name'
    }),
    statusRuns: hasStatus ? 'until-first-ready' : 'never',
    // REMOVE counts where it is the default network's file.
    reloadsOn: ['make', 'write', 'move-in', 'link-in', 'rename', 'move-out', 'remove'],
    reloadWaits: runsStatus ? 'for-plugins' : 'for-nothing',
    onRemoval: 'keeps-and-deaf',
  }
}

function whySkipped(file: ConfFile, objection: PluginObjection): string | undefined {
  if (!file.ok) return file.why
  const { plugins, cniVersion } = file.conf
  return plugins
    .map(({ type }) => objection(type, cniVersion === '' ? '0.1.0' : cniVersion))
    .find((why) => why !== undefined)
}

function loadOf(
  reading: DirReading,
  files: readonly ConfFile[],
  first: ConfFile | undefined,
  blocking: ConfFile | undefined,
): Outcome['load'] {
  if (reading.kind === 'unreadable') {
    return { state: 'nothing', why: `${reading.dir} cannot be read: ${reading.why}` }
  }
  if (blocking?.ok === false)
    return { state: 'blocked', file: blocking.name, cause: blocking.at, why: blocking.why }
  if (first !== undefined) return { state: 'ok' }
  if (files.length > 0) return { state: 'nothing', why: 'every file is skipped' }
  const isMissing = reading.kind === 'missing'
  const why = isMissing
    ? `${reading.dir} is not there; CRI-O makes it, empty`
    : `${reading.dir} has no .conf, .conflist or .json file`
  return { state: 'nothing', why }
}

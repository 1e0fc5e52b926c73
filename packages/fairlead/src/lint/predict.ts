import type { Binaries } from './binaries.ts'
import { behaviourOf, predictContainerd } from './containerd.ts'
import { libcniOfCrio, predictCrio } from './crio.ts'
import { predictFairlead } from './fairlead.ts'
import type { Libcni } from './libcni-conf.ts'
import { readConfFiles } from './load.ts'
import type { Outcome } from './outcome.ts'
import type { DirReading } from './reading.ts'
import type { PredictedRuntime } from './runtime.ts'
import { binaryRules } from './rules/binaries.ts'
import { directoryRules } from './rules/directory.ts'
import { fileRules } from './rules/files.ts'
import { metaRules } from './rules/meta.ts'
import type { Finding, Rule } from './rules/rule.ts'
import { versionRules } from './rules/versions.ts'
import { writerRules } from './rules/writers.ts'

/** What beside the folder itself a prediction depends on. */
export interface PredictSettings {
  /** containerd's `max_conf_num`: how many files count, 0 for all. Default: 1. */
  readonly maxConfNum?: number
  /** containerd's `use_internal_loopback`. Default: false. */
  readonly internalLoopback?: boolean
  /** The programs; without them nothing is said of any. */
  readonly binaries?: Binaries
}

/** What a runtime makes of a conf dir, and what speaks against that. */
export interface Prediction {
  readonly outcome: Outcome
  /** Errors first, then by file. */
  readonly findings: readonly Finding[]
}

const RULES: readonly Rule[] = [
  directoryRules,
  fileRules,
  metaRules,
  versionRules,
  binaryRules,
  writerRules,
]

/** Predicts from a reading alone: nothing is read, run or written. */
export function predict(
  reading: DirReading,
  runtime: PredictedRuntime,
  settings: PredictSettings,
): Prediction {
  const outcome = outcomeOf(reading, runtime, settings)
  const input = {
    reading,
    runtime,
    outcome,
    files: readConfFiles(reading, libcniOf(runtime)),
    binaries: settings.binaries,
    needsLoopback: needsLoopback(runtime, settings),
  }
  return { outcome, findings: RULES.flatMap((rule) => rule(input)).toSorted(bySeverityAndPlace) }
}

/** The libcni that the runtime reads files with; Fairlead's own reader follows 1.3. */
export function libcniOf(runtime: PredictedRuntime): Libcni {
  switch (runtime.kind) {
    case 'containerd':
      return behaviourOf(runtime.version).libcni
    case 'crio':
      return libcniOfCrio(runtime.version)
    case 'fairlead':
      return '1.3'
  }
}

/** Whether pods need the `loopback` plugin: containerd's do, unless it brings `lo` up itself. */
export function needsLoopback(
  runtime: PredictedRuntime,
  { internalLoopback = false }: PredictSettings,
): boolean {
  return runtime.kind === 'containerd' && !internalLoopback
}

function outcomeOf(
  reading: DirReading,
  runtime: PredictedRuntime,
  { maxConfNum = 1, binaries }: PredictSettings,
): Outcome {
  switch (runtime.kind) {
    case 'containerd':
      return predictContainerd(reading, runtime.version, { maxConfNum })
    case 'crio':
      return predictCrio(reading, runtime.version, (type, cniVersion) => {
        const binary = binaries?.byType.get(type)
        if (binary !== undefined && binary.state !== 'ok')
          return `the plugin ${type} is ${binary.state}`
        const versions = binaries?.versions.get(type)
        if (versions === undefined || versions.includes(cniVersion)) return undefined
        return `the plugin ${type} does not support ${cniVersion}`
      })
    case 'fairlead':
      return predictFairlead(reading)
  }
}

const ORDER = { error: 0, warning: 1, note: 2 } as const

/** Errors first, then by place. */
export function bySeverityAndPlace(left: Finding, right: Finding): number {
  return (
    ORDER[left.severity] - ORDER[right.severity] ||
    Buffer.compare(Buffer.from(left.file), Buffer.from(right.file)) ||
    (left.line ?? 0) - (right.line ?? 0) ||
    left.probe.localeCompare(right.probe, 'en') ||
    left.text.localeCompare(right.text, 'en')
  )
}

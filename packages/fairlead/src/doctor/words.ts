import type { SymptomSource } from '../advisories/advisory.ts'
import type { Probe } from '../advisories/probes.ts'
import type { Reason } from './finding.ts'

/** Everything that the doctor itself says, in one language. */
export interface Words {
  readonly sure: Readonly<Record<'certain' | 'likely' | 'possible', string>>
  readonly harm: Readonly<Record<'none' | 'plugin' | 'pod' | 'runtime' | 'node', string>>
  readonly automation: Readonly<Record<'safe' | 'consent' | 'manual', string>>
  readonly kind: Readonly<Record<'fix' | 'workaround', string>>
  readonly weight: Readonly<Record<'decisive' | 'strong' | 'weak' | 'contradicts', string>>
  /** `patches` tells why a patch counts. */
  readonly reason: (reason: Reason, patches: (whys: readonly string[]) => string) => string
  readonly heading: Readonly<
    Record<
      | 'why'
      | 'cause'
      | 'evidence'
      | 'contradicting'
      | 'confirm'
      | 'remedies'
      | 'more'
      | 'lookedAt'
      | 'notSeen'
      | 'problems'
      | 'timeline'
      | 'node'
      | 'nodes'
      | 'findings'
      | 'withoutEffect',
      string
    >
  >
  readonly unnamedNode: string
  readonly nothingFound: string
  readonly noFinding: (advisories: number) => string
  /** Where nothing that was found is more than possible. */
  readonly onlyPossible: string
  readonly nothingContradicts: string
  readonly alike: (count: number) => string
  readonly files: (files: number, bytes: string) => string
  readonly notSeen: Readonly<Record<NotSeen, { readonly what: string; readonly how: string }>>
  /** What a probe has seen; `text` has the details. */
  readonly seen: (probe: Probe, text: string) => string
  readonly unknownTime: string
  readonly dropped: (count: number) => string
}

/** Kinds of sources that tell much of a node, and may be missing. */
export type NotSeen =
  | Extract<SymptomSource, 'kubelet-log' | 'node-condition' | 'event' | 'conf-file'>
  | 'runtime-log'
  | 'goroutine-dump'
  | 'runtime-version'

/** `12 MB`, in the same way in every language. */
function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}

/** How much of a source was looked at: `nodes: 3, pods: 40`, or `12 files, 3.1 MB`. */
export function amountText(
  source: {
    readonly files: number
    readonly bytes: number
    readonly counts?: Readonly<Record<string, number>> | undefined
  },
  words: Words,
): string {
  const { files, bytes, counts = {} } = source
  const others = Object.entries(counts).map(([what, count]) => `${what}: ${count}`)
  const isFiles = files > 0 || others.length === 0
  return [...others, ...(isFiles ? [words.files(files, bytesText(bytes))] : [])].join(', ')
}

/** A time of a report as people read it: `2026-11-25 04:00:21.123Z`. */
export function timeText(at: string | null, words: Words): string {
  return at === null ? words.unknownTime : at.replace('T', ' ')
}

import { z } from 'zod'
import { COMPONENTS } from '../advisories/component.ts'
import { PROBES } from '../advisories/probes.ts'
import { jsonOrUndefined } from '../json.ts'
import type { Fact } from './fact.ts'
import type { FactReader, SourceFile } from './fact-reader.ts'
import { safeText } from '../safe-text.ts'

/** What an agent keeps before it acts begins with this. */
const KIND = 'fairlead.dev/evidence'

/** A longer file is none that an agent has written. */
const BYTES_MAX = 1024 * 1024

const place = z.object({ source: z.string() })
const probe = z.object({
  kind: z.literal('probe'),
  probe: z.enum(PROBES),
  text: z.string(),
  place,
})
const version = z.object({
  kind: z.literal('version'),
  component: z.enum(COMPONENTS),
  version: z.string(),
  place,
})
const keptFact = z.discriminatedUnion('kind', [probe, version])

/** A fact that was seen on a live node, as it is kept in a file. */
export type KeptFact = z.output<typeof keptFact>

const keptEvidence = z.object({
  kind: z.literal(KIND),
  version: z.literal(1),
  at: z.iso.datetime(),
  // What a later Fairlead can see besides, this one passes over.
  facts: z.array(z.unknown()),
})

/** The text of `evidence.json`: facts for the doctor, and with them whatever else is known, for people. */
export function keptEvidenceText(
  at: Date,
  facts: readonly KeptFact[],
  more: Readonly<Record<string, unknown>>,
): string {
  const evidence = { kind: KIND, version: 1, at: at.toISOString(), ...more, facts }
  return `${JSON.stringify(evidence, null, 2)}\n`
}

/** Whether a file begins as {@link keptEvidenceText} does. */
export function isKeptEvidence(head: string): boolean {
  return new RegExp(String.raw`^\{\s*"kind": "${KIND}"`).test(head)
}

/** Reads what an agent has kept as `fairlead doctor` would have seen it on the node at that moment. */
export class KeptEvidenceReader implements FactReader {
  readonly #file: SourceFile
  readonly #parts: Uint8Array[] = []
  #bytes = 0

  constructor(file: SourceFile) {
    this.#file = file
  }

  push(bytes: Uint8Array): readonly Fact[] {
    this.#bytes += bytes.length
    if (this.#bytes <= BYTES_MAX) this.#parts.push(Uint8Array.from(bytes))
    return []
  }

  end(): readonly Fact[] {
    const parsed = keptEvidence.safeParse(jsonOrUndefined(Buffer.concat(this.#parts).toString()))
    if (!parsed.success) return []
    const atMs = Date.parse(parsed.data.at)
    return parsed.data.facts.flatMap((value): Fact[] => {
      const fact = keptFact.safeParse(value)
      if (!fact.success) return []
      const seen = {
        node: this.#file.node,
        atMs,
        place: { source: safeText(fact.data.place.source) },
      }
      return fact.data.kind === 'probe'
        ? [{ ...fact.data, text: safeText(fact.data.text), ...seen }]
        : [{ ...fact.data, version: safeText(fact.data.version), ...seen }]
    })
  }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { type Advisory, advisorySchema } from './advisory.ts'
import { loadAdvisories } from './advisory-files.ts'
import { COMPONENTS } from './component.ts'
import { toOsv, type OsvRecord } from './osv.ts'

// What the OSV schema asks of a record: ossf/osv-schema@51b8156:validation/schema.json.
const timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
const events = z
  .array(
    z.union([
      z.strictObject({ introduced: z.string() }),
      z.strictObject({ fixed: z.string() }),
      z.strictObject({ last_affected: z.string() }),
    ]),
  )
  .min(1)
  .refine((all) => all.some((event) => 'introduced' in event))
  .refine((all) => !['fixed', 'last_affected'].every((key) => all.some((event) => key in event)))
const osvSchema = z.strictObject({
  schema_version: z.string().regex(/^1\.7\.\d+$/),
  id: z.string().regex(/^x_/),
  published: timestamp,
  modified: timestamp,
  summary: z.string().regex(/^[^\n]+$/),
  details: z.string(),
  affected: z.array(
    z.strictObject({
      package: z.strictObject({ ecosystem: z.literal('Go'), name: z.string() }).optional(),
      ranges: z.array(z.strictObject({ type: z.enum(['SEMVER', 'ECOSYSTEM']), events })),
      versions: z.array(z.string()),
      database_specific: z.record(z.string(), z.unknown()),
    }),
  ),
  references: z.array(
    z.strictObject({
      type: z.enum(['REPORT', 'FIX', 'ARTICLE', 'WEB']),
      url: z.url(),
    }),
  ),
  database_specific: z.record(z.string(), z.unknown()),
})

/** The advisory that an OSV record was made from, by what the record alone says. */
function fromOsv(record: OsvRecord): unknown {
  const osv: OsvRecord = JSON.parse(JSON.stringify(record))
  return {
    id: osv.id.replace(/^x_fairlead-/, ''),
    title: osv.summary,
    published: osv.published.slice(0, 10),
    modified: osv.modified.slice(0, 10),
    cause: osv.details,
    affected: osv.affected.map(({ ranges, versions, database_specific: specific }) => {
      const { everyVersion, ...rest } = specific
      return {
        ...rest,
        versions,
        ranges: everyVersion
          ? []
          : ranges.map(({ events }) =>
              Object.fromEntries(
                events.flatMap((event) =>
                  Object.entries(event).map(([key, value]) => [
                    key === 'last_affected' ? 'lastAffected' : key,
                    value,
                  ]),
                ),
              ),
            ),
      }
    }),
    ...osv.database_specific,
  }
}

test('every advisory that ships is a valid OSV record, and can be told from it', async () => {
  for (const advisory of await loadAdvisories()) {
    const record = toOsv(advisory)
    expect(osvSchema.safeParse(record).error, advisory.id).toBeUndefined()
    expect(fromOsv(record)).toEqual(advisory)
  }
})

const sentence = fc
  .stringMatching(/^[A-Za-z0-9 :`'"<>]*[a-z.]$/)
  .filter((text) => text.trim() === text)
const component = fc.constantFrom(...COMPONENTS)
const version = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(20), fc.constantFrom('', '-rc.1', '+k3s1', '-gke.12'))
  .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`)
const range = fc.oneof(
  fc.record({ introduced: fc.constant('0'), fixed: version }),
  fc.record({ introduced: version, lastAffected: version }),
  fc.record({ introduced: version }),
)
const beside = fc.record({ component, range })
const advisory: fc.Arbitrary<Advisory> = fc
  .record({
    id: fc.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/),
    title: sentence,
    published: fc.constant('2026-11-25'),
    modified: fc.constantFrom('2026-11-25', '2026-12-01'),
    category: fc.constantFrom('runtime-lock', 'ipam'),
    severity: fc.constantFrom('critical', 'low'),
    effects: fc.constant(['node-notready']),
    cause: sentence,
    affected: fc.array(
      fc.record(
        {
          component,
          ranges: fc.array(range, { maxLength: 3 }),
          versions: fc.array(version, { maxLength: 2 }),
          patched: fc.array(fc.record({ component, range, why: sentence }), { maxLength: 2 }),
          only: fc.array(beside, { maxLength: 2 }),
          note: sentence,
        },
        { requiredKeys: ['component'] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    remedies: fc.constant([
      { kind: 'fix', text: 'Upgrade.', harm: 'runtime', automation: 'manual' },
    ]),
    citations: fc.array(
      fc.oneof(
        fc.record({
          type: fc.constantFrom('issue', 'pull-request', 'doc', 'release-notes', 'commit'),
          url: fc.nat().map((number) => `https://example.com/${number}`),
        }),
        fc.record({ type: fc.constant('source'), ref: sentence }),
        fc.record({ type: fc.constant('measured'), text: sentence }),
      ),
      { minLength: 1, maxLength: 4 },
    ),
    inNewest: fc.constant({ status: 'yes', evidence: '2.3.4.' }),
    confidence: fc.constantFrom('high', 'low'),
  })
  .map((input) => advisorySchema.parse(input))

test('any advisory can be told from its OSV record', () => {
  fc.assert(
    fc.property(advisory, (any) => {
      const record = toOsv(any)
      expect(osvSchema.safeParse(record).error).toBeUndefined()
      expect(fromOsv(record)).toEqual(JSON.parse(JSON.stringify(any)))
    }),
  )
})

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { writeWhole } from '../files.ts'
import { jsonOrUndefined } from '../json.ts'
import type { Files } from './publication.ts'

const files = z
  .record(z.string(), z.string())
  .transform((texts): Files => new Map(Object.entries(texts)))

const publishedSchema = z.object({
  kind: z.literal('fairlead.dev/agent-published'),
  version: z.literal(1),
  files,
  change: z
    .object({
      what: z.string(),
      before: files,
      wasReady: z.boolean(),
      withdraws: z.object({ what: z.string(), reason: z.string() }).optional(),
    })
    .optional(),
  quarantine: z
    .record(z.string(), z.object({ text: z.string(), reason: z.string() }))
    .transform(
      (entries): ReadonlyMap<string, { readonly text: string; readonly reason: string }> =>
        new Map(Object.entries(entries)),
    ),
})

const repairsSchema = z.object({
  kind: z.literal('fairlead.dev/agent-repairs'),
  version: z.literal(1),
  repairs: z.array(
    z.object({ at: z.iso.datetime(), kind: z.enum(['end-plugins', 'restart']), why: z.string() }),
  ),
})

/** What the publisher has to know when it comes back from a kill -9. */
export type Published = Omit<z.output<typeof publishedSchema>, 'kind' | 'version'>
/** The change that led to what is published, for as long as it may have to be taken back. */
export type Change = NonNullable<Published['change']>
/** A repair that was begun. */
export type Repaired = z.output<typeof repairsSchema>['repairs'][number]

/** One thing that an agent keeps for its next run. */
export interface Memory<T> {
  readonly read: () => Promise<T>
  /** Writes it whole or not at all. */
  readonly write: (value: T) => Promise<void>
}

/** What was published last, in a file. */
export function publishedAt(file: string): Memory<Published> {
  return {
    read: async () => {
      const state = await readState(file, publishedSchema)
      if (state === undefined) return { files: new Map(), quarantine: new Map() }
      const { files: texts, change, quarantine } = state
      return { files: texts, quarantine, ...(change === undefined ? {} : { change }) }
    },
    write: ({ files: texts, change, quarantine }) =>
      writeState(file, {
        kind: 'fairlead.dev/agent-published',
        version: 1,
        files: Object.fromEntries(texts),
        change: change && { ...change, before: Object.fromEntries(change.before) },
        quarantine: Object.fromEntries(quarantine),
      }),
  }
}

/** The latest repairs, in a file. */
export function repairsAt(file: string): Memory<readonly Repaired[]> {
  return {
    read: async () => (await readState(file, repairsSchema))?.repairs ?? [],
    write: (repairs) =>
      writeState(file, { kind: 'fairlead.dev/agent-repairs', version: 1, repairs }),
  }
}

async function writeState(file: string, state: object): Promise<void> {
  await writeWhole(file, `${JSON.stringify(state, null, 2)}\n`, 0o600)
}

/** Undefined where there is none yet. One that is damaged is not taken for none. */
async function readState<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw damaged(file, messageOf(error))
  })
  if (text === undefined) return undefined
  const parsed = schema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return parsed.data
  throw damaged(file, 'it is not what an agent has written')
}

function damaged(file: string, reason: string): FairleadError {
  return new FairleadError('FL_AGENT_STATE', `${file} cannot be used: ${reason}.`, {
    hint: 'Remove it, and the files of the conf dir, which the agent then publishes anew.',
  })
}

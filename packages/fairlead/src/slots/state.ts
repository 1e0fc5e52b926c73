import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { FairleadError, systemCodeOf } from '../errors.ts'
import { syncDir, writeWhole } from '../files.ts'
import { jsonOrUndefined } from '../json.ts'
import { activationSchema, OUTCOMES } from './activation.ts'

const recordSchema = z.object({
  from: z.string().nullable(),
  to: z.string(),
  beganAt: z.string(),
  endedAt: z.string(),
  outcome: z.enum(OUTCOMES),
  reasons: z.array(z.string()),
})

const stateSchema = z.object({
  kind: z.literal('fairlead.dev/runtime-slots'),
  version: z.literal(1),
  /** The change that goes on. */
  activation: activationSchema.nullable(),
  /** Those that have ended, the newest first. */
  history: z.array(recordSchema),
})

/** A change of version that has ended, as it is remembered. */
export type SlotRecord = Readonly<z.output<typeof recordSchema>>
/** All that is remembered from one change of version to the next; one file. */
export type SlotState = Readonly<z.output<typeof stateSchema>>

const HISTORY_MAX = 50

/**
 * What is remembered in a folder of slots; nothing where there is no file.
 *
 * @throws {FairleadError} FL_SLOT_STATE for a file that is not ours.
 */
export async function readState(slotsDir: string): Promise<SlotState> {
  const file = stateFile(slotsDir)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) {
    return { kind: 'fairlead.dev/runtime-slots', version: 1, activation: null, history: [] }
  }
  const parsed = stateSchema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return parsed.data
  throw new FairleadError('FL_SLOT_STATE', `${file} is not the state of runtime slots.`, {
    hint: 'Look which slot the link "current" picks, see that it runs, and move that file away.',
  })
}

/** Writes it, whole or not at all, and for good. */
export async function writeState(slotsDir: string, state: SlotState): Promise<void> {
  const history = state.history.slice(0, HISTORY_MAX)
  const text = JSON.stringify({ ...state, history }, null, 2)
  await writeWhole(stateFile(slotsDir), `${text}\n`, 0o600)
  await syncDir(slotsDir)
}

function stateFile(slotsDir: string): string {
  return path.join(slotsDir, 'state.json')
}

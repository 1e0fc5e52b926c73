import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { systemCodeOf } from '../errors.ts'
import { makeDir, writeWhole } from '../files.ts'
import { type SandboxRecord, sandboxRecord } from './sandbox.ts'

/** The sandboxes of a runtime, in memory and on disk. */
export interface SandboxStore {
  readonly all: () => readonly SandboxRecord[]
  readonly get: (id: string) => SandboxRecord | undefined
  /** Keeps a record: on disk first, whole or not at all. */
  readonly put: (record: SandboxRecord) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  /** Files of the folder that are no records; they cost only themselves. */
  readonly damaged: readonly string[]
}

/** Reads the sandboxes that an earlier run has kept in `dir`. */
export async function openStore(dir: string): Promise<SandboxStore> {
  await makeDir(dir)
  const records = new Map<string, SandboxRecord>()
  const damaged: string[] = []
  for (const name of await readdir(dir)) {
    const file = path.join(dir, name)
    if (name.endsWith('.tmp')) {
      await rm(file, { force: true })
      continue
    }
    const record = await readRecord(file)
    if (record === undefined) damaged.push(file)
    else records.set(record.id, record)
  }
  const fileOf = (id: string) => path.join(dir, `${id}.json`)
  return {
    all: () => [...records.values()],
    get: (id) => records.get(id),
    put: async (record) => {
      await writeWhole(fileOf(record.id), `${JSON.stringify(record)}\n`, 0o600)
      records.set(record.id, record)
    },
    remove: async (id) => {
      await rm(fileOf(id), { force: true })
      records.delete(id)
    },
    damaged,
  }
}

async function readRecord(file: string): Promise<SandboxRecord | undefined> {
  try {
    const record = sandboxRecord.parse(JSON.parse(await readFile(file, 'utf8')))
    return record.id === path.basename(file, '.json') ? record : undefined
  } catch (error) {
    // What the system cannot read is another matter than what is no record.
    if (systemCodeOf(error) !== undefined) throw error
    return undefined
  }
}

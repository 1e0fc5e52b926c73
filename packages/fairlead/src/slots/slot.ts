import { readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { FairleadError, systemCodeOf } from '../errors.ts'
import { syncDir } from '../files.ts'
import { jsonOrUndefined } from '../json.ts'

/** The link that picks a version. */
const CURRENT = 'current'
/** The link to the version whose shim new pods get. */
const SHIM = 'shim'
/** The config of a version, in its folder. */
export const CONFIG_FILE = 'config.toml'
const MANIFEST_FILE = 'manifest.json'
// Names beside it begin with a dot, or are these.
const TAKEN: ReadonlySet<string> = new Set([CURRENT, SHIM, 'backups', 'state.json', 'lock'])

const manifestSchema = z.object({
  kind: z.literal('fairlead.dev/runtime-slot'),
  version: z.literal(1),
  runtime: z.object({ kind: z.literal('containerd'), version: z.string() }),
  stagedAt: z.string(),
  /** Of the key that has signed the checksums that its programs came with. */
  signedBy: z.string().optional(),
  /** Every file of it, by its path in its folder. */
  files: z.record(z.string(), z.object({ sha256: z.string(), sizeBytes: z.number() })),
})

/** What a slot holds, as it was staged. */
export type Manifest = z.output<typeof manifestSchema>

/** A version of the runtime, with its config, in a folder of its own. */
export interface Slot {
  readonly name: string
  readonly dir: string
  readonly manifest: Manifest
}

/** Whether a slot may be called so. */
export function isSlotName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,62}$/.test(name) && !TAKEN.has(name)
}

/**
 * The slot of that name.
 *
 * @throws {FairleadError} FL_SLOT_UNKNOWN where there is none, FL_SLOT_INVALID where its manifest is none.
 */
export async function readSlot(slotsDir: string, name: string): Promise<Slot> {
  const unknown = () =>
    new FairleadError('FL_SLOT_UNKNOWN', `There is no slot "${name}" in ${slotsDir}.`, {
      hint: 'fairlead runtime-slot list shows those there are; stage makes one.',
    })
  if (!isSlotName(name)) throw unknown()
  const dir = path.join(slotsDir, name)
  const text = await readFile(path.join(dir, MANIFEST_FILE), 'utf8').catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') throw unknown()
    throw error
  })
  const parsed = manifestSchema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return { name, dir, manifest: parsed.data }
  throw new FairleadError('FL_SLOT_INVALID', `${dir}/${MANIFEST_FILE} is no manifest of a slot.`, {
    hint: 'Remove that folder, and stage the version again.',
  })
}

/** The text of a manifest, and the name of its file. */
export function manifestFile(manifest: Omit<Manifest, 'kind' | 'version'>): [string, string] {
  const whole: Manifest = { kind: 'fairlead.dev/runtime-slot', version: 1, ...manifest }
  return [MANIFEST_FILE, `${JSON.stringify(whole, null, 2)}\n`]
}

/** The names of the slots, in the order they are listed in; whole ones only, since a slot appears at once. */
export async function slotNames(slotsDir: string): Promise<readonly string[]> {
  const entries = await readdir(slotsDir, { withFileTypes: true }).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  })
  return entries
    .filter((entry) => entry.isDirectory() && isSlotName(entry.name))
    .map(({ name }) => name)
    .toSorted()
}

/** The name of the slot that is picked; null where none is. */
export function currentSlot(slotsDir: string): Promise<string | null> {
  return slotAt(path.join(slotsDir, CURRENT))
}

/** The name of the slot whose shim new pods get; null where there is none. */
export function shimSlot(slotsDir: string): Promise<string | null> {
  return slotAt(path.join(slotsDir, SHIM))
}

async function slotAt(link: string): Promise<string | null> {
  const target = await readlink(link).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return ''
    throw error
  })
  return isSlotName(target) ? target : null
}

/**
 * Picks a slot, and the one whose shim new pods get: each at once, whatever was there, and for good when this
 * returns.
 */
export async function pickSlot(slotsDir: string, name: string, shim: string): Promise<void> {
  await pointTo(path.join(slotsDir, SHIM), shim)
  await pointTo(path.join(slotsDir, CURRENT), name)
  await syncDir(slotsDir)
}

async function pointTo(link: string, target: string): Promise<void> {
  const temporary = `${link}.tmp`
  await rm(temporary, { force: true })
  await symlink(target, temporary)
  await rename(temporary, link)
}

import { readdir, readlink, realpath, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { syncDir } from '../files.ts'
import { listSlots } from './list.ts'
import { lockSlots } from './lock.ts'

/** A slot, and why it stays or that it goes. */
export interface Collected {
  readonly name: string
  /** Undefined for one that is removed. */
  readonly staysFor: string | undefined
}

/**
 * Removes the slots that nothing needs: not the current and the previous one, and none that a process was
 * started from, for the shims of running pods are of the version that made them.
 *
 * @throws {FairleadError} FL_SLOT_BUSY, FL_SLOT_STATE.
 */
export async function collectSlots(
  slotsDir: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<readonly Collected[]> {
  await using _lock = await lockSlots(slotsDir)
  const { slots, state } = await listSlots(slotsDir)
  const counts = await processCounts(await realpath(slotsDir))
  const collected: Collected[] = []
  for (const { name, role } of slots) {
    const count = counts.get(name) ?? 0
    const staysFor =
      role !== 'none'
        ? `it is the ${role} one`
        : name === state.activation?.to
          ? 'a change to it goes on'
          : count > 0
            ? `${count} ${count === 1 ? 'process runs' : 'processes run'} from it`
            : undefined
    collected.push({ name, staysFor })
    if (staysFor === undefined && !dryRun) await removeSlot(slotsDir, name)
  }
  return collected
}

/** A slot is there whole or not at all, also while it is removed. */
async function removeSlot(slotsDir: string, name: string): Promise<void> {
  // makeTemporary() removes what a killed process leaves of that name.
  const temporary = path.join(slotsDir, `.tmp-${process.pid}-${name}`)
  await rename(path.join(slotsDir, name), temporary)
  await syncDir(slotsDir)
  await rm(temporary, { recursive: true, force: true })
}

/** How many processes were started from each slot. */
async function processCounts(slotsDir: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    // It may end while it is looked at.
    const exe = await readlink(`/proc/${pid}/exe`).catch(() => '')
    if (!exe.startsWith(`${slotsDir}/`)) continue
    const [name = ''] = exe.slice(slotsDir.length + 1).split('/')
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

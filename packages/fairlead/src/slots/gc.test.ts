import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collectSlots } from './gc.ts'
import { lockSlots } from './lock.ts'
import { pickSlot } from './slot.ts'
import { readState, writeState } from './state.ts'

let slots: string

beforeEach(async () => {
  slots = await mkdtemp(path.join(tmpdir(), 'fairlead-gc-'))
  for (const name of ['new', 'old', 'older', 'oldest'])
    await mkdir(path.join(slots, name, 'bin'), { recursive: true })
  await pickSlot(slots, 'new', 'new')
  const at = '2026-11-29T12:00:00.000Z'
  const record = { from: 'old', to: 'new', beganAt: at, endedAt: at, reasons: [] }
  const history = [{ ...record, outcome: 'activated' as const }]
  await writeState(slots, { ...(await readState(slots)), history })
})

afterEach(async () => {
  await rm(slots, { recursive: true })
})

test('only what nothing needs goes; a shim that runs keeps the slot that it was started from', async () => {
  const shim = path.join(slots, 'older', 'bin', 'shim')
  await cp('/bin/sleep', shim)
  const child = spawn(shim, ['60'])
  await once(child, 'spawn')
  try {
    const expected = [
      { name: 'new', staysFor: 'it is the current one' },
      { name: 'old', staysFor: 'it is the previous one' },
      { name: 'older', staysFor: '1 process runs from it' },
      { name: 'oldest', staysFor: undefined },
    ]
    expect(await collectSlots(slots, { dryRun: true })).toEqual(expected)
    expect(await readdir(slots)).toContain('oldest')
    expect(await collectSlots(slots, { dryRun: false })).toEqual(expected)
    expect(await readdir(slots)).toEqual(expect.arrayContaining(['new', 'old', 'older']))
    expect(await readdir(slots)).not.toContain('oldest')
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
})

test('while one process changes the version no other does', async () => {
  {
    await using _lock = await lockSlots(slots)
    await expect(collectSlots(slots, { dryRun: true })).rejects.toMatchObject({
      code: 'FL_SLOT_BUSY',
    })
  }
  expect(await collectSlots(slots, { dryRun: true })).toHaveLength(4)
  await rm(path.join(slots, 'lock'))
  await symlink('/proc/none', path.join(slots, 'lock'))
  await expect(collectSlots(slots, { dryRun: true })).rejects.toMatchObject({
    code: 'FL_STATE_DIR',
    message: expect.stringMatching(/cannot open lock file/),
  })
})

import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { foldersToUse } from './lab-socket.ts'

const NONE = { allowDestructive: false }
const DIRS = { confDir: tmpdir(), binDir: tmpdir() }

test('without the flags no folder is used', async () => {
  expect(await foldersToUse(NONE, 0)).toBeUndefined()
  expect(await foldersToUse(NONE, 2)).toBeUndefined()
})

test('with all of them, the folders of the one runtime that cri= names', async () => {
  expect(await foldersToUse({ ...DIRS, allowDestructive: true }, 1)).toEqual(DIRS)
})

test.each([
  ['no cri=', { ...DIRS, allowDestructive: true }, 0, /none is named/],
  ['two cri=', { ...DIRS, allowDestructive: true }, 2, /several are named/],
  ['no leave', { ...DIRS, allowDestructive: false }, 1, /do nothing without --allow-destructive/],
  ['no folders', { allowDestructive: true }, 1, /takes --conf-dir and --bin-dir/],
  [
    'one folder',
    { confDir: tmpdir(), allowDestructive: true },
    1,
    /takes --conf-dir and --bin-dir/,
  ],
  [
    'no such folder',
    { ...DIRS, binDir: path.join(tmpdir(), 'no/such'), allowDestructive: true },
    1,
    /is no folder/,
  ],
])('%s is refused', async (_what, flags, sockets, message) => {
  await expect(foldersToUse(flags, sockets)).rejects.toMatchObject({
    code: 'FL_USAGE',
    message: expect.stringMatching(message),
  })
})

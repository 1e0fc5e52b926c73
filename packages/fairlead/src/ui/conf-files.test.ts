import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wallClockMs } from '../ports.ts'
import { confChanges, confFilesOf } from './conf-files.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-ui-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

test('tells what was written and what has gone, and nothing where nothing has', async () => {
  await writeFile(path.join(dir, 'a.conflist'), '{}')
  await writeFile(path.join(dir, 'b.conflist'), '')
  const first = await confFilesOf(dir)
  expect(confChanges(new Map(), first, 5)).toEqual([
    { file: 'a.conflist', sizeBytes: 2, atMs: 5 },
    { file: 'b.conflist', sizeBytes: 0, atMs: 5 },
  ])
  expect(confChanges(first, await confFilesOf(dir), 6)).toEqual([])
  await writeFile(path.join(dir, 'a.conflist'), '{"name":1}')
  await rm(path.join(dir, 'b.conflist'))
  expect(confChanges(first, await confFilesOf(dir), 7)).toEqual([
    { file: 'a.conflist', sizeBytes: 10, atMs: 7 },
    { file: 'b.conflist', sizeBytes: null, atMs: 7 },
  ])
})

test('a file is told from when it was written, also where it was there before', async () => {
  await writeFile(path.join(dir, 'a.conflist'), '{}')
  await utimes(path.join(dir, 'a.conflist'), 1, 1)
  const later = wallClockMs() + 60_000
  const [change] = confChanges(new Map(), await confFilesOf(dir), later)
  expect(change?.atMs).toBeLessThan(later - 50_000)
})

test('a folder that is not there, and a link that leads nowhere, hold no files', async () => {
  expect(await confFilesOf(path.join(dir, 'none'))).toEqual(new Map())
  await symlink('nowhere', path.join(dir, 'a.conflist'))
  expect(await confFilesOf(dir)).toEqual(new Map())
})

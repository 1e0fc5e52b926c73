import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkRoom, restoreMetadata, saveMetadata } from './metadata.ts'

let folder: string
let root: string
let slots: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-metadata-'))
  root = path.join(folder, 'root')
  slots = path.join(folder, 'slots')
  file = path.join(root, 'io.containerd.metadata.v1.bolt', 'meta.db')
  await mkdir(path.dirname(file), { recursive: true })
  await mkdir(slots)
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('what was copied is put back as it was', async () => {
  await writeFile(file, 'old', { mode: 0o600 })
  expect(await saveMetadata(root, slots, '2026-11-29T12:00:00.000Z')).toBe(true)
  await writeFile(file, 'new')
  await restoreMetadata(root, slots, '2026-11-29T12:00:00.000Z')
  expect(await readFile(file, 'utf8')).toBe('old')
  expect(await readdir(path.dirname(file))).toEqual(['meta.db'])
})

test('a copy that is made again, after a kill, is the first', async () => {
  await writeFile(file, 'old')
  await saveMetadata(root, slots, 'a')
  await writeFile(file, 'new')
  expect(await saveMetadata(root, slots, 'a')).toBe(true)
  await restoreMetadata(root, slots, 'a')
  expect(await readFile(file, 'utf8')).toBe('old')
})

test('a runtime that has none yet is no fault, and the last three copies stay', async () => {
  expect(await saveMetadata(root, slots, 'a')).toBe(false)
  await checkRoom(root, slots)
  await writeFile(file, 'x')
  for (const id of ['a', 'b', 'c', 'd', 'e']) await saveMetadata(root, slots, id)
  expect(await readdir(path.join(slots, 'backups'))).toEqual(['c', 'd', 'e'])
})

test('what cannot be put back leaves what is there', async () => {
  await writeFile(file, 'new')
  await expect(restoreMetadata(root, slots, 'none')).rejects.toThrow('ENOENT')
  expect(await readFile(file, 'utf8')).toBe('new')
})

import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeDir, writeWhole } from './files.ts'

test('a folder that several make at once is made once, and all of them go on', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'fairlead-files-'))
  try {
    const dir = path.join(root, 'a', 'b', 'c')
    await Promise.all(Array.from({ length: 8 }, () => makeDir(dir)))
    expect((await stat(dir)).isDirectory()).toBe(true)
  } finally {
    await rm(root, { recursive: true })
  }
})

test('a file in the way is told, not taken for a folder', async () => {
  await expect(makeDir('/proc/self/status/x')).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test('a folder below one that can hold none is told instead of tried for ever', async () => {
  await expect(makeDir('/proc/fairlead/x')).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a file is written whole over the one before, and what cannot be written leaves nothing', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'fairlead-files-'))
  try {
    const file = path.join(root, 'state.json')
    await writeWhole(file, 'one', 0o600)
    await writeWhole(file, 'two', 0o600)
    expect(await readFile(file, 'utf8')).toBe('two')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    await mkdir(path.join(root, 'folder'))
    await expect(writeWhole(path.join(root, 'folder'), 'x')).rejects.toMatchObject({
      code: 'EISDIR',
    })
    expect(await readdir(root)).toEqual(['folder', 'state.json'])
  } finally {
    await rm(root, { recursive: true })
  }
})

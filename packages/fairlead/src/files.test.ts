import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeDir } from './files.ts'

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

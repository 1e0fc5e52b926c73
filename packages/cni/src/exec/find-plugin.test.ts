import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPlugin } from './find-plugin.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cni-find-'))
  for (const folder of ['a', 'b']) await mkdir(path.join(dir, folder))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

const binDirs = () => [path.join(dir, 'none'), path.join(dir, 'a'), path.join(dir, 'b')]

test('the first folder that has the plugin wins; a folder of its name does not count', async () => {
  await mkdir(path.join(dir, 'a', 'bridge'))
  await writeFile(path.join(dir, 'b', 'bridge'), '')
  await symlink('../b/bridge', path.join(dir, 'a', 'ptp'))
  expect(findPlugin('bridge', binDirs())).toEqual({
    ok: true,
    value: path.join(dir, 'b/bridge'),
  })
  expect(findPlugin('ptp', binDirs())).toEqual({ ok: true, value: path.join(dir, 'a/ptp') })
})

test('a plugin that is not there is told with the folders that were looked in', async () => {
  const found = findPlugin('bridge', binDirs())
  expect(found.ok ? '' : found.error.message).toBe(
    `plugin bridge: the plugin is not there: not in ${binDirs().join(', ')}`,
  )
  expect(findPlugin('bridge', [])).toMatchObject({
    error: { msg: expect.stringContaining('no bin dirs') },
  })
})

test.each(['', '/bin/sh', '../b/bridge', 'a/b', '.', '..', 'a\0'])(
  '%j names no plugin',
  async (type) => {
    await writeFile(path.join(dir, 'b', 'bridge'), '')
    expect(findPlugin(type, binDirs())).toMatchObject({
      error: {
        code: 'FL_CNI_PLUGIN_NOT_FOUND',
        msg: expect.stringContaining('cannot name a plugin'),
      },
    })
  },
)

test('a folder that is named from here gives a path from the root, which no PATH is searched for', () => {
  const found = findPlugin('cni.ts', ['packages/cni/src'])
  expect(found).toEqual({ ok: true, value: path.resolve('packages/cni/src/cni.ts') })
})

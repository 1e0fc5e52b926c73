import { mkdirSync, rmdirSync } from 'node:fs'
import { link, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { conflist } from '../../../tests/networks-testbed.ts'
import { confDirAt } from './conf-dir.ts'
import type { ConfDirWatch } from './watch-dir.ts'

let root: string
let dir: string
let hints: number
let watch: ConfDirWatch | undefined

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'networks-'))
  dir = path.join(root, 'net.d')
  hints = 0
})

afterEach(async () => {
  watch?.close()
  watch = undefined
  await rm(root, { recursive: true })
})

const file = (name: string) => path.join(dir, name)
const list = conflist('n', ['p'])

function start(): void {
  watch = confDirAt(dir).watch(() => {
    hints += 1
  })
}

/** Does something and waits for the hint that it gives. */
async function isSeen(what: () => Promise<unknown>): Promise<boolean> {
  const before = hints
  await what()
  await expect.poll(() => hints, { interval: 5 }).toBeGreaterThan(before)
  return true
}

describe('a change is hinted at:', () => {
  beforeEach(async () => {
    await mkdir(dir)
    await writeFile(file('old.conflist'), list)
    await writeFile(path.join(root, 'outside'), list)
    start()
  })

  test.each<[string, () => Promise<unknown>]>([
    ['a file is written', () => writeFile(file('a.conflist'), list)],
    ['a file is overwritten', () => writeFile(file('old.conflist'), list)],
    ['a file is moved in', () => rename(path.join(root, 'outside'), file('a.conflist'))],
    ['a file is moved out', () => rename(file('old.conflist'), path.join(root, 'b'))],
    ['a file is renamed', () => rename(file('old.conflist'), file('old.conflist.cilium_bak'))],
    ['a file is hard-linked in', () => link(path.join(root, 'outside'), file('a.conflist'))],
    ['a file is linked in', () => symlink('../outside', file('a.conflist'))],
    ['a file is removed', () => unlink(file('old.conflist'))],
  ])('%s', async (_, change) => {
    expect(await isSeen(change)).toBe(true)
  })

  test('a link that is swapped', async () => {
    await symlink('old.conflist', file('link.conflist'))
    await symlink('../outside', file('.tmp'))
    expect(await isSeen(() => rename(file('.tmp'), file('link.conflist')))).toBe(true)
  })
})

describe('the folder itself', () => {
  test('may be removed and made again', async () => {
    await mkdir(dir)
    start()
    expect(await isSeen(() => rm(dir, { recursive: true }))).toBe(true)
    expect(await confDirAt(dir).read()).toMatchObject({ ok: false })
    expect(await isSeen(() => mkdir(dir))).toBe(true)
    expect(await isSeen(() => writeFile(file('a.conflist'), list))).toBe(true)
    expect(await confDirAt(dir).read()).toMatchObject({
      ok: true,
      value: [{ file: 'a.conflist', list: { ok: true } }],
    })
  })

  test('may be removed and made again at once, with the same inode', async () => {
    await mkdir(dir)
    start()
    expect(
      await isSeen(async () => {
        rmdirSync(dir)
        mkdirSync(dir)
      }),
    ).toBe(true)
    expect(await isSeen(() => writeFile(file('a.conflist'), list))).toBe(true)
  })

  test('may be replaced by another one of its name', async () => {
    await mkdir(dir)
    await mkdir(path.join(root, 'next'))
    start()
    expect(
      await isSeen(async () => {
        await rename(dir, path.join(root, 'before'))
        await rename(path.join(root, 'next'), dir)
      }),
    ).toBe(true)
    expect(await isSeen(() => writeFile(file('a.conflist'), list))).toBe(true)
  })

  test('may be a link that is pointed elsewhere', async () => {
    for (const name of ['one', 'two']) await mkdir(path.join(root, name))
    await symlink('one', dir)
    start()
    expect(
      await isSeen(async () => {
        await symlink('two', path.join(root, 'tmp'))
        await rename(path.join(root, 'tmp'), dir)
      }),
    ).toBe(true)
    expect(await isSeen(() => writeFile(path.join(root, 'two', 'a.conflist'), list))).toBe(true)
  })

  test('may come late, with what is above it', async () => {
    dir = path.join(root, 'a', 'b', 'net.d')
    start()
    expect(await isSeen(() => mkdir(path.join(root, 'a')))).toBe(true)
    expect(await isSeen(() => mkdir(path.join(root, 'a', 'b')))).toBe(true)
    expect(await isSeen(() => mkdir(dir))).toBe(true)
    expect(await isSeen(() => writeFile(file('a.conflist'), list))).toBe(true)
  })

  test('may be moved where no event tells; a look finds it', async () => {
    for (const name of ['one', 'two'])
      await mkdir(path.join(root, name, 'net.d'), { recursive: true })
    await mkdir(path.join(root, 'far'))
    await symlink('../one', path.join(root, 'far', 'current'))
    dir = path.join(root, 'far', 'current', 'net.d')
    start()
    await unlink(path.join(root, 'far', 'current'))
    await symlink('../two', path.join(root, 'far', 'current'))
    watch?.refresh()
    expect(await isSeen(() => writeFile(path.join(root, 'two', 'net.d', 'a.conflist'), list))).toBe(
      true,
    )
  })
})

describe("a folder of a network's plugins", () => {
  const plugin = '{"type":"p"}'
  const inFolder = () => writeFile(path.join(dir, 'n', 'p.conf'), plugin)

  /** What a load does before it reads. */
  async function isSeenAndRefreshed(what: () => Promise<unknown>): Promise<boolean> {
    const seen = await isSeen(what)
    watch?.refresh()
    return seen
  }

  test('is watched', async () => {
    await mkdir(path.join(dir, 'n'), { recursive: true })
    await inFolder()
    start()
    expect(await isSeen(inFolder)).toBe(true)
    expect(await isSeen(() => unlink(path.join(dir, 'n', 'p.conf')))).toBe(true)
  })

  test('may come late, go, and come again', async () => {
    await mkdir(dir)
    start()
    for (let round = 0; round < 2; round += 1) {
      expect(await isSeenAndRefreshed(() => mkdir(path.join(dir, 'n')))).toBe(true)
      expect(await isSeenAndRefreshed(inFolder)).toBe(true)
      expect(await isSeenAndRefreshed(() => rm(path.join(dir, 'n'), { recursive: true }))).toBe(
        true,
      )
    }
  })

  test('may be a link that is pointed elsewhere', async () => {
    for (const name of ['net.d', 'one', 'two']) await mkdir(path.join(root, name))
    await symlink('../one', path.join(dir, 'n'))
    start()
    expect(await isSeen(inFolder)).toBe(true)
    expect(
      await isSeenAndRefreshed(async () => {
        await symlink('../two', path.join(dir, '.tmp'))
        await rename(path.join(dir, '.tmp'), path.join(dir, 'n'))
      }),
    ).toBe(true)
    expect(await isSeen(inFolder)).toBe(true)
  })

  test('may be removed and made again at once, with the same inode', async () => {
    await mkdir(path.join(dir, 'n'), { recursive: true })
    start()
    expect(
      await isSeenAndRefreshed(async () => {
        rmdirSync(path.join(dir, 'n'))
        mkdirSync(path.join(dir, 'n'))
      }),
    ).toBe(true)
    expect(await isSeen(inFolder)).toBe(true)
  })
})

test('files are read in order, each with its network or what is wrong with it', async () => {
  await mkdir(dir)
  await writeFile(file('b.conflist'), list)
  await writeFile(file('a.conf'), '{')
  await symlink('nowhere', file('c.json'))
  expect(await confDirAt(dir).read()).toMatchObject({
    ok: true,
    value: [
      { file: 'a.conf', list: { ok: false, error: { code: 'FL_CNI_CONFIG_INVALID' } } },
      { file: 'b.conflist', list: { ok: true, value: { name: 'n' } } },
      { file: 'c.json', list: { ok: false, error: { code: 'FL_CNI_CONFIG_READ' } } },
    ],
  })
})

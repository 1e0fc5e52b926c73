import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkFolders, setAside } from './set-aside.ts'
import { folderState } from './set-aside-fixture.ts'

let folder: string
let folders: { confDir: string; binDir: string }
let told: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-aside-'))
  folders = { confDir: path.join(folder, 'net.d'), binDir: path.join(folder, 'bin') }
  told = []
  await mkdir(path.join(folders.confDir, 'multus.d'), { recursive: true })
  await writeFile(path.join(folders.confDir, '10-a.conflist'), '{}', { mode: 0o600 })
  await writeFile(path.join(folders.confDir, 'multus.d', 'kubeconfig'), 'token')
  await symlink('nowhere', path.join(folders.confDir, '.dangling'))
  await mkdir(folders.binDir)
  await writeFile(path.join(folders.binDir, 'loopback'), 'ours', { mode: 0o755 })
  await chmod(path.join(folders.binDir, 'loopback'), 0o4711)
  await writeFile(path.join(folders.binDir, 'bridge'), 'other')
  for (const dir of Object.values(folders)) await utimes(dir, 1_000_000, 1_000_000)
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const take = () => setAside(folders, ['loopback', 'cilium-cni'], (problem) => told.push(problem))
const state = () => Promise.all([folderState(folders.confDir), folderState(folders.binDir)])

test('the conf dir is empty and the plugins are away, until all is put back as it was', async () => {
  const before = await state()
  {
    await using _aside = await take()
    expect(await readdir(folders.confDir)).toEqual(['.fairlead-saved'])
    expect((await readdir(folders.binDir)).toSorted()).toEqual(['.fairlead-saved', 'bridge'])
    for (const name of ['05-lab.conflist', '10-a.conflist', '.dangling']) {
      await writeFile(path.join(folders.confDir, name), 'the lab')
    }
    await mkdir(path.join(folders.confDir, 'sub'))
    await mkdir(`${folders.confDir}.other`)
    for (const name of ['loopback', 'cilium-cni', 'cilium-cni.tmp']) {
      await writeFile(path.join(folders.binDir, name), 'the lab', { mode: 0o755 })
    }
  }
  expect(await state()).toEqual(before)
  expect((await readdir(folder)).toSorted()).toEqual(['bin', 'net.d'])
  expect(told).toEqual([])
})

test('folders that a killed run has left are not used again, and nothing of them is lost', async () => {
  await take()
  const before = await state()
  await expect(checkFolders(folders)).rejects.toMatchObject({ code: 'FL_SET_ASIDE', exitCode: 2 })
  await expect(take()).rejects.toMatchObject({ code: 'FL_SET_ASIDE' })
  expect(await state()).toEqual(before)
})

test('where the second folder cannot be used, the first is put back', async () => {
  const before = await folderState(folders.confDir)
  await rm(folders.binDir, { recursive: true })
  await expect(take()).rejects.toMatchObject({ code: 'FL_USAGE' })
  expect(await folderState(folders.confDir)).toEqual(before)
})

test('what cannot be put back is told, with the place where it is', async () => {
  const aside = await take()
  await rm(path.join(folders.binDir, '.fairlead-saved'), { recursive: true })
  await aside[Symbol.asyncDispose]()
  expect(told).toEqual([
    expect.stringContaining(`${folders.binDir} could not be put back as it was`),
  ])
  expect(await readdir(folders.confDir)).toContain('10-a.conflist')
})

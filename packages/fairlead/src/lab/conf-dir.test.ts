import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../ports.ts'
import { ConfDir } from './conf-dir.ts'
import type { Installer } from './stack.ts'

const RENAMES: Installer = {
  file: '05-cilium.conflist',
  manner: 'rename',
  tempFile: '.05-cilium.conflist1',
  content: { name: 'cilium', plugins: [{ type: 'cilium-cni' }] },
}
const TRUNCATES: Installer = {
  file: '00-multus.conf',
  manner: 'truncate',
  content: { name: 'multus', clusterNetwork: '${confDir}/05-cilium.conflist' },
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-conf-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

function confDir(sleep = systemClock.sleep) {
  return new ConfDir({
    outside: folder,
    inside: '/etc/cni/net.d',
    clock: { now: systemClock.now, sleep },
  })
}

async function inode(file: string): Promise<number> {
  return (await stat(path.join(folder, file))).ino
}

test('an installer that renames puts a new file in place and leaves no temporary one', async () => {
  await confDir().leave(RENAMES)
  const before = await inode(RENAMES.file)
  await confDir().install(RENAMES)
  expect(await readdir(folder)).toEqual(['05-cilium.conflist'])
  expect(await inode(RENAMES.file)).not.toBe(before)
})

test('an installer that truncates writes into the file that is there', async () => {
  await confDir().leave(TRUNCATES)
  const before = await inode(TRUNCATES.file)
  await confDir().install(TRUNCATES)
  expect(await inode(TRUNCATES.file)).toBe(before)
})

test('the conf dir in a content is the one that the runtime sees', async () => {
  await confDir().install(TRUNCATES)
  const content = JSON.parse(await readFile(path.join(folder, TRUNCATES.file), 'utf8'))
  expect(content.clusterNetwork).toBe('/etc/cni/net.d/05-cilium.conflist')
})

test('between the halves half of the file is there', async () => {
  let seen = ''
  const dir = confDir(async (ms) => {
    seen = `${ms} ms: ${await readFile(path.join(folder, TRUNCATES.file), 'utf8')}`
  })
  await dir.installInHalves(TRUNCATES, 500, new AbortController().signal)
  const whole = await readFile(path.join(folder, TRUNCATES.file), 'utf8')
  expect(JSON.parse(whole)).toMatchObject({ name: 'multus' })
  expect(seen).toBe(`500 ms: ${whole.slice(0, Math.floor(whole.length / 2))}`)
})

test('a change is told with the size of the file, and with null when it is gone', async () => {
  const dir = confDir()
  const told: (number | null)[] = []
  let heard = () => {}
  using _watch = dir.watch((_file, sizeBytes) => {
    told.push(sizeBytes)
    heard()
  })
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve
    })
  let change = next()
  await dir.write('calico-kubeconfig', 'token')
  await change
  while (told.at(-1) !== 5) await next()
  change = next()
  await dir.remove('calico-kubeconfig')
  await change
  while (told.at(-1) !== null) await next()
  expect(told.at(-1)).toBeNull()
})

test.each(['move-in', 'hard-link', 'symlink'] as const)(
  'a file can come in from another folder by %s',
  async (manner) => {
    const inside = path.join(folder, 'net.d')
    await mkdir(inside)
    const dir = new ConfDir({ outside: inside, inside: '/etc/cni/net.d', clock: systemClock })
    await dir.install(TRUNCATES, manner)
    const stats = await lstat(path.join(inside, TRUNCATES.file))
    expect([stats.isSymbolicLink(), stats.nlink]).toEqual([
      manner === 'symlink',
      manner === 'hard-link' ? 2 : 1,
    ])
    expect(await readFile(path.join(inside, TRUNCATES.file), 'utf8')).toContain('"multus"')
  },
)

test('a link that is pointed elsewhere has the files of the new folder, and the watch goes along', async () => {
  const outside = path.join(folder, 'net.d')
  await mkdir(outside)
  const dir = new ConfDir({ outside, inside: '/etc/cni/net.d', clock: systemClock })
  await dir.leave(RENAMES)
  await dir.becomeLink()
  const seen: string[] = []
  using _watch = dir.watch((file, size) => seen.push(`${file} ${size === null ? 'gone' : 'there'}`))
  await dir.repoint([TRUNCATES])
  expect(await readdir(outside)).toEqual([TRUNCATES.file])
  expect(seen).toEqual([`${RENAMES.file} gone`, `${TRUNCATES.file} there`])
  await dir.write('other.conf', '{}')
  await vi.waitFor(() => {
    expect(seen).toContain('other.conf there')
  })
})

test('of two that rename the same file, the second does not fail', async () => {
  await confDir().install(TRUNCATES)
  for (const _ of ['first', 'second']) {
    await confDir().rename(TRUNCATES.file, `${TRUNCATES.file}.cilium_bak`)
  }
  expect(await readdir(folder)).toEqual([`${TRUNCATES.file}.cilium_bak`])
})

import { execFileSync } from 'node:child_process'
import { mkdtemp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NetworkAttachment } from './attachment.ts'
import { type ResultCache, resultCacheDir } from './cache.ts'
import type { Result } from './result/result.ts'

let dir: string
let cache: ResultCache

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cni-cache-'))
  cache = resultCacheDir(dir)
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

const attachment: NetworkAttachment = {
  network: 'n',
  containerId: 'c',
  ifName: 'eth0',
  netns: '/run/netns/blue',
  args: [['K', 'V']],
  capabilityArgs: { mac: '00:11:22:33:44:55' },
  config: '{"name":"n", "big":12345678901234567890}',
}
const key = { network: 'n', containerId: 'c', ifName: 'eth0' }
const result: Result = {
  cniVersion: '1.0.0',
  interfaces: [],
  ips: [{ address: '10.0.0.2/24' }],
  routes: [],
  dns: {},
}

function entry(name: string): string {
  return path.join(dir, 'results', name)
}

test('what is written is read, listed and removed', async () => {
  expect(await cache.write(attachment, result)).toMatchObject({ ok: true })
  expect(await cache.read(key)).toMatchObject({ value: attachment })
  expect(await cache.readResult(key, '1.0.0')).toEqual({ ok: true, value: result })
  expect(await cache.list()).toMatchObject({ value: { attachments: [attachment], damaged: [] } })
  expect(await cache.remove(key)).toMatchObject({ ok: true })
  expect(await cache.read(key)).toEqual({ ok: true, value: undefined })
  expect(await readdir(dir, { recursive: true })).toEqual(['results'])
})

test('of one container only its own files are read', async () => {
  await cache.write(attachment, result)
  await cache.write({ ...attachment, containerId: 'other' }, result)
  await writeFile(entry('n-damaged-eth0'), '{')
  const ofOne = await cache.list('other')
  expect(ofOne).toMatchObject({ value: { attachments: [{ containerId: 'other' }], damaged: [] } })
  const ofDamaged = await cache.list('damaged')
  expect(ofDamaged).toMatchObject({ value: { attachments: [], damaged: [{}] } })
  expect(await cache.list('dama')).toMatchObject({ value: { attachments: [], damaged: [] } })
})

test('a name that only looks like it belongs to the container is not taken for its own', async () => {
  await cache.write({ ...attachment, network: 'a', containerId: 'b-c' }, result)
  await cache.write({ ...attachment, network: 'a-b', containerId: 'c' }, result)
  const listing = await cache.list('c')
  expect(listing).toMatchObject({ value: { attachments: [{ network: 'a-b' }], damaged: [] } })
})

test("an entry has libcni's keys, name and modes", async () => {
  await cache.write(attachment, result)
  expect(JSON.parse(await readFile(entry('n-c-eth0'), 'utf8'))).toEqual({
    kind: 'cniCacheV1',
    containerId: 'c',
    config: Buffer.from(attachment.config).toString('base64'),
    ifName: 'eth0',
    networkName: 'n',
    netns: '/run/netns/blue',
    cniArgs: [['K', 'V']],
    capabilityArgs: { mac: '00:11:22:33:44:55' },
    result: { cniVersion: '1.0.0', ips: [{ address: '10.0.0.2/24' }] },
  })
  expect((await stat(entry('n-c-eth0'))).mode & 0o777).toBe(0o600)
  expect((await stat(path.join(dir, 'results'))).mode & 0o777).toBe(0o700)
})

test('nothing is there where nobody has written', async () => {
  expect(await cache.read(key)).toEqual({ ok: true, value: undefined })
  expect(await cache.list()).toEqual({ ok: true, value: { attachments: [], damaged: [] } })
  expect(await cache.remove(key)).toEqual({ ok: true, value: undefined })
})

test.each([
  ['half a file', '{"kind":"cniCacheV1","containerId":"c"'],
  ['nothing', ''],
  ['an entry without its key', '{"kind":"cniCacheV1","containerId":"c"}'],
  ['no object', '[1]'],
])('%s costs only itself', async (_, text) => {
  await cache.write({ ...attachment, containerId: 'other' }, result)
  await writeFile(entry('n-c-eth0'), text)
  expect(await cache.read(key)).toMatchObject({ ok: false, error: { code: 'FL_CNI_CACHE' } })
  expect(await cache.list()).toMatchObject({
    value: { attachments: [{ containerId: 'other' }], damaged: [{ file: entry('n-c-eth0') }] },
  })
  expect(await cache.remove(key)).toMatchObject({ ok: true })
  expect(await readdir(path.join(dir, 'results'))).toEqual(['n-other-eth0'])
})

test('a bare result of an old libcni is read, and listed as what does not say whose it is', async () => {
  await mkdir(path.join(dir, 'results'))
  await writeFile(entry('n-c-eth0'), '{"cniVersion":"0.2.0","ip4":{"ip":"10.0.0.2/24"}}')
  expect(await cache.readResult(key, '0.4.0')).toMatchObject({
    value: { cniVersion: '0.4.0', ips: [{ address: '10.0.0.2/24' }] },
  })
  expect(await cache.list()).toMatchObject({
    value: { attachments: [], damaged: [{ file: entry('n-c-eth0') }] },
  })
})

test('two attachments whose files have the same name are not taken for one another', async () => {
  await cache.write({ ...attachment, network: 'a-b', containerId: 'c' }, result)
  const other = { network: 'a', containerId: 'b-c', ifName: 'eth0' }
  expect(await cache.read(other)).toEqual({ ok: true, value: undefined })
  expect(await cache.readResult(other, '1.0.0')).toEqual({ ok: true, value: undefined })
})

test.each([
  { network: '../n', containerId: 'c', ifName: 'eth0' },
  { network: 'n', containerId: '../../c', ifName: 'eth0' },
  { network: 'n', containerId: 'c', ifName: '../eth0' },
])('%j is no key, for a file is named after it', async (wrong) => {
  const refused = { ok: false, error: { code: 'FL_CNI_ARGUMENT' } }
  expect(await cache.read(wrong)).toMatchObject(refused)
  expect(await cache.write({ ...attachment, ...wrong }, result)).toMatchObject(refused)
  expect(await cache.remove(wrong)).toMatchObject(refused)
})

test('a result is given in the version that is asked for, as far as that has a form for it', async () => {
  await cache.write(attachment, result)
  expect(await cache.readResult(key, '0.2.0')).toMatchObject({ value: { cniVersion: '0.2.0' } })
  expect(await cache.readResult(key, '9.9.9')).toMatchObject({ error: { code: 'FL_CNI_CACHE' } })
  await cache.write(attachment, { ...result, ips: [] })
  expect(await cache.readResult(key, '0.2.0')).toMatchObject({ error: { code: 'FL_CNI_CACHE' } })
})

test.each(['/proc/fairlead/cache', '/dev/null/cache'])(
  '%s is told instead of tried for ever',
  async (folder) => {
    expect(await resultCacheDir(folder).write(attachment, result)).toMatchObject({
      error: { code: 'FL_CNI_CACHE' },
    })
  },
)

test('a pipe where an entry should be is told instead of waited for', async () => {
  await mkdir(path.join(dir, 'results'))
  execFileSync('mkfifo', [entry('n-c-eth0')])
  expect(await cache.read(key)).toMatchObject({
    error: { code: 'FL_CNI_CACHE', msg: expect.stringContaining('it is not a regular file') },
  })
  expect(await cache.list()).toMatchObject({ value: { damaged: [{ file: entry('n-c-eth0') }] } })
})

test('what a writer that was killed has left is removed, once it is old', async () => {
  const [old, young] = ['.fairlead-old', '.fairlead-young'].map((name) => path.join(dir, name))
  for (const file of [old, young]) await writeFile(file ?? '', '')
  await utimes(old ?? '', 0, 0)
  await cache.list()
  expect(await readdir(dir)).toEqual(['.fairlead-young'])
})

test('a folder that cannot be written is told', async () => {
  const broken = resultCacheDir(path.join(dir, 'file', 'cache'))
  await writeFile(path.join(dir, 'file'), '')
  expect(await broken.write(attachment, result)).toMatchObject({
    ok: false,
    error: { code: 'FL_CNI_CACHE' },
  })
})

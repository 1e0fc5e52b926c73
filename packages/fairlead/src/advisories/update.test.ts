import { generateKeyPairSync, sign } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ADVISORY } from './advisory-fixture.ts'
import { BUNDLE_SIZE_MAX, openBundle, signBundle } from './bundle.ts'
import { exportAdvisories } from './export.ts'
import { loadKnowledge } from './knowledge.ts'
import { storeAdvisories } from './store.ts'
import { updateAdvisories } from './update.ts'

const KEYS = generateKeyPairSync('ed25519')
const OTHER = generateKeyPairSync('ed25519')
const NOW = Date.UTC(2026, 10, 25)

let folder: string
let stateDir: string
let source: string
let bundle: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-update-'))
  stateDir = path.join(folder, 'state')
  source = path.join(folder, 'source')
  bundle = path.join(folder, 'a.bundle')
  await mkdir(source)
  await cp('advisories/rules', path.join(source, 'rules'), { recursive: true })
  await writeFile(
    path.join(source, 'mine.yaml'),
    ADVISORY.replace('modified: 2026', 'modified: 2099'),
  )
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function exported(sequence: number): Promise<void> {
  const { privateKey } = KEYS
  await exportAdvisories({ dir: source, file: bundle, privateKey, atMs: NOW, sequence })
}

async function update(from = bundle, publicKey = KEYS.publicKey) {
  return updateAdvisories({ from, publicKey, stateDir, signal: new AbortController().signal })
}

async function current() {
  const { from, problem, advisories } = await loadKnowledge({ FAIRLEAD_STATE: stateDir })
  return { from, problem, ids: advisories.map(({ id }) => id) }
}

test('what was exported is what is used after an update, if it is newer than what ships', async () => {
  expect((await current()).from).toBe('shipped')
  await exported(7)
  expect(await update()).toEqual({
    kind: 'updated',
    sequence: 7,
    created: '2026-11-25T00:00:00.000Z',
    count: 1,
  })
  expect(await current()).toEqual({ from: 'updated', problem: undefined, ids: ['mine'] })
  expect(await update()).toMatchObject({ kind: 'same' })
})

test('what ships is used where it is newer', async () => {
  await writeFile(
    path.join(source, 'mine.yaml'),
    ADVISORY.replaceAll(/(published|modified): .*/g, '$1: 2001-01-01'),
  )
  await exported(7)
  await update()
  expect((await current()).from).toBe('shipped')
})

test('a newer bundle takes the place of the one before, an older one is refused', async () => {
  await exported(7)
  await update()
  await exported(8)
  await update()
  expect(await readdir(path.join(stateDir, 'advisories'))).toEqual(['8'])
  await exported(7)
  await expect(update()).rejects.toMatchObject({
    code: 'FL_BUNDLE_OLD',
    message: `${bundle} has the number 7 and is older than what is here, 8.`,
  })
  expect(await readdir(path.join(stateDir, 'advisories'))).toEqual(['8'])
})

test('without a number a later export is newer', async () => {
  const { privateKey } = KEYS
  const at = async (atMs: number) =>
    (await exportAdvisories({ dir: source, file: bundle, privateKey, atMs })).sequence
  expect(await at(NOW)).toBeLessThan(await at(NOW + 1000))
})

test('a bundle of another key is refused with both keys', async () => {
  await exported(7)
  await expect(update(bundle, OTHER.publicKey)).rejects.toMatchObject({
    code: 'FL_BUNDLE_SIGNATURE',
    message: expect.stringMatching(
      /is signed by the key SHA256:\S{43}, and not by SHA256:\S{43}\.$/,
    ),
  })
  expect((await current()).from).toBe('shipped')
})

test('a bundle with any byte changed, or cut off anywhere, is refused', async () => {
  await exported(7)
  const good = await readFile(bundle)
  const opens = (bytes: Buffer) => openBundle(bytes.toString('utf8'), KEYS.publicKey, 'a.bundle')
  expect(() => opens(good)).not.toThrow()
  const at = fc.nat({ max: good.length - 2 })
  fc.assert(
    fc.property(at, fc.integer({ min: 1, max: 127 }), (index, change) => {
      const bad = Buffer.from(good)
      bad[index] = (bad[index] ?? 0) ^ change
      expect(() => opens(bad)).toThrow(/is no bundle|is signed by the key|does not fit/)
    }),
    { numRuns: 300 },
  )
  fc.assert(
    fc.property(at, (length) => {
      expect(() => opens(good.subarray(0, length))).toThrow(/is no bundle|does not fit/)
    }),
    { numRuns: 300 },
  )
})

test('a signature of the same key for something else is none of a bundle', () => {
  const content = { sequence: 1, created: new Date(NOW).toISOString(), files: {} }
  const [head = ''] = signBundle(content, KEYS.privateKey).split('\n')
  const payload = JSON.stringify(content)
  const signature = sign(null, Buffer.from(payload), KEYS.privateKey).toString('base64')
  const forged = `${head.split(' ').slice(0, 3).join(' ')} ${signature}\n${payload}\n`
  expect(() => openBundle(forged, KEYS.publicKey, 'it')).toThrow('does not fit its signature')
})

test('a signed bundle cannot name a file outside its folder', async () => {
  for (const name of [
    '../evil.yaml',
    '/etc/evil.yaml',
    'rules/../../evil.yaml',
    '__proto__',
    'a.sh',
  ]) {
    const content = {
      sequence: 1,
      created: new Date(NOW).toISOString(),
      files: { [name]: ADVISORY },
    }
    await writeFile(bundle, signBundle(content, KEYS.privateKey))
    await expect(update(), name).rejects.toMatchObject({ code: 'FL_BUNDLE_INVALID' })
  }
  expect(await readdir(folder)).not.toContain('evil.yaml')
})

test('a signed bundle that this Fairlead does not understand is refused, and the old one stays', async () => {
  await exported(7)
  await update()
  const content = {
    sequence: 8,
    created: new Date(NOW).toISOString(),
    files: { 'mine.yaml': `${ADVISORY}weather: fair\n` },
  }
  await writeFile(bundle, signBundle(content, KEYS.privateKey))
  await expect(update()).rejects.toMatchObject({
    code: 'FL_BUNDLE_INVALID',
    message:
      `${bundle} is signed, but has an advisory that this version of Fairlead cannot read: ` +
      'mine.yaml:28:1: weather: is no key that is known here',
  })
  expect(await readdir(path.join(stateDir, 'advisories'))).toEqual(['7'])
  expect((await current()).from).toBe('updated')
})

test('what is too large is not read to its end', async () => {
  await writeFile(bundle, Buffer.alloc(BUNDLE_SIZE_MAX + 1))
  await expect(update()).rejects.toMatchObject({
    code: 'FL_BUNDLE_INVALID',
    message: `${bundle} has more than 16 MiB.`,
  })
})

test('what is no bundle, or not there, is refused', async () => {
  await writeFile(bundle, 'hello')
  await expect(update()).rejects.toMatchObject({ code: 'FL_BUNDLE_INVALID' })
  await expect(update(path.join(folder, 'no'))).rejects.toMatchObject({ code: 'FL_FETCH' })
  await expect(update(folder)).rejects.toMatchObject({
    code: 'FL_FETCH',
    message: `${folder} cannot be read: it is no file.`,
  })
})

test('an update that ends in the middle leaves the old one in force, and the next clears up', async () => {
  await exported(7)
  await update()
  // A process that was killed: its pid is gone, its folder is not.
  const left = path.join(stateDir, 'advisories', '.tmp-4194305-abcdef')
  await mkdir(left)
  await writeFile(path.join(left, 'mine.yaml'), 'id: hal')
  expect((await current()).from).toBe('updated')
  const content = { sequence: 8, created: new Date(NOW).toISOString(), files: {} }
  const broken = storeAdvisories(stateDir, content, async () => Promise.reject(new Error('full')))
  await expect(broken).rejects.toMatchObject({ code: 'FL_STATE_DIR' })
  expect(await readdir(path.join(stateDir, 'advisories'))).toEqual(['7'])
})

test("the user's own advisories come beside, and win", async () => {
  await exported(7)
  await update()
  const own = path.join(folder, 'own')
  await mkdir(own)
  await writeFile(path.join(own, 'mine.yaml'), ADVISORY.replace('Mine hangs', 'Mine stalls'))
  await writeFile(path.join(own, 'yours.yaml'), ADVISORY.replace('id: mine', 'id: yours'))
  const env = { FAIRLEAD_STATE: stateDir, FAIRLEAD_ADVISORIES: own }
  const { advisories } = await loadKnowledge(env)
  expect(advisories.map(({ id, title }) => [id, title])).toEqual([
    ['mine', 'Mine stalls'],
    ['yours', 'Mine hangs'],
  ])
})

test('an update that can no longer be read is told, and what ships is used', async () => {
  await exported(7)
  await update()
  await writeFile(path.join(stateDir, 'advisories/7/mine.yaml'), 'id: [')
  const { from, problem } = await current()
  expect(from).toBe('shipped')
  expect(problem).toContain('cannot be used, those that ship are: ')
})

test('a bundle comes by HTTP; what answers otherwise, or breaks off, changes nothing', async () => {
  await exported(7)
  const whole = await readFile(bundle)
  const server = createServer((request, response) => {
    if (request.url === '/a.bundle') response.end(whole)
    else if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': whole.length })
      response.write(whole.subarray(0, 100), () => response.destroy())
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await expect(update(`${site}/no`)).rejects.toMatchObject({
      code: 'FL_FETCH',
      message: `${site}/no answers 404 Not Found.`,
    })
    await expect(update(`${site}/broken`)).rejects.toMatchObject({ code: 'FL_FETCH' })
    expect((await current()).from).toBe('shipped')
    expect(await update(`${site}/a.bundle`)).toMatchObject({ kind: 'updated', sequence: 7 })
  } finally {
    server.close()
  }
  // Port 1 is nobody's.
  await expect(update('http://127.0.0.1:1/a.bundle')).rejects.toMatchObject({
    code: 'FL_FETCH',
    message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/a\.bundle cannot be reached: \w+/),
  })
})

import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropOldEvidence, makeEvidenceFolder } from './evidence-folder.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fl-folder-'))
})
afterEach(() => rm(dir, { recursive: true }))

const bytes = (text: string) => Buffer.from(text)

async function folder(second: number, sizeBytes: number) {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second))
  const made = await makeEvidenceFolder(dir, at, 1e6)
  await made.write('dump', Buffer.alloc(sizeBytes), 'beginning')
  return path.basename(made.path)
}

test('a folder takes as much as there is room for: of a dump the beginning, of a log the end', async () => {
  const made = await makeEvidenceFolder(dir, new Date(0), 10)
  await made.write('dump', bytes('goroutine'), 'beginning')
  await made.write('log', bytes('old\nnew'), 'end')
  await made.write('more', bytes('more'), 'beginning')
  const read = (name: string) => readFile(path.join(made.path, name), 'utf8')
  expect([await read('dump'), await read('log'), await read('more')]).toEqual([
    'goroutine',
    'w',
    '',
  ])
})

test('the oldest goes when there are 20, or all together are too large; the newest stays', async () => {
  const names = []
  for (let second = 0; second < 22; second += 1) names.push(await folder(second, 10))
  await dropOldEvidence(dir, 1000)
  expect(await readdir(dir)).toEqual(names.slice(2))
  await dropOldEvidence(dir, 35)
  expect(await readdir(dir)).toEqual(names.slice(-3))
  await dropOldEvidence(dir, 5)
  expect(await readdir(dir)).toEqual(names.slice(-1))
})

test('a conf dir with links, a FIFO and folders is copied without waiting for anybody', async () => {
  const conf = path.join(dir, 'net.d')
  await mkdir(path.join(conf, 'cilium'), { recursive: true })
  await writeFile(path.join(conf, 'cilium/10-tuning.conf'), '{"type":"tuning"}')
  await symlink('/nowhere', path.join(conf, '00-dangling.conf'))
  execFileSync('mkfifo', [path.join(conf, '05-fifo.conf')])
  const made = await makeEvidenceFolder(path.join(dir, 'evidence'), new Date(0), 1e6)
  await made.copyConfDir(conf, 'net.d')
  const copied = await readdir(made.path, { recursive: true })
  expect(copied.filter((name) => name.endsWith('.conf'))).toEqual(['net.d/cilium/10-tuning.conf'])
  const listing = await readFile(path.join(made.path, 'net.d.txt'), 'utf8')
  expect(listing).toContain('00-dangling.conf -> /nowhere')
  expect(listing).toContain('05-fifo.conf')
})

test('a folder that is not there is evidence, too', async () => {
  const made = await makeEvidenceFolder(dir, new Date(0), 1e6)
  await made.copyConfDir('/nowhere/net.d', 'net.d')
  expect(await readFile(path.join(made.path, 'net.d.txt'), 'utf8')).toContain('ENOENT')
})

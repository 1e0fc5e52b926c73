import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pauseExecutable } from '../../pause-executable.ts'
import { writePauseImage } from './pause-image.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-pause-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('the pause executable runs on this machine and sleeps until it is ended', async () => {
  const file = path.join(folder, 'pause')
  await writeFile(file, pauseExecutable(process.arch), { mode: 0o755 })
  const child = spawn(file)
  await once(child, 'spawn')
  // Had it crashed or returned, the signal that ended it would be another, or none.
  const asleep = async () => (await readFile(`/proc/${child.pid}/stat`, 'utf8')).includes(') S ')
  while (!(await asleep())) await new Promise(setImmediate)
  child.kill('SIGTERM')
  const [code, signal] = await once(child, 'exit')
  expect([code, signal]).toEqual([null, 'SIGTERM'])
})

test('an architecture without a pause executable is refused', () => {
  expect(() => pauseExecutable('mips')).toThrow('There is no pause executable for mips.')
})

test('for arm64 the header says so, and the code is whole instructions', () => {
  const elf = pauseExecutable('arm64')
  expect(elf.readUInt16LE(18)).toBe(183)
  expect((elf.length - 120) % 4).toBe(0)
})

test('every blob of the image is what its descriptor says', async () => {
  await writePauseImage(folder)
  const blobs = path.join(folder, 'image', 'blobs', 'sha256')
  for (const name of await readdir(blobs)) {
    const bytes = await readFile(path.join(blobs, name))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
  }
  const index = JSON.parse(await readFile(path.join(folder, 'image', 'index.json'), 'utf8'))
  const digest = String(index.manifests[0].digest).replace('sha256:', '')
  const manifest = JSON.parse(await readFile(path.join(blobs, digest), 'utf8'))
  for (const { digest: blob, size } of [manifest.config, ...manifest.layers]) {
    const bytes = await readFile(path.join(blobs, String(blob).replace('sha256:', '')))
    expect(bytes.length).toBe(size)
  }
})

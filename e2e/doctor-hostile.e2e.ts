import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tarOf, zipOf } from '../packages/fairlead/src/doctor/sources/archive-fixture.ts'
import type { DoctorReport } from '../packages/fairlead/src/doctor/report.ts'
import { startFairlead } from './support.ts'
import { watchProcess } from './watch-process.ts'

// Bundles that somebody made to fill memory. FAIRLEAD_HOSTILE=1 makes them as large as the issue has them: a
// file of 1 GB that is one line, a folder of 100,000 files.
const isLarge = process.env['FAIRLEAD_HOSTILE'] !== undefined
const LINE_MB = isLarge ? 1000 : 100
const FILES = isLarge ? 100_000 : 2000
const PEAK_AT_MOST = 300e6

const HIT = 'the container runtime is down\n'
const zeros = (bytes: number) => gzipSync(Buffer.alloc(bytes), { level: 9 })

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** What the doctor prints of the folder `bundle`, having had no more memory than it may. */
async function printed(...args: readonly string[]): Promise<string> {
  const { child, ended } = startFairlead(['doctor', 'bundle', ...args], folder)
  const watched = watchProcess(child.pid)
  const { code, out, err } = await ended
  const { peakBytes } = watched.stop()
  expect([0, 1], err).toContain(code)
  process.stdout.write(`peak memory: ${(peakBytes / 1e6).toFixed(0)} MB\n`)
  expect(peakBytes).toBeLessThan(PEAK_AT_MOST)
  // Nothing was unpacked, and nothing written.
  expect(readdirSync(folder).filter((name) => name !== 'bundle')).toEqual([])
  return out
}

async function diagnosed(): Promise<DoctorReport> {
  // Written by the CLI.
  return JSON.parse(await printed('-o', 'json')) as DoctorReport
}

const problems = ({ sources }: DoctorReport) =>
  sources.flatMap((source) => source.problems.map(({ what }) => what))

function inBundle(name: string): string {
  const file = path.join(folder, 'bundle', name)
  mkdirSync(path.dirname(file), { recursive: true })
  return file
}

test('archives that unpack to far more than logs do are left, and what else there is is read', async () => {
  await writeFile(inBundle('kubelet.log'), HIT)
  await writeFile(inBundle('a.log.gz'), zeros(400e6))
  const many = Array.from({ length: 8 }, (_, index) => `${index}.log.gz`)
  const content = zeros(55e6)
  await writeFile(inBundle('b.tar'), tarOf(many.map((name) => ({ path: name, content }))))
  await writeFile(
    inBundle('c.zip'),
    zipOf(many.map((name) => ({ path: name.slice(0, -3), content: Buffer.alloc(50e6) }))),
  )
  // A bomb within a bomb: 300 MB packed twice are about a thousand bytes.
  await writeFile(inBundle('d.log.gz'), gzipSync(zeros(300e6)))
  const report = await diagnosed()
  expect(problems(report).filter((what) => what.includes('unpacks to more'))).toHaveLength(4)
  expect(report.nodes.flatMap(({ timeline }) => timeline)).toMatchObject([
    { source: 'kubelet.log' },
  ])
})

test('a file that is mostly a hole, and one that is a single line, are read with little memory', async () => {
  await writeFile(inBundle('hole.log'), HIT)
  await truncate(inBundle('hole.log'), 100 * 1024 ** 3)
  await using file = await open(inBundle('line.log'), 'w')
  const part = Buffer.alloc(1e6, 'container runtime is up ')
  for (let written = 0; written < LINE_MB; written++) await file.write(part)
  await file.write(`\n${HIT}`)
  const report = await diagnosed()
  expect(problems(report)).toEqual(['is mostly a hole; only its first 64 MB are read'])
  expect(report.nodes.flatMap(({ timeline }) => timeline.map(({ source }) => source))).toEqual([
    'hole.log',
    'line.log',
  ])
})

test('a bundle of very many small files is read with little memory', async () => {
  for (let index = 0; index < FILES; index++) {
    const line = index % 100 === 0 ? HIT : `nothing of ${index}\n`
    writeFileSync(inBundle(`${index % 100}/${index}.log`), line.repeat(10))
  }
  const report = await diagnosed()
  expect(report.sources).toMatchObject([{ files: FILES }])
  expect(problems(report)).toEqual([])
})

test('where every line of every node tells something, what there is no room for is told as a number', async () => {
  for (let index = 0; index < 1500; index++) {
    const line = (each: number) =>
      `container runtime is down: ${each} on 10.0.${index >> 8}.${index & 255} ${'\u00e9 '.repeat(2000)}\n`
    writeFileSync(
      inBundle(`nodes/n${index}/kubelet.log`),
      Array.from({ length: 6 }, (_, each) => line(each)).join(''),
    )
  }
  expect(await printed('-o', 'html', '--redact')).toMatch(/\d+ more lines tell something/)
})

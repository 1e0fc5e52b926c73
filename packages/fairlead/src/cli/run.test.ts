import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type CliOutcome, runInProcess } from '../../../../tests/in-process-cli.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cli-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** Runs the CLI in this process; `<tmp>` stands for the test's own folder. */
async function fairlead(...argv: string[]): Promise<CliOutcome> {
  const env = { ...process.env, FAIRLEAD_CACHE: path.join(folder, 'cache') }
  const { code, out, err } = await runInProcess(argv, { env })
  const tidy = (text: string) =>
    text.replaceAll(path.relative(process.cwd(), folder), '<tmp>').replaceAll(folder, '<tmp>')
  return { code, out: tidy(out), err: tidy(err) }
}

test('without arguments it helps', async () => {
  const { code, out } = await fairlead()
  expect(code).toBe(0)
  expect(out).toMatch(/lab +Prove that a container runtime keeps its node Ready/)
})

test('a runtime that is none is refused in one sentence, with what to write instead', async () => {
  expect(await fairlead('lab', 'run', '--runtime', 'docker')).toEqual({
    code: 2,
    out: '',
    err:
      'error: "docker" does not name a runtime.\n' +
      'Write fairlead, containerd=/path/to/containerd, containerd@debian:trixie, containerd@2.0.1, ' +
      'crio=/path/to/crio or cri=unix:///path/to/cri.sock.\n',
  })
})

test('a scenario that is none is refused with those that are', async () => {
  const { code, err } = await fairlead('lab', 'run', '--scenario', 'slow')
  expect(code).toBe(2)
  expect(err).toMatch(
    /^error: There is no scenario named "slow"\.\nName one of [a-z-]+, .*dual-cni-boot, /,
  )
})

test('a scenario file that is wrong is refused with its place', async () => {
  const file = path.join(folder, 'mine.yaml')
  await writeFile(
    file,
    'name: mine\ntitle: Mine\nwhy: 3\nstack: s\nsteps: []\nsteady: 1s\nexpect: {}\n',
  )
  const { code, err } = await fairlead('lab', 'run', '--scenario', file)
  expect(code).toBe(2)
  expect(err).toBe(
    'error: <tmp>/mine.yaml:3:6: why: expected a text\n' +
      'What such a file may hold is in scenarios/scenario.schema.json.\n',
  )
})

test('numbers that are none are refused', async () => {
  for (const flag of ['--trials', '--jobs']) {
    const { code, err } = await fairlead('lab', 'run', flag, '0')
    expect(code).toBe(2)
    expect(err).toContain('expected a whole number of at least 1, not "0"')
  }
})

test('an unknown command or flag is refused with the nearest that is known', async () => {
  expect(await fairlead('lab', 'rnu')).toMatchObject({
    code: 2,
    err: 'No command registered for `rnu`, did you mean `run`?\n',
  })
  expect((await fairlead('lab', 'run', '--runtimes', 'x')).err).toContain('did you mean --runtime')
})

test('nothing is fetched or written for input that cannot be used', async () => {
  await fairlead('lab', 'run', '--runtime', 'docker')
  await fairlead('lab', 'run', '--scenario', 'slow')
  expect(await readdir(folder)).toEqual([])
})

test('a trace that is none is refused with the line', async () => {
  const file = path.join(folder, 'trace.jsonl')
  const first = JSON.stringify({ type: 'end', atMs: 1, reason: 'completed' })
  await writeFile(file, `${first}\n`)
  expect((await fairlead('lab', 'verdict', file)).err).toContain(
    '<tmp>/trace.jsonl:1: a trace begins',
  )
  await writeFile(file, `${first}\n{"type":"end"}\n`)
  const { code, err } = await fairlead('lab', 'verdict', file)
  expect(code).toBe(2)
  expect(err).toContain('<tmp>/trace.jsonl:2: atMs: ')
})

test('runtimes are listed for people and for programs', async () => {
  const { code, out } = await fairlead('lab', 'runtimes')
  expect(code).toBe(0)
  expect(out).toContain('containerd@debian:trixie')
  const { out: json } = await fairlead('lab', 'runtimes', '-o', 'json')
  expect(JSON.parse(json)).toMatchObject({ cacheDir: '<tmp>/cache' })
})

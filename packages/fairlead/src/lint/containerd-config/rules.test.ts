import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parsePredictedRuntime } from '../runtime.ts'
import { readConfig } from './read-config.ts'
import { judgeConfig } from './rules.ts'

const OLD = 'plugins."io.containerd.grpc.v1.cri".cni'
const NEW = 'plugins."io.containerd.cri.v1.runtime".cni'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-lint-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function put(name: string, text: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

async function judged(version: string, text: string | Uint8Array) {
  const runtime = parsePredictedRuntime(`containerd@${version}`)
  if (runtime.kind !== 'containerd') throw new Error('no containerd')
  return judgeConfig(await readConfig(await put('config.toml', text), runtime.version), runtime)
}

async function probes(version: string, text: string) {
  return (await judged(version, text)).findings.map(({ probe, line }) => `${probe}:${line ?? ''}`)
}

describe('a version 3 file with the section name of version 2', () => {
  const text = `version = 3\n[${OLD}]\nconf_dir = "/x"\n`

  test.each(['2.0.11', '2.1.9', '2.2.7'])('is ignored by %s', async (version) => {
    expect((await judged(version, text)).config.confDir).toBe('/etc/cni/net.d')
    expect(await probes(version, text)).toEqual(['containerd-config-section-ignored:2'])
  })

  test('counts for 2.3, which migrates it', async () => {
    expect((await judged('2.3.4', text)).config.confDir).toBe('/x')
    expect(await probes('2.3.4', text)).toEqual([])
  })

  test('is refused by 1.7 and read as version 2 by an older one', async () => {
    expect((await judged('1.7.34', text)).config.state).toBe('does-not-start')
    expect((await judged('1.7.16', text)).config).toMatchObject({ state: 'runs', confDir: '/x' })
    expect(await probes('1.7.34', text)).toEqual(['containerd-config-version-too-new:1'])
  })
})

test('version 4 is for 2.3 and newer', async () => {
  const text = `version = 4\n[${NEW}]\nconf_dir = "/x"\n`
  expect((await judged('2.2.7', text)).config.state).toBe('does-not-start')
  expect((await judged('2.3.4', text)).config).toMatchObject({ state: 'runs', confDir: '/x' })
})

describe('a file without a version', () => {
  const text = '[plugins.cri.cni]\nconf_dir = "/x"\n'

  test.each([
    ['1.7.34', '/x'],
    // Its names are those of version 2 then, and nobody moves them to those of 3.
    ['2.1.9', '/etc/cni/net.d'],
    ['2.3.4', '/x'],
  ])('in containerd %s has conf_dir %s', async (version, confDir) => {
    expect((await judged(version, text)).config.confDir).toBe(confDir)
  })
})

test('bin_dir and bin_dirs in one section take CRI away', async () => {
  const text = `version = 3\n[${NEW}]\nbin_dir = "/a"\nbin_dirs = ["/b"]\n`
  expect((await judged('2.1.9', text)).config.state).toBe('runs-without-cri')
  expect(await probes('2.1.9', text)).toEqual(['containerd-config-bin-dir-twice:3'])
  expect(await probes('2.0.11', text)).toEqual(['containerd-config-section-ignored:4'])
})

test('in 1.x a drop-in replaces the section, in 2.x it is merged', async () => {
  await put('drop/a.toml', `version = 2\n[${OLD}]\nmax_conf_num = 3\n`)
  const text = `version = 2\nimports = ["${folder}/drop/*.toml"]\n[${OLD}]\nconf_dir = "/x"\n`
  expect((await judged('1.7.34', text)).config).toMatchObject({
    confDir: '/etc/cni/net.d',
    maxConfNum: 3,
  })
  expect((await judged('2.1.9', text)).config).toMatchObject({ confDir: '/x', maxConfNum: 3 })
  expect(await probes('1.7.34', text)).toEqual(['containerd-config-section-ignored:2'])
})

test('a newer drop-in is refused by 2.3', async () => {
  await put('a.toml', 'version = 3\n')
  const { config } = await judged('2.3.4', 'version = 2\nimports = ["a.toml"]\n')
  expect(config.state).toBe('does-not-start')
})

test('CRI that is disabled, conf dirs of runtimes, and a template are told of', async () => {
  expect(
    await probes('2.1.9', 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'),
  ).toEqual(['containerd-config-cri-disabled:2'])
  const runtimes =
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]\ncni_conf_dir = "/k"\n'
  const { config, findings } = await judged('1.7.34', `version = 2\n${runtimes}`)
  expect(config.runtimes).toEqual([{ name: 'kata', confDir: '/k', maxConfNum: 1 }])
  expect(findings).toMatchObject([
    { probe: 'containerd-config-dirs-differ', severity: 'note', line: 3 },
  ])
  expect(await probes('1.7.34', `version = 2\n[${OLD}]\nconf_template = "/t"\n`)).toEqual([
    'conf-foreign-runtime:3',
  ])
})

test('what is no TOML has its place', async () => {
  expect(await probes('2.1.9', 'version = 2\n[plugins\n')).toEqual(['containerd-config-invalid:2'])
})

test('the largest number is one', async () => {
  expect(
    (await judged('2.1.9', 'version = 2\noom_score = 9223372036854775807\n')).config.state,
  ).toBe('runs')
})

test('a file that imports itself is read once', async () => {
  const { config } = await judged('2.1.9', 'version = 2\nimports = ["config.toml", "*.toml"]\n')
  expect(config.state).toBe('runs')
})

test.each(['1.6.20', '2.1.9', '2.3.4'])('%s: any bytes are judged', async (version) => {
  const word = fc.constantFrom(
    'version',
    '=',
    '2',
    '3',
    '"x"',
    '[',
    ']',
    '.',
    '\n',
    'plugins',
    '"io.containerd.grpc.v1.cri"',
    '"io.containerd.cri.v1.runtime"',
    'cri',
    'cni',
    'bin_dir',
    'bin_dirs',
    'conf_dir',
    '{',
    '}',
    ',',
    'imports',
    'disabled_plugins',
    '1979-05-27',
    'true',
    '__proto__',
  )
  const text = fc.array(word, { maxLength: 30 }).map((words) => Buffer.from(words.join('')))
  await fc.assert(
    fc.asyncProperty(fc.oneof(text, fc.uint8Array({ maxLength: 80 })), async (bytes) => {
      const { config } = await judged(version, bytes)
      expect(config.state).toMatch(/^(?:runs|runs-without-cri|does-not-start)$/)
    }),
    { numRuns: 150 },
  )
})

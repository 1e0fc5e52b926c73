import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

const GOOD = '{"cniVersion":"1.0.0","name":"a","plugins":[{"type":"bridge"}]}'
const PLUGIN = `#!/bin/sh
touch "$0.ran"
echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0"]}'
`

let folder: string
const at = (...parts: string[]) => path.join(folder, ...parts)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-lint-'))
  await mkdir(at('net.d'))
  await mkdir(at('bin'))
  for (const name of ['bridge', 'loopback'])
    await writeFile(at('bin', name), PLUGIN, { mode: 0o755 })
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function lint(...argv: string[]) {
  const outcome = await runInProcess(['lint', at('net.d'), '--bin-dir', at('bin'), ...argv])
  return { ...outcome, out: outcome.out.replaceAll(folder, '<tmp>') }
}

test('a folder without a fault ends with 0', async () => {
  await writeFile(at('net.d', '10-a.conflist'), GOOD)
  const { code, out } = await lint('--runtime', 'containerd@1.7.34')
  expect(code).toBe(0)
  expect(out).toContain('<tmp>/net.d as containerd@1.7.34 takes it:')
  expect(out).toContain('eth0: a of 10-a.conflist (cniVersion 1.0.0; bridge)')
  expect(out).toMatch(/\nNothing is wrong\.\n$/)
})

test('a note alone ends with 0, an error with 1', async () => {
  await writeFile(at('net.d', '10-a.conflist'), GOOD)
  await writeFile(at('net.d', 'x.tmp'), '')
  expect((await lint()).code).toBe(0)
  await writeFile(at('net.d', '00-multus.conf'), '')
  const { code, out } = await lint()
  expect(code).toBe(1)
  expect(out).toContain('error conf-file-empty at <tmp>/net.d/00-multus.conf:1:1\n')
})

test('no plugin is run without --probe', async () => {
  await writeFile(at('net.d', '10-a.conflist'), GOOD)
  await lint()
  expect(execFileSync('ls', [at('bin')]).toString()).toBe('bridge\nloopback\n')
  const { code, out } = await lint('--probe')
  expect(out).toContain('The plugin bridge does not support cniVersion 1.0.0, only 0.4.0')
  expect(code).toBe(1)
})

test.each([
  [['--runtime', 'docker'], '"docker" names no runtime with a version.'],
  [['--runtime', 'containerd@1.2.3'], 'containerd@1.2.3 is too old to be predicted.'],
  [
    ['--containerd-config', '/nonexistent.toml'],
    '/nonexistent.toml cannot be read: it is not there.',
  ],
  [
    ['--containerd-config', '/nonexistent.toml', '--runtime', 'fairlead'],
    '--containerd-config is no config of fairlead.',
  ],
])('%j is refused with 2', async (argv, message) => {
  const { code, err, out } = await lint(...argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(`error: ${message}`)
})

test('what names say never reaches a terminal or Markdown as a command', async () => {
  await writeFile(at('net.d', '\u001b[31m<b>|`.conf'), '')
  for (const output of ['table', 'markdown']) {
    const { out } = await lint('-o', output)
    expect(out).not.toContain('\u001b')
    expect(out).toContain('conf-file-empty')
  }
  const { out } = await lint('-o', 'markdown')
  const bare = out.replaceAll(/\\./g, '').replaceAll(/`[^`]*`/g, '')
  expect(bare).not.toMatch(/<b>/)
})

test('JSON and SARIF say the same problems', async () => {
  await writeFile(at('net.d', '10-a.conflist'), '{\n "name": 1\n}')
  const report: unknown = JSON.parse((await lint('-o', 'json')).out)
  expect(report).toMatchObject({
    dir: '<tmp>/net.d',
    outcome: { load: { state: 'failed', file: '10-a.conflist' } },
    problems: [
      { probe: 'conf-load-fails', severity: 'error' },
      {
        probe: 'conf-file-invalid',
        line: 2,
        column: 10,
        advisories: expect.arrayContaining(['containerd-malformed-first-conf-blocks-load']),
      },
    ],
  })
  const sarif: unknown = JSON.parse((await lint('-o', 'sarif')).out)
  const region = { startLine: 2, startColumn: 10 }
  const artifactLocation = { uri: 'file://<tmp>/net.d/10-a.conflist' }
  expect(sarif).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        results: [
          { ruleId: 'conf-load-fails', level: 'error' },
          {
            ruleId: 'conf-file-invalid',
            locations: [{ physicalLocation: { artifactLocation, region } }],
          },
        ],
      },
    ],
  })
})

test('links, FIFOs and folders are read for what they are, and nobody waits', async () => {
  execFileSync('mkfifo', [at('net.d', '30-fifo.conf')])
  await symlink('/nowhere', at('net.d', '20-gone.conf'))
  await symlink(at('bin'), at('net.d', '25-dir.conf'))
  await writeFile(at('net.d', '10-a.conflist'), GOOD)
  const { out } = await lint('--runtime', 'crio@1.32.1', '-o', 'json')
  const report: unknown = JSON.parse(out)
  expect(report).toMatchObject({ outcome: { load: { state: 'blocked', file: '30-fifo.conf' } } })
  expect(out).toContain('it links to /nowhere, which is not there')
  expect(out).toContain('it is a folder')
})

test('a config names the folder, and one that is named otherwise is told of', async () => {
  await writeFile(at('net.d', '10-a.conflist'), GOOD)
  const config = at('config.toml')
  await writeFile(
    config,
    `version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\nconf_dir = "${at('net.d')}"\nbin_dir = "${at('bin')}"\n`,
  )
  const argv = ['lint', '--containerd-config', config, '--runtime', 'containerd@1.7.34']
  const { code, out } = await runInProcess(argv)
  expect({ code, title: out.split('\n')[0] }).toEqual({
    code: 0,
    title: `${at('net.d')} as containerd@1.7.34 takes it:`,
  })
  const other = await runInProcess([...argv, at('bin')])
  expect(other.code).toBe(1)
  expect(other.out).toContain('containerd-config-dirs-differ')
})

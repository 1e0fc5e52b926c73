import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PodSandboxState } from '../packages/cri/src/index.ts'
import { loadScenarios } from '../packages/fairlead/src/lab/scenario-files.ts'
import { pluginDir } from './plugins/test-on-node.ts'
import { BIN, fairlead, fixture, machineState, stateAgain, unable } from './support.ts'

const DUAL = fileURLToPath(new URL('runtime/dual.ts', import.meta.url))
const KILLS = fileURLToPath(new URL('runtime/kills.ts', import.meta.url))

/** What is left on the node of sandboxes that were removed. */
const NOTHING = {
  namespaces: [],
  pauses: [],
  sandboxes: [],
  attachments: [],
  reservations: [],
  links: [],
  shells: [],
}

describe.skipIf(unable !== undefined)('the embedded runtime', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test('knows its sandboxes after kill -9 at any time, and leaves nothing that it begun', async () => {
    const driver = [process.execPath, KILLS, await pluginDir()]
    const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', ...driver])
    const seen: unknown = JSON.parse(stdout)
    expect(seen).toEqual({
      one: true,
      twice: expect.stringContaining('the sandbox name one_default_uid-one_0 is reserved for '),
      onHost: true,
      namespacesAreThoseOfSandboxes: true,
      pausesAreThoseOfSandboxes: true,
      hostname: true,
      counted: true,
      states: [PodSandboxState.SANDBOX_READY, PodSandboxState.SANDBOX_NOTREADY],
      stopped: true,
      again: true,
      removed: true,
      unknown: true,
      exitCode: 0,
      lateIsEnded: true,
      left: NOTHING,
    })
  })

  test('brings 200 pods of two networks each up and down, 20 at a time, is killed in the middle of both, and leaves nothing', async () => {
    const driver = [process.execPath, DUAL, await pluginDir(), '200', '20']
    const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', ...driver])
    const seen: unknown = JSON.parse(stdout)
    expect(seen).toEqual({
      names: 200,
      ready: 200,
      bothInside: 200,
      addresses: 200,
      restarts: 2,
      retried: [true, true],
      after: [],
      left: NOTHING,
    })
  })

  test('collects at its start what pods from before the boot have left, and says so', async () => {
    const ipam = { type: 'host-local', dataDir: '/run/ipam', ranges: [[{ subnet: '10.7.0.0/16' }]] }
    const plugins = [{ type: 'bridge', bridge: 'br-pods', ipam }]
    const list = JSON.stringify({ name: 'pods', cniVersion: '1.0.0', plugins })
    const script = `
      mount -t tmpfs run /run
      mkdir -p /run/netns /run/net.d /run/ipam/pods
      echo '${list}' >/run/net.d/10.conflist
      printf 'rebooted\\r\\neth0' >/run/ipam/pods/10.7.0.2
      touch -d 2001-01-01 /run/ipam/pods/10.7.0.2
      printf 'other\\r\\neth0' >/run/ipam/pods/10.7.0.3
      '${process.execPath}' '${BIN}' runtime serve --socket /run/f.sock --conf-dir /run/net.d \
        --bin-dir '${await pluginDir()}' --state-dir /run/state 2>/run/log &
      tries=0
      until grep '^left over' /run/log || [ $tries = 200 ]; do sleep 0.1; tries=$((tries + 1)); done
      kill $!
      wait $!
      ls /run/ipam/pods`
    const { stdout } = await promisify(execFile)('unshare', [
      '--net',
      '--mount',
      'sh',
      '-ec',
      script,
    ])
    expect(stdout.split('\n')).toEqual([
      'left over of earlier sandboxes: 1 address released; 1 address kept, which may be in use',
      '10.7.0.3',
      'lock',
      '',
    ])
  })

  // Scenarios last as long as what they are about, half a minute most.
  test('passes every scenario of the lab', { timeout: 1_800_000 }, async () => {
    const { code, out, err } = await fairlead(
      ['lab', 'run', '--runtime', 'fairlead', '--jobs', '10'],
      folder,
    )
    expect(code, out + err).toBe(0)
    const report: unknown = JSON.parse(
      await readFile(path.join(folder, 'fairlead-report', 'report.json'), 'utf8'),
    )
    expect(report).toMatchObject({
      trials: Array.from({ length: (await loadScenarios([])).length }, () => ({
        verdict: { word: 'pass' },
      })),
    })
  })

  test('passes in the lab without root, in a user namespace, and leaves nothing', async (context) => {
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups']
    const can = (argv: string[]) => spawnSync('setpriv', [...nobody, ...argv]).status === 0
    // A checkout below /root cannot be read by anybody else, and a kernel may allow only root.
    if (!can([process.execPath, '--check', BIN]) || !can(['unshare', '-Ur', 'true'])) {
      return context.skip('nobody can read the checkout, or make user namespaces')
    }
    const report = path.join(folder, 'rootless')
    await mkdir(report)
    await chown(report, 65534, 65534)
    await chmod(folder, 0o755)
    const before = machineState()
    const run = [process.execPath, BIN, 'lab', 'run', '--report', report]
    const { stdout } = await promisify(execFile)(
      'setpriv',
      [...nobody, ...run, '--scenario', fixture('quick'), '--output', 'json'],
      { cwd: '/', env: { ...process.env, HOME: report } },
    )
    expect(JSON.parse(stdout)).toMatchObject({
      runtimes: [{ name: 'fairlead' }],
      trials: [{ verdict: { word: 'pass' } }],
    })
    expect(await stateAgain(before)).toEqual(before)

    const tools = path.join(folder, 'bin')
    await mkdir(tools)
    await writeFile(path.join(tools, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const refused = spawnSync('setpriv', [...nobody, ...run], {
      cwd: '/',
      encoding: 'utf8',
      env: { ...process.env, HOME: report, PATH: `${tools}:${process.env['PATH']}` },
    })
    expect([refused.status, refused.stderr]).toEqual([
      2,
      expect.stringContaining('it allows no user namespaces'),
    ])
  })

  test('is refused a socket that another one serves, and a state that is none', async () => {
    await writeFile(path.join(folder, 'file'), '')
    const state = await fairlead(
      [
        'runtime',
        'serve',
        '--socket',
        path.join(folder, 's'),
        '--state-dir',
        path.join(folder, 'file'),
      ],
      folder,
    )
    expect(state).toMatchObject({
      code: 2,
      err: expect.stringContaining('cannot be used: ENOTDIR'),
    })
    expect(execFileSync('ls', [folder], { encoding: 'utf8' })).not.toContain('fairlead-cni-')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadAdvisories } from '../advisories/advisory-files.ts'
import { consult } from '../doctor/doctor.ts'
import { evidence as realEvidence } from '../doctor/goroutines/dump-fixture.ts'
import { systemClock } from '../ports.ts'
import { agentConfigSchema } from './config.ts'
import { keepEvidence } from './evidence.ts'
import { pluginProcesses } from '../plugin-processes.ts'

// A process of its own, and a doctor: some seconds on a machine that is busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const SLOW = 'containerd-status-blocked-by-slow-add-plus-reload'
// A process of containerd's name that listens, runs a plugin that hangs, and on SIGUSR1 writes what a
// real containerd 2.1.9 wrote behind such a plugin.
const RUNTIME = `
process.title = 'containerd'
const { spawn } = require('node:child_process')
const { copyFileSync } = require('node:fs')
const [dump, socket] = process.argv.slice(2)
process.on('SIGUSR1', () => copyFileSync(dump, process.env.TMPDIR + '/containerd.' + process.pid + '.stacks.log'))
const env = { ...process.env, CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'abc' }
spawn('sleep', ['60'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
require('node:net').createServer().listen(socket, () => console.log('ready'))
`

let root: string
let runtime: number

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fl-evidence-'))
  for (const dir of ['net.d/multus.d', 'sources']) {
    await mkdir(path.join(root, dir), { recursive: true })
  }
  await writeFile(path.join(root, 'net.d/05-cilium.conflist'), '{}')
  await writeFile(path.join(root, 'net.d/multus.d/multus.kubeconfig'), 'token: c2VjcmV0')
  const [started = '', dumped = ''] = realEvidence('containerd-2.1-slow-add/containerd.log').split(
    '\n',
  )
  await writeFile(path.join(root, 'containerd.log'), `${started}\n`)
  const [, dump = ''] =
    /msg="=== BEGIN goroutine stack dump ===\\n(.*)\\n=== END/.exec(dumped) ?? []
  await writeFile(path.join(root, 'dump'), String(JSON.parse(`"${dump}"`)))
  await writeFile(path.join(root, 'runtime.cjs'), RUNTIME)
  const args = [
    path.join(root, 'runtime.cjs'),
    path.join(root, 'dump'),
    path.join(root, 'cri.sock'),
  ]
  const env = { ...process.env, TMPDIR: root }
  const child = spawn(process.execPath, args, { env, detached: true })
  runtime = child.pid ?? 0
  await once(child.stdout, 'data')
})

afterAll(async () => {
  process.kill(-runtime, 'SIGKILL')
  await rm(root, { recursive: true })
})

const config = (evidence: Record<string, unknown> = {}) =>
  agentConfigSchema.parse({
    sourceDirs: [path.join(root, 'sources')],
    confDir: path.join(root, 'net.d'),
    socket: path.join(root, 'cri.sock'),
    stateDir: path.join(root, 'state'),
    evidence: { log: path.join(root, 'containerd.log'), ...evidence },
  })

async function keep(at: string, evidence: Record<string, unknown> = {}) {
  const value = {
    runtimeName: 'containerd',
    runtimeVersion: 'v2.1.9',
    runtimeApiVersion: 'v1',
    version: '',
  }
  const plugins = (await pluginProcesses()).filter(({ containerId }) => containerId === 'abc')
  return keepEvidence(
    config(evidence),
    {
      at: new Date(at),
      why: 'Status has been silent for 12 s behind a plugin that hangs',
      state: 'Status has been silent for 12 s while listings are answered',
      plugins,
    },
    {
      cri: {
        version: async () => ({
          ok: true,
          latencyMs: 1,
          value: { ...value, $typeName: 'runtime.v1.VersionResponse' },
        }),
      },
      clock: systemClock,
      signal: AbortSignal.timeout(10_000),
    },
  )
}

test('the doctor finds the cause in what is kept: the plugin, the lock behind it, the version', async () => {
  const folder = await keep('2026-11-29T14:00:00.000Z')
  const report = await consult([folder], {
    advisories: await loadAdvisories(),
    language: 'en',
    signal: AbortSignal.timeout(20_000),
  })
  const [node, ...others] = report.nodes
  expect(others).toEqual([])
  expect(node?.versions).toMatchObject([{ component: 'containerd', version: '2.1.9' }])
  const [first] = node?.findings ?? []
  expect(first).toMatchObject({ advisory: SLOW, sure: 'certain' })
  expect(first?.evidence.map(({ known }) => known)).toEqual(
    expect.arrayContaining([
      'goroutines-writer-behind-plugin',
      'status-silent',
      'plugin-process-hung',
    ]),
  )
})

test('configs are kept, and of other files only that they are there', async () => {
  const folder = await keep('2026-11-29T14:00:01.000Z')
  const names = await readdir(folder, { recursive: true })
  expect(names.toSorted()).toEqual([
    '0-net.d',
    '0-net.d.txt',
    '0-net.d/05-cilium.conflist',
    '1-sources.txt',
    'containerd.log',
    'evidence.json',
    'goroutines.txt',
  ])
  const listing = await readFile(path.join(folder, '0-net.d.txt'), 'utf8')
  expect(listing).toMatch(/ 15 multus\.d\/multus\.kubeconfig$/m)
})

test('what cannot be had is said, and the rest is kept', async () => {
  const folder = await keep('2026-11-29T14:00:02.000Z', {
    log: path.join(root, 'no.log'),
    dump: false,
  })
  const text = await readFile(path.join(folder, 'evidence.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({
    why: 'Status has been silent for 12 s behind a plugin that hangs',
    plugins: [{ plugin: 'sleep', verb: 'ADD', cmdline: ['sleep', '60'], parent: runtime }],
    problems: [expect.stringMatching(/^no log: ENOENT/)],
  })
  expect(await readdir(folder)).not.toContain('goroutines.txt')
})

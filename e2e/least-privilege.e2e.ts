import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { serveCri } from '../packages/cri/src/index.ts'
import { BIN, unable, until } from './support.ts'

/** Starts the CLI with these capabilities and no other, which it cannot gain either. */
function startWith(capabilities: readonly string[], argv: readonly string[]) {
  const kept = ['-all', ...capabilities.map((name) => `+${name}`)].join(',')
  const limits = ['--no-new-privs', `--bounding-set=${kept}`, `--inh-caps=${kept}`]
  const child = spawn('setpriv', [...limits, process.execPath, BIN, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      written.text += chunk.toString()
    })
  }
  return { child, written }
}

test.skipIf(unable !== undefined).concurrent.each([
  ['lint', ['lint', '/nonexistent', '--runtime', 'containerd@2.1.9'], 1],
  ['doctor', ['doctor', path.resolve('tests/evidence/seed-incident')], 1],
  ['advisories', ['advisories', 'list'], 0],
  ['lab check', ['lab', 'check', 'slow-add-reload'], 0],
] as const)('%s does its work without any capability', async (_, argv, code) => {
  const { child, written } = startWith([], argv)
  const [ended] = await once(child, 'close')
  expect(ended, written.text).toBe(code)
})

/** Of the DaemonSet (deploy.test.ts holds the manifests to it). */
const OF_AGENT = ['sys_ptrace', 'kill'] as const
const READY = ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true }))
const PLUGIN = '#!/bin/sh\necho \'{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}\'\n'

test.skipIf(unable !== undefined)(
  'with what the DaemonSet grants, the agent publishes, and ends a plugin that has more than it has',
  async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-privilege-'))
    const at = (name: string) => path.join(dir, name)
    for (const folder of ['sources', 'bin']) await mkdir(at(folder))
    for (const plugin of ['bridge', 'loopback']) {
      await writeFile(at(`bin/${plugin}`), PLUGIN, { mode: 0o755 })
    }
    const conf = '{"cniVersion":"1.0.0","name":"a","plugins":[{"type":"bridge"}]}'
    await writeFile(at('sources/10-a.conflist'), conf)
    const config = {
      sourceDirs: [at('sources')],
      confDir: at('run/net.d'),
      binDirs: [at('bin')],
      socket: at('cri.sock'),
      stateDir: at('state'),
      statusFile: at('run/status.json'),
      publish: { staged: false, settle: 50, waitForPlugins: 0, waitForHung: 0 },
      watchdog: { every: 200, timeout: 400, hungAfter: 1000, bootGrace: 0 },
      evidence: { dump: false },
    }
    await writeFile(at('agent.yaml'), JSON.stringify(config))
    const spoken = Promise.withResolvers<void>()
    let silence = Promise.resolve()
    const runtime = {
      status: async () => {
        await silence
        return { status: { conditions: READY }, info: {} }
      },
      version: () => ({ runtimeName: 'containerd', runtimeVersion: '2.1.9' }),
      listPodSandbox: () => ({ items: [] }),
    }
    await using _cri = await serveCri(at('cri.sock'), { runtime, image: {} })
    const { child, written } = startWith(OF_AGENT, ['agent', 'run', '--config', at('agent.yaml')])
    // With all that root has, as runtimes start plugins.
    const env = { ...process.env, CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'fairlead-privilege' }
    const plugin = spawn('sleep', ['60'], { env, stdio: 'ignore' })
    const ended = once(plugin, 'exit')
    try {
      await until(() => written.text.includes('published: a comes'))
      silence = spoken.promise
      await ended
      expect(written.text).toContain('ending plugins: ')
    } finally {
      spoken.resolve()
      plugin.kill('SIGKILL')
      child.kill('SIGKILL')
      await once(child, 'close')
      await rm(dir, { recursive: true })
    }
  },
  50_000,
)

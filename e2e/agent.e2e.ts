import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pluginProcesses } from '../packages/fairlead/src/plugin-processes.ts'
import { reportSchema } from '../packages/fairlead/src/lab/report/report-schema.ts'
import { systemClock, waitUntil } from '../packages/fairlead/src/ports.ts'
import { BIN, fairlead, unable } from './support.ts'

/** More of them: FAIRLEAD_AGENT_KILLS=200. */
const KILLS = Number(process.env['FAIRLEAD_AGENT_KILLS'] ?? 25)
const KILLS_TIMEOUT_MS = 60_000 + KILLS * 10_000
const PLUGIN = `[ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}'
exit 0
`

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-agent-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test(
  `an agent that is killed ${KILLS} times at any moment leaves a conf dir that is whole each time, and catches up`,
  async () => {
    const node = await makeNode(path.join(dir, 'killed'))
    let least = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      await node.write('05-cilium.conflist', conf('cilium', kill))
      await node.write('10-bridge.conflist', conf('bridge', kill))
      const agent = node.start()
      // One in four while it starts, the others spread over its first look and its publishing, however long the
      // machine takes to start it.
      if (kill % 4 !== 0) await once(agent.stderr, 'data')
      await systemClock.sleep((kill * 97) % 900)
      agent.kill('SIGKILL')
      await once(agent, 'exit')
      const texts = await node.published()
      for (const text of texts.values()) expect(() => JSON.parse(text)).not.toThrow()
      for (const text of texts.values()) expect(node.written.has(text)).toBe(true)
      expect(texts.size).toBeGreaterThanOrEqual(least)
      // Once there is a network, there is one for ever.
      least = Math.max(least, Math.min(texts.size, 1))
    }
    expect(least).toBe(1)
    const wanted = new Map([
      ['05-cilium.conflist', conf('cilium', KILLS)],
      ['10-bridge.conflist', conf('bridge', KILLS)],
    ])
    for (const [file, text] of wanted) await node.write(file, text)
    const agent = node.start()
    const same = async () => isDeepStrictEqual(await node.published(), wanted)
    expect(await waitUntil(same, { clock: systemClock, everyMs: 100, timeoutMs: 20_000 })).toBe(
      true,
    )
    agent.kill('SIGTERM')
    const [code] = await once(agent, 'exit')
    expect(code).toBe(0)
    expect(await same()).toBe(true)
  },
  KILLS_TIMEOUT_MS,
)

test.skipIf(unable !== undefined)(
  'plugins of this node are seen, and those of a node within it are not',
  async () => {
    const env = { ...process.env, CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'abc' }
    const own = spawn('sleep', ['60'], { env })
    const nested = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sleep', '61'], { env })
    try {
      // unshare itself is in this namespace; what it runs is not.
      const seen = async () => {
        const running = await pluginProcesses()
        return running.filter(({ containerId }) => containerId === 'abc')
      }
      const both = async () => (await seen()).length === 2
      await waitUntil(both, { clock: systemClock, everyMs: 20, timeoutMs: 5_000 })
      expect((await seen()).map(({ process }) => process.pid)).toEqual([own.pid, nested.pid])
    } finally {
      own.kill('SIGKILL')
      nested.kill('SIGKILL')
    }
  },
)

test('a plugin that takes 4 s to be looked at, as on a node that boots under load, gets its network', async () => {
  const node = await makeNode(path.join(dir, 'slow'), `[ "$CNI_COMMAND" = VERSION ] && sleep 4`)
  await node.write('05-cilium.conflist', conf('cilium', 1500))
  const agent = node.start()
  const isThere = async () => (await node.published()).has('05-cilium.conflist')
  expect(await waitUntil(isThere, { clock: systemClock, everyMs: 100, timeoutMs: 30_000 })).toBe(
    true,
  )
  agent.kill('SIGTERM')
  await once(agent, 'exit')
}, 60_000)

test.skipIf(unable !== undefined)(
  'behind the agent a real containerd stays Ready where it does not without, loads once for each publication, and waits for a plugin that hangs until that is ended alone',
  async () => {
    const report = path.join(dir, 'report')
    const scenarios = [
      'slow-add-reload',
      'malformed-first-conf',
      'hung-status-reload',
      'stray-write',
    ]
    const { out } = await fairlead(
      // prettier-ignore
      [
        'lab', 'run', '--guard', '--runtime', 'containerd@debian:forky', '--jobs', '8',
        ...scenarios.flatMap((name) => ['--scenario', name]), '--report', report, '-o', 'json',
      ],
      dir,
    )
    const { trials } = reportSchema.parse(JSON.parse(out))
    const told = trials.map(({ runtime, scenario, verdict }) => [
      `${runtime} ${scenario}`,
      verdict.word,
    ])
    expect(Object.fromEntries(told)).toEqual({
      'containerd@debian:forky hung-status-reload': 'stall',
      'containerd@debian:forky malformed-first-conf': 'flap',
      'containerd@debian:forky slow-add-reload': 'stall',
      'containerd@debian:forky stray-write': 'stall',
      'containerd@debian:forky, guarded hung-status-reload': 'pass',
      'containerd@debian:forky, guarded malformed-first-conf': 'pass',
      'containerd@debian:forky, guarded slow-add-reload': 'pass',
      'containerd@debian:forky, guarded stray-write': 'pass',
    })
    for (const trial of trials.filter(({ runtime }) => runtime.endsWith('guarded'))) {
      const log = await readFile(path.join(report, trial.files.runtimeLog), 'utf8')
      const agentLog = await readFile(agentLogOf(trial), 'utf8')
      const isStrayWrite = trial.scenario === 'stray-write'
      const ended = [...agentLog.matchAll(/^ending plugins: .* hangs: (.*) \(pid/gm)]
      expect(ended.map(([, plugin]) => plugin)).toEqual(isStrayWrite ? ['cilium-cni ADD'] : [])
      if (isStrayWrite) continue
      expect(count(log, /receiving change event/g)).toBe(count(agentLog, /^published:/gm))
    }

    function agentLogOf({ files }: (typeof trials)[number]): string {
      return path.join(report, files.runtimeLog.replace(/\.log$/, '.agent.log'))
    }
  },
  300_000,
)

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0
}

/** `first` is what its plugins do first. */
async function makeNode(root: string, first = '') {
  const sources = path.join(root, 'sources')
  const published = path.join(root, 'run/net.d')
  const bin = path.join(root, 'bin')
  for (const folder of [sources, bin]) await mkdir(folder, { recursive: true })
  for (const plugin of ['bridge', 'loopback']) {
    await writeFile(path.join(bin, plugin), `#!/bin/sh\n${first}\n${PLUGIN}`, { mode: 0o755 })
  }
  const config = path.join(root, 'agent.yaml')
  const text = JSON.stringify({
    sourceDirs: [sources],
    confDir: published,
    binDirs: [bin],
    socket: path.join(root, 'no.sock'),
    stateDir: path.join(root, 'state'),
    statusFile: path.join(root, 'run/status.json'),
    // Plugins that other tests run are none of this.
    publish: { staged: false, settle: 50, waitForPlugins: 0, waitForHung: 0 },
  })
  await writeFile(config, text)
  const written = new Set<string>()
  return {
    written,
    write: async (file: string, content: string) => {
      written.add(content)
      await writeFile(path.join(sources, `${file}.tmp`), content)
      await rename(path.join(sources, `${file}.tmp`), path.join(sources, file))
    },
    published: async () => {
      const names = await readdir(published).catch(() => [])
      const files = names.filter((name) => name.endsWith('.conflist'))
      return new Map(
        await Promise.all(
          files.map(
            async (name) => [name, await readFile(path.join(published, name), 'utf8')] as const,
          ),
        ),
      )
    },
    start: () =>
      spawn(process.execPath, [BIN, 'agent', 'run', '--config', config], {
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
  }
}

function conf(name: string, mtu: number): string {
  return JSON.stringify({ cniVersion: '0.4.0', name, plugins: [{ type: 'bridge', mtu }] })
}

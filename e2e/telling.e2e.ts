import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { serveCri } from '@fairlead/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commandOf } from '../packages/fairlead/src/agent/install/this-node.ts'
import { unitFiles } from '../packages/fairlead/src/agent/install/units.ts'
import { systemClock, waitUntil } from '../packages/fairlead/src/ports.ts'
import { unable } from './support.ts'

/** More of them: FAIRLEAD_AGENT_IDLE_S=600. */
const IDLE_S = Number(process.env['FAIRLEAD_AGENT_IDLE_S'] ?? 4)
const MEBIBYTE = 1024 * 1024
const PLUGIN = `#!/bin/sh
[ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}'
exit 0
`
// Stands for systemd: a socket of datagrams, each of which becomes a line.
const MANAGER = `
use Socket;
socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die;
bind($s, sockaddr_un($ARGV[0])) or die;
$| = 1;
print "listening\\n";
while (defined recv($s, my $text, 4096, 0)) { $text =~ s/\\n/ /g; print "$text\\n"; }
`

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-telling-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

test.skipIf(unable !== undefined)(
  'systemd hears that the agent is ready, how it is and that it lives; who asks over HTTP gets metrics; it takes little memory',
  async () => {
    let isReady = true
    const condition = (type: string) => ({ type, status: isReady, reason: 'R', message: 'M' })
    await using _runtime = await serveCri(path.join(dir, 'cri.sock'), {
      runtime: {
        version: () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.1.9' }),
        status: () => ({ status: { conditions: ['RuntimeReady', 'NetworkReady'].map(condition) } }),
        listPodSandbox: () => ({ items: [] }),
      },
      image: {},
    })
    const socket = path.join(dir, 'notify')
    const manager = spawn('perl', ['-e', MANAGER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
    let told = ''
    manager.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString()
    })
    const agent = await startAgent(socket, () => told.includes('listening'))
    try {
      await until(() => /^WATCHDOG=1 ?$/m.test(told))
      await until(() => told.includes('STATUS=runtime ready; published: 05-cilium.conflist'))
      expect(told).toMatch(/^READY=1 ?$/m)

      await systemClock.sleep(IDLE_S * 1000)
      const text = await (await ask('/metrics')).text()
      expect(valueOf(text, 'fairlead_agent_runtime_state{state="ready"}')).toBe(1)
      expect(valueOf(text, 'fairlead_agent_publications_total{result="published"}')).toBe(1)
      const memory = valueOf(text, 'process_resident_memory_bytes') / MEBIBYTE
      const cpu = valueOf(text, 'process_cpu_seconds_total')
      // 77 here; 80 MB are what an agent may have.
      expect(memory).toBeLessThan(90)
      process.stderr.write(`the agent: ${memory.toFixed(0)} MiB, ${cpu.toFixed(2)} s of CPU\n`)
      expect((await ask('/healthz')).status).toBe(200)
      expect((await ask('/readyz')).status).toBe(200)

      isReady = false
      await until(async () => (await ask('/readyz')).status === 503)
      expect(await (await ask('/readyz')).text()).toMatch(/^\[-\]runtime: .*R: M/)
      await until(() => told.includes('STATUS=runtime not-ready'))
    } finally {
      agent.kill('SIGTERM')
      await once(agent, 'exit')
      await until(() => /^STOPPING=1 ?$/m.test(told))
      manager.kill('SIGKILL')
    }
  },
  60_000 + IDLE_S * 1000,
)

test.skipIf(unable !== undefined)('systemd takes the units', async () => {
  const units = [...unitFiles()].filter(([name]) => name.endsWith('.service'))
  for (const [name, text] of units) {
    const unit = path.join(dir, name)
    await writeFile(unit, text)
    const verified = promisify(execFile)('systemd-analyze', ['verify', '--man=no', unit])
    expect(await verified).toMatchObject({ stdout: '', stderr: '' })
  }
})

const ADDRESS = '127.0.0.1:19809'

async function startAgent(socket: string, isManaged: () => boolean): Promise<ChildProcess> {
  const [sources, bin] = [path.join(dir, 'sources'), path.join(dir, 'bin')]
  for (const folder of [sources, bin]) await mkdir(folder, { recursive: true })
  for (const plugin of ['bridge', 'loopback']) {
    await writeFile(path.join(bin, plugin), PLUGIN, { mode: 0o755 })
  }
  const conf = { cniVersion: '0.4.0', name: 'cilium', plugins: [{ type: 'bridge' }] }
  await writeFile(path.join(sources, '05-cilium.conflist'), JSON.stringify(conf))
  const config = path.join(dir, 'agent.yaml')
  const settings = {
    sourceDirs: [sources],
    confDir: path.join(dir, 'run/net.d'),
    binDirs: [bin],
    socket: path.join(dir, 'cri.sock'),
    stateDir: path.join(dir, 'state'),
    statusFile: path.join(dir, 'run/status.json'),
    // Others' plugins on this machine do not count.
    publish: { settle: 50, waitForPlugins: 0, waitForHung: 0 },
    http: { address: ADDRESS },
  }
  await writeFile(config, JSON.stringify(settings))
  await until(isManaged)
  const env = { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' }
  const [program = '', ...args] = commandOf('/')
  return spawn(program, [...args, 'agent', 'run', '--config', config], { env, stdio: 'ignore' })
}

function ask(what: string): Promise<Response> {
  return fetch(`http://${ADDRESS}${what}`, { signal: AbortSignal.timeout(5_000) })
}

function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1))
}

async function until(ready: () => boolean | Promise<boolean>): Promise<void> {
  const options = { clock: systemClock, everyMs: 100, timeoutMs: 20_000 }
  expect(await waitUntil(ready, options)).toBe(true)
}

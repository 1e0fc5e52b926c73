import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveCri } from '../packages/cri/src/index.ts'
import type { ClusterAccess } from '../packages/fairlead/src/kube/access.ts'
import type { KubeApi } from '../packages/fairlead/src/kube/api.ts'
import { connectKube } from '../packages/fairlead/src/kube/http-api.ts'
import { MemoryApiServer } from '../packages/fairlead/src/kube/memory-api.ts'
import { EVENTS, NODES } from '../packages/fairlead/src/kube/resources.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { serveKube } from '../tests/kube-server.ts'
import { ASSETS, startApiServer } from './api-server.ts'
import { BIN, unable, until } from './support.ts'

const CALL = { timeoutMs: 10_000 }
const NODE = 'worker-1'
const PLUGIN = `#!/bin/sh
[ "$CNI_COMMAND" = VERSION ] && echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}'
exit 0
`
/** Of no other process on the machine. */
const HANGS = ['sleep', '86413']

describe.skipIf(unable !== undefined)(
  `an agent with ${ASSETS === undefined ? 'an API server in memory' : 'a real API server'}`,
  () => {
    const stack = new AsyncDisposableStack()
    let dir: string
    let access: ClusterAccess
    let admin: KubeApi

    beforeAll(async () => {
      dir = await mkdtemp(path.join(tmpdir(), 'fairlead-agent-cluster-'))
      stack.defer(() => rm(dir, { recursive: true, force: true }))
      if (ASSETS === undefined) {
        const memory = new MemoryApiServer({ wallMs: () => Date.now() })
        const server = stack.use(await serveKube(memory))
        access = { server: server.url, credentials: async () => ({}) }
      } else access = stack.use(await startApiServer(ASSETS)).access('admin')
      admin = stack.use(connectKube(access))
    })
    afterAll(() => stack.disposeAsync())

    test('tells of a plugin that hangs and of its end, and the runtime is Ready again', async () => {
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE } }
      expect(await admin.create(NODES, node, CALL)).toMatchObject({ ok: true })
      const runtime = { hangs: false }
      const answered = async () => {
        while (runtime.hangs) await systemClock.sleep(50)
      }
      await using _cri = await serveCri(path.join(dir, 'cri.sock'), {
        runtime: {
          status: async () => {
            await answered()
            const conditions = ['RuntimeReady', 'NetworkReady'].map((type) => ({
              type,
              status: true,
            }))
            return { status: { conditions } }
          },
          listPodSandbox: () => ({ items: [] }),
          version: () => ({ runtimeName: 'containerd', runtimeVersion: '2.1.9' }),
        },
        image: {},
      })
      const agent = await startAgent(dir, access)
      try {
        await until(async () => (await condition())?.status === 'True')
        runtime.hangs = true
        await until(async () => (await condition())?.reason === 'RuntimeNotReady')
        await until(async () => (await messages()).length > 0)
        expect(isRunning()).toBe(false)
        runtime.hangs = false
        expect(await messages()).toEqual([
          expect.stringMatching(
            /^Status has been silent for \d+ s behind a plugin that hangs: sleep ADD \(pid \d+, \d+ s, sandbox 0123456789ab\); evidence on the node in \//,
          ),
        ])
        await until(async () => (await condition())?.status === 'True')
      } finally {
        // unshare passes on no other signal.
        agent.kill('SIGKILL')
        await once(agent, 'exit')
      }
    })

    async function condition() {
      const node = await admin.get({ resource: NODES, name: NODE }, CALL)
      const { conditions = [] } = (node.ok ? (node.value.status ?? {}) : {}) as {
        conditions?: { type: string; status: string; reason: string }[]
      }
      return conditions.find(({ type }) => type === 'FairleadNetworkReady')
    }

    async function messages() {
      const fieldSelector = `involvedObject.name=${NODE},reason=HungPluginEnded`
      const events = await admin.list(EVENTS, { namespace: 'default', fieldSelector }, CALL)
      return events.ok ? events.value.items.map(({ message }) => message) : []
    }
  },
)

/** In a pid namespace of its own, with a plugin that does not end: others' plugins are none of its. */
async function startAgent(dir: string, access: ClusterAccess): Promise<ChildProcess> {
  const at = (name: string) => path.join(dir, name)
  for (const folder of ['sources', 'bin']) await mkdir(at(folder))
  for (const plugin of ['bridge', 'loopback']) {
    await writeFile(at(`bin/${plugin}`), PLUGIN, { mode: 0o755 })
  }
  const list = { cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'bridge' }] }
  await writeFile(at('sources/10-pods.conflist'), JSON.stringify(list))
  const { token } = await access.credentials({ refused: false, signal: AbortSignal.timeout(1) })
  const ca = access.ca === undefined ? {} : { 'certificate-authority-data': btoa(access.ca) }
  const kubeconfig = {
    clusters: [{ name: 'a', cluster: { server: access.server, ...ca } }],
    users: [{ name: 'a', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  }
  await writeFile(at('kubeconfig'), JSON.stringify(kubeconfig))
  const config = {
    sourceDirs: [at('sources')],
    confDir: at('net.d'),
    binDirs: [at('bin')],
    socket: at('cri.sock'),
    stateDir: at('state'),
    statusFile: at('status.json'),
    publish: { staged: false, settle: 50, waitForPlugins: 0, waitForHung: 0 },
    watchdog: { every: 200, timeout: 2_000, hungAfter: 2_500 },
    kubernetes: { nodeName: NODE, kubeconfig: at('kubeconfig') },
  }
  await writeFile(at('agent.yaml'), JSON.stringify(config))
  const script = `CNI_COMMAND=ADD CNI_CONTAINERID=0123456789abcdef ${HANGS.join(' ')} & exec "$0" "$@"`
  const agent = [process.execPath, BIN, 'agent', 'run', '--config', at('agent.yaml')]
  const own = ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script]
  return spawn('unshare', [...own, ...agent], { stdio: 'ignore' })
}

function isRunning(): boolean {
  const wanted = `${HANGS.join('\0')}\0`
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8') === wanted
    } catch {
      // It has ended since it was listed.
      return false
    }
  })
}

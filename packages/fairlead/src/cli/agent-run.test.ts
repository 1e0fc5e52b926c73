import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { serveCri } from '@fairlead/cri'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveKube } from '../../../../tests/kube-server.ts'
import { MemoryApiServer } from '../kube/memory-api.ts'
import { NODES, PODS } from '../kube/resources.ts'
import { systemClock, waitUntil } from '../ports.ts'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-agent-run-'))
  await mkdir(path.join(dir, 'folder'))
  await writeFile(path.join(dir, 'file'), '')
  await symlink(path.join(dir, 'folder'), path.join(dir, 'link'))
})
afterAll(() => rm(dir, { recursive: true }))

test.each([
  ['stateDir', 'file/state', 'ENOTDIR: not a directory'],
  ['statusFile', 'file/status/agent.json', 'ENOTDIR: not a directory'],
  ['confDir', 'link', 'it is a link, and the runtime may end when it changes.'],
  ['confDir', 'file', 'it is no folder.'],
])('a %s that cannot be used, %s, is told with why and what to do', async (key, at, why) => {
  const config = path.join(dir, 'agent.yaml')
  const usable = {
    sourceDirs: [path.join(dir, 'sources')],
    confDir: path.join(dir, 'net.d'),
    stateDir: path.join(dir, 'state'),
    statusFile: path.join(dir, 'run/agent.json'),
  }
  await writeFile(config, JSON.stringify({ ...usable, [key]: path.join(dir, at) }))
  const { code, err } = await runInProcess(['agent', 'run', '--config', config])
  expect(code).toBe(2)
  const folder = path.join(dir, key === 'statusFile' ? path.dirname(at) : at)
  expect(err).toContain(`error: ${folder} cannot be used: ${why}`)
  expect(err).toContain(
    `The agent writes there, as root: mend the folder, or name another as ${key} in its config.`,
  )
})

test('with an API server the agent keeps the condition of its Node, and shows pods that were started too early', async () => {
  const memory = new MemoryApiServer({ wallMs: () => Date.now() })
  memory.seed(NODES, { metadata: { name: 'worker-1' } })
  memory.seed(PODS, {
    metadata: {
      name: 'late',
      namespace: 'web',
      annotations: { 'k8s.v1.cni.cncf.io/networks': 'macvlan' },
    },
    spec: { nodeName: 'worker-1' },
    status: { phase: 'Running', startTime: '2026-11-29T11:00:00Z' },
  })
  await using server = await serveKube(memory)
  const at = (name: string) => path.join(dir, 'joined', name)
  await mkdir(at('sources'), { recursive: true })
  const kubeconfig = {
    clusters: [{ name: 'a', cluster: { server: server.url } }],
    contexts: [{ name: 'a', context: { cluster: 'a' } }],
    'current-context': 'a',
  }
  await writeFile(at('kubeconfig'), JSON.stringify(kubeconfig))
  const config = {
    sourceDirs: [at('sources')],
    confDir: at('net.d'),
    stateDir: at('state'),
    statusFile: at('agent.json'),
    socket: at('none.sock'),
    kubernetes: { nodeName: 'worker-1', kubeconfig: at('kubeconfig') },
  }
  await writeFile(at('agent.yaml'), JSON.stringify(config))
  const stop = new AbortController()
  const argv = ['agent', 'run', '--config', at('agent.yaml')]
  const running = runInProcess(argv, { signal: stop.signal })
  const onNode = () => JSON.stringify(memory.store.objects(NODES).get('worker-1')?.status)
  const status = () => runInProcess(['agent', 'status', '--file', at('agent.json')])
  const isTold = async () => (await status()).out.includes('Started too early')
  await waitUntil(async () => onNode() !== undefined && (await isTold()), {
    clock: systemClock,
    everyMs: 50,
    timeoutMs: 20_000,
  })
  stop.abort()
  expect(await running).toMatchObject({ code: 0 })
  expect(onNode()).toContain('"FairleadNetworkReady"')
  expect(onNode()).toContain('There is no network in the source dirs.')
  expect((await status()).out).toContain('Started too early: pod web/late lacks web/macvlan\n')
}, 30_000)

test('by option it makes a pod of its own and removes it, and says what that came to', async () => {
  const at = (name: string) => path.join(dir, 'probing', name)
  await mkdir(at('sources'), { recursive: true })
  let isRemoved = false
  await using _runtime = await serveCri(at('cri.sock'), {
    image: {},
    runtime: {
      status: () => ({
        status: {
          conditions: [
            { type: 'RuntimeReady', status: true },
            { type: 'NetworkReady', status: true },
          ],
        },
      }),
      listPodSandbox: () => ({}),
      runPodSandbox: () => ({ podSandboxId: 'p' }),
      podSandboxStatus: () => ({ status: { id: 'p', network: { ip: '10.0.0.2' } } }),
      stopPodSandbox: () => ({}),
      removePodSandbox: () => {
        isRemoved = true
        return {}
      },
    },
  })
  const config = {
    sourceDirs: [at('sources')],
    confDir: at('net.d'),
    stateDir: at('state'),
    statusFile: at('agent.json'),
    socket: at('cri.sock'),
    kubernetes: { nodeName: 'worker-1', kubeconfig: at('none'), probe: { every: '1m' } },
  }
  await writeFile(at('agent.yaml'), JSON.stringify(config))
  const stop = new AbortController()
  const argv = ['agent', 'run', '--config', at('agent.yaml')]
  const running = runInProcess(argv, { signal: stop.signal })
  await waitUntil(() => isRemoved, { clock: systemClock, everyMs: 20, timeoutMs: 20_000 })
  // The answer has to come back.
  await systemClock.sleep(100)
  stop.abort()
  expect((await running).err).toContain('the probe has made a pod and removed it\n')
}, 30_000)

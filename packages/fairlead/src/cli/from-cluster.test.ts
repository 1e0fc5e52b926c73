import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'
import { type KubeServer, serveKube } from '../../../../tests/kube-server.ts'
import { MemoryApiServer } from '../kube/memory-api.ts'
import type { PolicyRule } from '../kube/rbac.ts'
import { EVENTS, LEASES, NODES, PODS } from '../kube/resources.ts'

const DEADLOCK = 'containerd-go-cni-recursive-rlock-deadlock'
const TOO_EARLY = 'multus-not-yet-active-pods-miss-interfaces'

let memory: MemoryApiServer
let server: KubeServer
let folder: string
let kubeconfig: string

beforeEach(async () => {
  memory = new MemoryApiServer({ wallMs: () => Date.parse('2026-11-29T12:00:00Z') })
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cluster-'))
  await serve()
})

afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('the doctor names what a cluster tells of its nodes, each for itself', async () => {
  node('worker-1', '2.0.1', 'False')
  node('worker-2', '2.3.4', 'True')
  memory.seed(LEASES, {
    metadata: { name: 'worker-1', namespace: 'kube-node-lease' },
    spec: { holderIdentity: 'worker-1', renewTime: '2026-11-29T11:59:55.000000Z' },
  })
  pod('late', 'worker-2', undefined)
  pod('complete', 'worker-2', '[{"name":"web/macvlan"}]')
  const { code, out, err } = await run('doctor')
  expect(err).toBe('')
  expect(code).toBe(1)
  const [first = '', second = ''] = out.split(/^worker-2/m)
  expect(first).toContain('worker-1  (containerd 2.0.1, kubernetes 1.32.0)')
  expect(first).toContain(DEADLOCK)
  expect(first).toContain(
    "kubelet has renewed the node's lease for 595 s since the node is not Ready",
  )
  expect(second).toContain(TOO_EARLY)
  expect(second).toContain('pod web/late runs without web/macvlan, for which it asks')
  expect(second).toContain('pods/web/late')
  expect(out).not.toContain('web/complete runs')
  expect(out).toMatch(
    /^ {2}cluster http.* {2}\(cluster: nodes: 2, leases: 1, pods: 2, events: 0\)$/m,
  )
})

test('one node can be looked at alone', async () => {
  node('worker-1', '2.0.1', 'False')
  node('worker-2', '2.3.4', 'True')
  memory.seed(EVENTS, {
    metadata: { name: 'e', namespace: 'web' },
    involvedObject: { kind: 'Pod', name: 'late' },
    reason: 'FailedCreatePodSandBox',
    message: 'plugin type="x" failed (add): failed to find plugin "x" in path [/opt/cni/bin]',
    source: { component: 'kubelet', host: 'worker-2' },
  })
  const { out } = await run('doctor', '--node', 'worker-2', '-o', 'json')
  expect(out).toContain('worker-2')
  expect(out).not.toContain('worker-1')
  expect(out).toContain('failed to find plugin')
})

test('what may not be read is told, and the rest is looked at', async () => {
  node('worker-1', '2.0.1', 'False')
  await serve([{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }])
  const { out } = await run('doctor')
  expect(out).toContain(DEADLOCK)
  expect(out).toMatch(/pods: .*cannot list resource "pods"/)
})

test('advisories are checked for what runs in the cluster', async () => {
  node('worker-1', '2.0.1', 'True')
  pod('multus', 'worker-1', undefined, 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4-thick')
  const { code, out } = await run('advisories', 'check', '-o', 'json')
  expect(code).toBe(1)
  expect(JSON.parse(out)).toMatchObject({
    versions: [
      { component: 'containerd', version: '2.0.1' },
      { component: 'kubernetes', version: '1.32.0' },
      { component: 'multus', version: '4.1.4-thick' },
    ],
  })
  expect(out).toContain(DEADLOCK)
  const given = await run('advisories', 'check', '--containerd', '2.3.4')
  expect(given.out).not.toContain(DEADLOCK)
})

test('nodes that differ are checked one combination after the other', async () => {
  for (const name of ['a', 'b', 'c', 'd']) node(name, '2.3.4', 'True')
  node('old', '2.0.1', 'True')
  const { out } = await run('advisories', 'check')
  const [, first = '', second = ''] = out.split(/^# /m)
  expect(first).toMatch(/^a, b, c and 1 more\n/)
  expect(first).not.toContain(DEADLOCK)
  expect(second).toMatch(/^old\n/)
  expect(second).toContain(DEADLOCK)
  const json = await run('advisories', 'check', '-o', 'json')
  expect(json.code).toBe(2)
  expect(json.err).toContain('The nodes differ in what they run: a, b, c and 1 more; old.')
  expect((await run('advisories', 'check', '-o', 'json', '--node', 'old')).out).toContain(DEADLOCK)
})

test('a cluster that does not answer is told with exit code 3', async () => {
  await writeFile(kubeconfig, kubeconfigOf('http://127.0.0.1:1'))
  const { code, err } = await run('doctor')
  expect(code).toBe(3)
  expect(err).toContain(
    'http://127.0.0.1:1: GET http://127.0.0.1:1/api/v1/nodes: connect ECONNREFUSED',
  )
})

test('a node that is not there, and flags of a cluster without one, are refused', async () => {
  node('worker-1', '2.0.1', 'True')
  const absent = await run('doctor', '--node', 'worker-9')
  expect(absent.code).toBe(3)
  expect(absent.err).toContain('has no node worker-9')
  const alone = await runInProcess(['doctor', '--node', 'worker-1'])
  expect(alone).toMatchObject({
    code: 2,
    err: expect.stringContaining('Give --from-cluster, too.'),
  })
})

async function serve(rules?: readonly PolicyRule[]): Promise<void> {
  if (rules !== undefined) await server[Symbol.asyncDispose]()
  server = await serveKube(memory, { tokens: { '': rules === undefined ? {} : { rules } } })
  kubeconfig = path.join(folder, 'config')
  await writeFile(kubeconfig, kubeconfigOf(server.url))
}

function run(...argv: readonly string[]) {
  return runInProcess([...argv, '--from-cluster', '--kubeconfig', kubeconfig])
}

function kubeconfigOf(url: string): string {
  return JSON.stringify({
    clusters: [{ name: 'a', cluster: { server: url } }],
    contexts: [{ name: 'a', context: { cluster: 'a' } }],
    'current-context': 'a',
  })
}

function node(name: string, containerd: string, ready: string): void {
  const [reason, message] =
    ready === 'True'
      ? ['KubeletReady', 'kubelet is posting ready status']
      : ['KubeletNotReady', 'container runtime is down']
  memory.seed(NODES, {
    metadata: { name },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: ready,
          reason,
          message,
          lastTransitionTime: '2026-11-29T11:50:00Z',
        },
      ],
      nodeInfo: {
        containerRuntimeVersion: `containerd://${containerd}`,
        kubeletVersion: 'v1.32.0',
        osImage: 'Debian GNU/Linux 13',
      },
    },
  })
}

function pod(name: string, nodeName: string, status: string | undefined, image = 'nginx:1'): void {
  memory.seed(PODS, {
    metadata: {
      name,
      namespace: 'web',
      annotations: {
        'k8s.v1.cni.cncf.io/networks': 'macvlan',
        ...(status !== undefined && { 'k8s.v1.cni.cncf.io/network-status': status }),
      },
    },
    spec: { nodeName, containers: [{ name: 'web', image }] },
    status: { phase: 'Running', containerStatuses: [] },
  })
}

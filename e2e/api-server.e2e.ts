import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { clusterConfigSchema } from '../packages/fairlead/src/agent/cluster/config.ts'
import { joinCluster } from '../packages/fairlead/src/agent/cluster/join.ts'
import { CONDITION_TYPE } from '../packages/fairlead/src/agent/cluster/node-condition.ts'
import { loadAdvisories } from '../packages/fairlead/src/advisories/advisory-files.ts'
import { consult } from '../packages/fairlead/src/doctor/doctor.ts'
import type { KubeApi, KubeObject, Resource } from '../packages/fairlead/src/kube/api.ts'
import { connectKube } from '../packages/fairlead/src/kube/http-api.ts'
import { EVENTS, NODES, PODS } from '../packages/fairlead/src/kube/resources.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { SLOT, SLOT_RESULT, SLOT_TARGET } from '../packages/fairlead/src/upgrade/node-contract.ts'
import { kubeContract } from '../tests/kube-contract.ts'
import { ASSETS, NODE_USER, type RealApiServer, startApiServer } from './api-server.ts'
import { until } from './support.ts'

const CALL = { timeoutMs: 10_000 }
const AGENT = 'system:serviceaccount:kube-system:fairlead-agent'
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' }

describe.skipIf(ASSETS === undefined)('a real API server', () => {
  let server: RealApiServer
  let admin: KubeApi & Disposable

  beforeAll(async () => {
    server = await startApiServer(ASSETS ?? '', { agent: AGENT, kubelet: `${NODE_USER}own` })
    admin = connectKube(server.access('admin'))
  })

  afterAll(async () => {
    admin[Symbol.dispose]()
    await server[Symbol.asyncDispose]()
  })

  kubeContract(() => admin)

  test("lets a node's kubelet do what runtime-slot follow does, and nothing to another node", async () => {
    for (const name of ['own', 'other']) await newNode(admin, name)
    using kubelet = connectKube(server.access('kubelet'))
    const annotated = async (api: KubeApi, name: string, annotations: Record<string, string>) => {
      const patch = { metadata: { annotations } }
      return api.patch({ resource: NODES, name }, patch, { ...CALL, kind: 'merge' })
    }
    const said = { [SLOT]: '2.1.9', [SLOT_RESULT]: '{}' }
    expect(await annotated(kubelet, 'own', said)).toMatchObject({ ok: true })
    expect(await annotated(kubelet, 'other', said)).toMatchObject({
      error: { reason: 'forbidden' },
    })
    const own = { fieldSelector: 'metadata.name=own' }
    const listed = await kubelet.list(NODES, own, CALL)
    expect(listed).toMatchObject({ ok: true, value: { items: [{ metadata: { name: 'own' } }] } })
    const resourceVersion = listed.ok ? listed.value.resourceVersion : ''
    await annotated(admin, 'own', { [SLOT_TARGET]: '2.1.10' })
    const signal = AbortSignal.timeout(10_000)
    const events = []
    for await (const event of kubelet.watch(NODES, { ...own, resourceVersion }, signal)) {
      events.push(event)
      break
    }
    expect(events).toMatchObject([{ type: 'modified', object: { metadata: { name: 'own' } } }])
  })

  test('lets an agent with the roles in deploy/ do what it has to, and nothing else', async () => {
    const text = await readFile('deploy/kubernetes/agent-rbac.yaml', 'utf8')
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject
      const created = await admin.create(kindOf(object), object, CALL)
      expect(created, JSON.stringify(created)).toMatchObject({ ok: true })
    }
    for (const name of ['n1', 'n2']) await newNode(admin, name)
    await newLatePod(admin, 'early')
    using stranger = connectKube(server.access('agent'))
    const nodes = { resource: NODES, name: 'n2' }
    expect(await stranger.delete(nodes, CALL)).toMatchObject({ error: { reason: 'forbidden' } })

    const failures: unknown[] = []
    let isReady = true
    const cluster = joinCluster(
      clusterConfigSchema.parse({ nodeName: 'n1', minHealthy: 1, recreatePods: 'owned' }),
      {
        connect: async () => connectKube(server.access('agent')),
        networks: oneNetwork(),
        publisher: {
          status: () => ({ published: ['a.conf'], waiting: new Map(), quarantined: new Map() }),
        },
        runtime: () => ({ kind: isReady ? 'ready' : 'stalled', sinceMs: 0 }),
        isListening: async () => true,
        clock: systemClock,
        wallMs: () => Date.now(),
        onEvent: (event) => {
          if (event.type === 'cluster-failed') failures.push(event)
        },
      },
    )
    const stop = new AbortController()
    const running = cluster.run(stop.signal)
    const conditionIs = async (status: string) => {
      const node = await admin.get({ resource: NODES, name: 'n1' }, CALL)
      const { conditions } = (node.ok ? node.value.status : {}) as {
        conditions?: { type: string; status: string }[]
      }
      const types = conditions?.map((one) => `${one.type}=${one.status}`) ?? []
      return types.includes(`${CONDITION_TYPE}=${status}`) && types.includes('Ready=True')
    }
    await until(() => conditionIs('True'))
    await until(async () => {
      const pod = await admin.get({ resource: PODS, namespace: 'default', name: 'early' }, CALL)
      return pod.ok && pod.value.metadata.deletionTimestamp !== undefined
    })
    cluster.tell({
      type: 'repair',
      repair: { kind: 'restart', why: 'Status has been silent for 25 s' },
      evidence: '/var/lib/fairlead/agent/evidence/1',
      problems: [],
    })
    await until(async () => {
      const fieldSelector = 'involvedObject.name=n1,reason=RuntimeRestarted'
      const events = await admin.list(EVENTS, { namespace: 'default', fieldSelector }, CALL)
      return events.ok && events.value.items.length === 1
    })
    isReady = false
    await until(() => cluster.restartLeave().kind === 'granted')
    await until(() => conditionIs('False'))
    stop.abort()
    await running
    expect(failures).toEqual([])
  })

  test('is read by the doctor', async () => {
    await newNode(admin, 'n3')
    const options = { ...CALL, kind: 'strategic', subresource: 'status' } as const
    const ready = { type: 'Ready', status: 'False', reason: 'KubeletNotReady' }
    const conditions = [{ ...ready, message: 'container runtime is down' }]
    const nodeInfo = { containerRuntimeVersion: 'containerd://2.0.1' }
    const ref = { resource: NODES, name: 'n3' }
    const patched = await admin.patch(ref, { status: { conditions, nodeInfo } }, options)
    expect(patched).toMatchObject({ ok: true })
    const look = { api: admin, server: 'https://127.0.0.1', timeoutMs: 10_000, node: 'n3' }
    const { signal } = new AbortController()
    const advisories = await loadAdvisories()
    const report = await consult([], { advisories, language: 'en', signal, cluster: look })
    expect(report.sources[0]?.problems).toEqual([])
    expect(report.nodes).toMatchObject([
      { node: 'n3', versions: [{ component: 'containerd', version: '2.0.1' }] },
    ])
    const causes = report.nodes[0]?.findings.map(({ advisory }) => advisory)
    expect(causes).toContain('containerd-go-cni-recursive-rlock-deadlock')
  })
})

async function newNode(api: KubeApi, name: string): Promise<void> {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } }
  const status = { conditions: [{ type: 'Ready', status: 'True' }] }
  expect(await api.create(NODES, { ...node, status }, CALL)).toMatchObject({ ok: true })
}

/** A pod as it would be after it was started on n1 before Multus was there. */
async function newLatePod(api: KubeApi, name: string): Promise<void> {
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'rs',
    uid: 'u',
    controller: true,
  }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      annotations: { 'k8s.v1.cni.cncf.io/networks': 'macvlan' },
      ownerReferences: [owner],
    },
    spec: {
      nodeName: 'n1',
      automountServiceAccountToken: false,
      containers: [{ name: 'web', image: 'fairlead.local/none:1' }],
    },
  }
  expect(await api.create(PODS, pod, CALL)).toMatchObject({ ok: true })
  const startTime = new Date(Date.now() - 60_000).toISOString()
  const status = { status: { phase: 'Running', startTime } }
  const how = { ...CALL, kind: 'strategic', subresource: 'status' } as const
  const ref = { resource: PODS, namespace: 'default', name }
  expect(await api.patch(ref, status, how)).toMatchObject({ ok: true })
}

function kindOf({ kind, apiVersion, metadata }: KubeObject): Resource {
  const version = apiVersion === 'v1' ? { group: '', version: 'v1' } : RBAC
  const plural = `${kind.toLowerCase()}s`
  return { ...version, kind, plural, namespaced: metadata.namespace !== undefined, status: false }
}

function oneNetwork() {
  const network = { name: 'a', file: 'a.conf', list: { plugins: [] } }
  return {
    plan: () => ({ steps: [{ network, needs: [], missing: [] }] }),
    status: () => ({ ready: true, networks: [{ name: 'a', state: 'ready' }] }),
  } as never
}

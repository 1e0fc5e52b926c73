import { expect, test } from 'vitest'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import { POD_DISRUPTION_BUDGETS, PODS } from '../../kube/resources.ts'
import { drainNode } from './drain.ts'

const { signal } = new AbortController()

function testbed() {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const pod = (name: string, metadata: object = {}, nodeName = 'n1') =>
    server.seed(PODS, {
      metadata: { name, namespace: 'default', labels: { app: name }, ...metadata },
      spec: { nodeName },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    })
  const going = () =>
    [...server.store.objects(PODS).values()]
      .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
      .map(({ metadata }) => metadata.name)
  const kubelet = () => {
    for (const one of server.store.objects(PODS).values()) {
      if (one.metadata.deletionTimestamp !== undefined) server.store.remove(PODS, one)
    }
  }
  const look = () => drainNode('n1', server.client(), signal)
  return { server, pod, going, kubelet, look }
}

test('pods of the node are evicted, but for those of a DaemonSet and those of its own files', async () => {
  const { pod, going, kubelet, look } = testbed()
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    name: 'cni',
    uid: '1',
    controller: true,
  }
  pod('cni', { ownerReferences: [owner] })
  pod('static', { annotations: { 'kubernetes.io/config.mirror': 'x' } })
  pod('web')
  pod('elsewhere', {}, 'n2')
  expect(await look()).toBe('one pod ends')
  expect(going()).toEqual(['web'])
  kubelet()
  expect(await look()).toBeUndefined()
})

test('a disruption budget keeps its pod, and is named', async () => {
  const { server, pod, going, look } = testbed()
  pod('db')
  server.seed(POD_DISRUPTION_BUDGETS, {
    metadata: { name: 'db', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'db' } } },
  })
  expect(await look()).toMatch(/^default\/db is not evicted: .* disruption budget db\.$/)
  expect(going()).toEqual([])
})

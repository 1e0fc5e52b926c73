import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Fact } from '../fact.ts'
import { FileReader } from '../file-reader.ts'
import { landmarksOf } from '../landmarks.ts'

const landmarks = landmarksOf([
  { symptoms: [{ source: 'event', text: 'failed to find plugin', specificity: 'strong' }] },
])

function read(bytes: Buffer, path: string, split = 0): Fact[] {
  const reader = new FileReader({ path, node: undefined, modifiedMs: undefined }, landmarks)
  return [
    ...reader.push(bytes.subarray(0, split)),
    ...reader.push(bytes.subarray(split)),
    ...reader.end(),
  ]
}

const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  status: {
    addresses: [{ type: 'InternalIP', address: '10.0.0.7' }],
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'container runtime is down',
        lastTransitionTime: '2026-11-25T03:00:51Z',
      },
    ],
    nodeInfo: {
      containerRuntimeVersion: 'containerd://2.0.1',
      kubeletVersion: 'v1.32.0',
      osImage: 'Talos (v1.9.0)',
    },
  },
}
const EVENT = {
  apiVersion: 'v1',
  kind: 'Event',
  count: 7,
  involvedObject: { kind: 'Pod', name: 'p' },
  lastTimestamp: '2026-11-25T03:01:00Z',
  message: 'plugin type="x" failed (add): failed to find plugin "x" in path [/opt/cni/bin]',
  reason: 'FailedCreatePodSandBox',
  source: { component: 'kubelet', host: 'n1' },
}
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'multus-x', namespace: 'kube-system' },
  spec: {
    nodeName: 'n1',
    containers: [{ image: 'ghcr.io/k8snetworkplumbingwg/multus-cni:v4.1.4-thick' }],
  },
  status: {
    containerStatuses: [
      {
        name: 'multus',
        state: { running: {} },
        lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
      },
    ],
  },
}
const SECRET = { apiVersion: 'v1', kind: 'Secret', data: { token: 'aHVudGVyMg==' } }
const ITEMS = [SECRET, NODE, EVENT, POD, { kind: 3 }]

const lists: readonly (readonly [string, Buffer])[] = [
  ['nodes.json', Buffer.from(JSON.stringify({ apiVersion: 'v1', items: ITEMS, kind: 'List' }))],
  ['nodes.json', Buffer.from(JSON.stringify({ kind: 'List', items: ITEMS }, null, 4))],
  [
    'nodes.yaml',
    Buffer.from(stringify({ apiVersion: 'v1', items: ITEMS, kind: 'List' }, { indentSeq: false })),
  ],
  ['all.yaml', Buffer.from(ITEMS.map((item) => stringify(item)).join('---\n'))],
]

test.each(lists)(
  'nodes, events and pods of a list tell conditions, versions and failures (%s)',
  (path, bytes) => {
    const facts = read(bytes, path)
    const told = facts.map((fact) => {
      switch (fact.kind) {
        case 'condition':
          return `${fact.node} ${fact.type}=${fact.status} ${fact.message} ${fact.atMs}`
        case 'version':
          return `${fact.node} ${fact.component} ${fact.version}`
        case 'name':
          return `${fact.node} is ${fact.name}`
        default:
          return `${fact.node} ${fact.text.slice(0, 64)}`
      }
    })
    expect(told).toEqual([
      'n1 is 10.0.0.7',
      'n1 containerd 2.0.1',
      'n1 kubernetes 1.32.0',
      'n1 talos 1.9.0',
      'n1 Ready=False container runtime is down 1795575651000',
      'n1 FailedCreatePodSandBox: plugin type="x" failed (add): failed to ',
      'n1 is pod:kube-system/multus-x',
      'n1 multus 4.1.4-thick',
      'n1 Pod kube-system/multus-x, multus: OOMKilled exit code 137',
    ])
  },
)

test('wherever the bytes are split, the facts are the same', () => {
  for (const [path, bytes] of lists) {
    const whole = read(bytes, path)
    for (let at = 0; at <= bytes.length; at += 7) expect(read(bytes, path, at)).toEqual(whole)
  }
})

test('a single object is read; a broken one costs only itself', () => {
  expect(read(Buffer.from(JSON.stringify(NODE)), 'n.json')).toHaveLength(5)
  expect(read(Buffer.from(stringify(NODE)), 'n.yaml')).toHaveLength(5)
  const broken = `apiVersion: v1\nitems:\n- kind: Node\n  metadata: {{\n- ${stringify(NODE).trimEnd().replaceAll('\n', '\n  ')}\n`
  expect(read(Buffer.from(broken), 'n.yaml')).toHaveLength(5)
  const json = `{"kind":"List","items":[{"kind":"Node",}, ${JSON.stringify(NODE)}]}`
  expect(read(Buffer.from(json), 'n.json')).toHaveLength(5)
})

test('items that a Go client wrote without their kind are known by their shape', () => {
  const { kind: _, apiVersion: __, ...bare } = NODE
  const yaml = stringify({ items: [bare], metadata: {} }, { indentSeq: false })
  expect(read(Buffer.from(yaml), 'kubernetesResources/nodes.yaml')).toHaveLength(5)
  const json = JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', items: [bare] }, null, 4)
  expect(read(Buffer.from(json), 'nodes.json')).toHaveLength(5)
})

test('an object that is longer than any is skipped, and the next one read', () => {
  const huge = { kind: 'Node', metadata: { name: 'huge' }, status: { x: 'y'.repeat(2_000_000) } }
  const list = { apiVersion: 'v1', items: [huge, NODE] }
  expect(read(Buffer.from(JSON.stringify(list)), 'n.json', 1_234_567)).toHaveLength(5)
  expect(read(Buffer.from(stringify(list, { indentSeq: false })), 'n.yaml')).toHaveLength(5)
})

test('an object of empty lines only is as long as it has lines', () => {
  const node = `  status:\n${'\n'.repeat(1_100_000)}    nodeInfo:\n      kubeletVersion: v1.32.0\n`
  const text = `apiVersion: v1\nitems:\n- metadata:\n    name: n1\n${node}`
  expect(read(Buffer.from(text), 'nodes.yaml')).toEqual([])
})

test('aliases that would fill the memory are refused', () => {
  const lines = ['kind: Node', 'a0: &a0 [x,x,x,x,x,x,x,x,x]']
  for (let n = 1; n < 30; n++) {
    lines.push(`a${n}: &a${n} [${Array.from({ length: 9 }, () => `*a${n - 1}`).join(',')}]`)
  }
  expect(read(Buffer.from(`apiVersion: v1\n${lines.join('\n')}\n`), 'bomb.yaml')).toEqual([])
})

const DESCRIPTION = `Name:               n1
Roles:              worker
Labels:             kubernetes.io/hostname=n1
Conditions:
  Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message
  ----             ------  -----------------                 ------------------                ------                       -------
  MemoryPressure   False   Wed, 25 Nov 2026 03:00:21 +0000   Wed, 25 Nov 2026 02:00:51 +0000   KubeletHasSufficientMemory   kubelet has sufficient memory available
  Ready            False   Wed, 25 Nov 2026 03:00:21 +0100   Wed, 25 Nov 2026 03:00:51 +0100   KubeletNotReady              container runtime is down
System Info:
  OS Image:                   Talos (v1.9.0)
  Container Runtime Version:  containerd://2.0.1
  Kubelet Version:            v1.32.0
Events:
  Type     Reason                  Age   From     Message
  ----     ------                  ----  ----     -------
  Warning  FailedCreatePodSandBox  3m    kubelet  failed to find plugin "x" in path
`

test("that kubelet renews the node's lease while it is not Ready is told", () => {
  const described = (renewed: string, status: string) =>
    read(
      Buffer.from(
        DESCRIPTION.replace(
          'Conditions:',
          `Lease:\n  HolderIdentity:  n1\n  RenewTime:       ${renewed}\nConditions:`,
        ).replace('Ready            False', `Ready            ${status.padEnd(5)}`),
      ),
      'node.txt',
    ).filter(({ kind }) => kind === 'probe')
  expect(described('Wed, 25 Nov 2026 02:03:01 +0000', 'False')).toMatchObject([
    {
      probe: 'node-lease-fresh',
      text: "kubelet has renewed the node's lease for 130 s since the node is not Ready",
      atMs: Date.parse('2026-11-25T02:03:01Z'),
    },
  ])
  expect(described('Wed, 25 Nov 2026 02:01:00 +0000', 'False')).toEqual([])
  expect(described('Wed, 25 Nov 2026 02:03:01 +0000', 'True')).toEqual([])
  expect(described('<unset>', 'False')).toEqual([])
})

test('a description of a node tells conditions, versions and events', () => {
  const bytes = Buffer.from(DESCRIPTION)
  const facts = read(bytes, 'node.txt')
  expect(facts.every(({ node }) => node === 'n1')).toBe(true)
  expect(facts.map(({ kind, place }) => `${kind} ${place.line}`)).toEqual([
    'condition 7',
    'condition 8',
    'version 10',
    'version 11',
    'version 12',
    'line 16',
  ])
  expect(facts[1]).toMatchObject({
    type: 'Ready',
    status: 'False',
    reason: 'KubeletNotReady',
    message: 'container runtime is down',
    atMs: Date.parse('2026-11-25T02:00:51Z'),
  })
  for (let at = 0; at <= bytes.length; at++) expect(read(bytes, 'node.txt', at)).toEqual(facts)
})

test('no bytes make it throw', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      ...[
        'apiVersion: v1\n',
        '- kind: Node\n',
        '{"kind":"List","items":[',
        '{',
        '}',
        '"',
        '\n---\n',
        'Name:   x\nRoles:   y\nConditions:\n  Ready   False   ',
      ].map((text) => Uint8Array.from(Buffer.from(text))),
    ),
  )
  fc.assert(
    fc.property(fc.array(piece), fc.nat(), (pieces, split) => {
      const bytes = Buffer.concat(pieces)
      expect(read(bytes, 'x', split % (bytes.length + 1))).toEqual(read(bytes, 'x'))
    }),
    { numRuns: 300 },
  )
})

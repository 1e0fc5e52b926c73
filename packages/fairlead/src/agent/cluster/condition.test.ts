import { expect, test } from 'vitest'
import { conditionOf, type Observed } from './condition.ts'

const CILIUM = { name: 'cilium', file: '05-cilium.conflist' }
const MULTUS = { name: 'multus', file: '00-multus.conf' }

test('it is True when every network is ready, published and the runtime is Ready', () => {
  expect(conditionOf(seen({}))).toEqual({
    status: 'True',
    reason: 'NetworksReady',
    message: 'Pods can be attached to cilium, multus.',
  })
})

test.each<[string, Partial<Observed>, string, string, string]>([
  [
    'there is none in the sources',
    { sources: [] },
    'False',
    'NoNetwork',
    'There is no network in the source dirs.',
  ],
  [
    'one that is required is not in the sources',
    { required: ['cilium', 'sriov'] },
    'False',
    'NetworkMissing',
    'Network sriov is not in the source dirs.',
  ],
  [
    'its plugin cannot run',
    {
      readiness: {
        ready: false,
        networks: [
          { name: 'cilium', state: 'ready' },
          { name: 'multus', state: 'not-ready', reason: 'no bin dir has multus-shim' },
        ],
      },
    },
    'False',
    'NetworkNotReady',
    'Network multus: no bin dir has multus-shim',
  ],
  [
    'it is held back',
    {
      published: [CILIUM.file],
      waiting: new Map([['multus', 'the runtime has not been Ready for long']]),
    },
    'False',
    'NetworkNotPublished',
    'Network multus waits: the runtime has not been Ready for long',
  ],
  [
    'nobody listens at its socket',
    { closedSockets: ['/run/multus/multus.sock'] },
    'False',
    'SocketNotReady',
    'Nobody listens at /run/multus/multus.sock.',
  ],
  [
    'the runtime says so',
    { runtime: { kind: 'not-ready', sinceMs: 0, reason: 'NetworkPluginNotReady: no network' } },
    'False',
    'RuntimeNotReady',
    'The runtime is not Ready: NetworkPluginNotReady: no network',
  ],
  [
    'the runtime hangs',
    { runtime: { kind: 'stalled', sinceMs: 0 } },
    'False',
    'RuntimeNotReady',
    'The runtime does not answer Status, while it answers listings.',
  ],
  [
    'a pod of our own could not be made',
    {
      probed: { kind: 'failed', reason: 'a pod cannot be made: RunPodSandbox: no addresses left' },
    },
    'False',
    'ProbeFailed',
    'The last probe: a pod cannot be made: RunPodSandbox: no addresses left',
  ],
  [
    'none has been made yet',
    { probed: { kind: 'none' } },
    'Unknown',
    'NotObserved',
    'No probe has shown yet whether a pod can be made.',
  ],
  [
    'nothing has been looked at',
    { runtime: { kind: 'unknown' } },
    'Unknown',
    'NotObserved',
    'The runtime has not been looked at yet.',
  ],
])('it is not when %s', (_, more, status, reason, message) => {
  expect(conditionOf(seen(more))).toEqual({ status, reason, message })
})

test('it is True when a pod of our own could be made and removed', () => {
  expect(conditionOf(seen({ probed: { kind: 'worked' } })).status).toBe('True')
})

test('what the runtime says of itself counts before what a probe came to', () => {
  const runtime = { kind: 'stalled', sinceMs: 0 } as const
  expect(conditionOf(seen({ runtime, probed: { kind: 'failed', reason: 'x' } })).reason).toBe(
    'RuntimeNotReady',
  )
})

test('a network that is not required does not count', () => {
  expect(conditionOf(seen({ required: ['cilium'], published: [CILIUM.file] })).status).toBe('True')
})

function seen(more: Partial<Observed>): Observed {
  return {
    required: undefined,
    sources: [CILIUM, MULTUS],
    readiness: {
      ready: true,
      networks: [
        { name: 'cilium', state: 'ready' },
        { name: 'multus', state: 'ready' },
      ],
    },
    published: [CILIUM.file, MULTUS.file],
    waiting: new Map(),
    runtime: { kind: 'ready', sinceMs: 0 },
    closedSockets: [],
    probed: undefined,
    ...more,
  }
}

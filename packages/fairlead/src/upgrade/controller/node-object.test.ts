import { expect, test } from 'vitest'
import { viewOf } from './node-object.ts'

// Go writes a time that was never set as null (meta/v1 Time).
test('a Node with a condition whose time was never set is Ready, and cordoned, all the same', () => {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', uid: 'u1' },
    spec: { unschedulable: true },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', lastTransitionTime: '2026-11-29T14:00:00Z' },
        { type: 'EtcdIsVoter', status: 'True', lastTransitionTime: null },
      ],
    },
  }
  const canary = { nodes: 1, nodeSelector: {} }
  expect(viewOf(node, { zoneKey: undefined, canary, gates: [] }, '2.1.9')).toMatchObject({
    ready: true,
    readyMark: '2026-11-29T14:00:00Z',
    cordoned: true,
  })
})

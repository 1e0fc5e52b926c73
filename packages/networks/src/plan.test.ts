import { parseNetworkConfig } from '@fairlead/cni'
import { expect, test } from 'vitest'
import { conflist } from '../../../tests/networks-testbed.ts'
import { planOf, type Policy } from './plan.ts'
import { nextSnapshot, NOTHING_LOADED } from './snapshot.ts'

function planFor(files: Readonly<Record<string, string>>, policy: Policy) {
  const value = Object.entries(files).map(([file, text]) => ({
    file,
    list: parseNetworkConfig(text, file),
  }))
  const { steps, words } = planOf(nextSnapshot(NOTHING_LOADED, { ok: true, value }), policy)
  return { steps: steps.map(({ network, ifName }) => `${network.name} ${ifName}`), words }
}

const meta = (more: object) =>
  JSON.stringify({ name: 'multus', cniVersion: '0.3.1', type: 'multus-shim', ...more })
const dual = {
  '00-multus.conf': meta({ clusterNetwork: '/etc/cni/net.d/05-cilium.conflist' }),
  '05-cilium.conflist': conflist('cilium', ['cilium-cni']),
  '20-storage.conflist': conflist('storage', ['macvlan']),
}

test('containerd takes the first files', () => {
  expect(planFor(dual, { kind: 'containerd' })).toEqual({
    steps: ['multus eth0'],
    words: [
      '1. multus (00-multus.conf) is attached as eth0; it delegates to cilium.',
      'cilium (05-cilium.conflist) is not attached itself: multus delegates to it.',
      'storage (20-storage.conflist) is not attached itself: only the first 1 by file name count (maxConfNum).',
    ],
  })
  // What another needs comes first, also among all.
  expect(planFor(dual, { kind: 'containerd', maxConfNum: 0 }).steps).toEqual([
    'cilium eth0',
    'multus eth1',
    'storage eth2',
  ])
})

test('CRI-O takes the default network', () => {
  expect(planFor(dual, { kind: 'crio' }).steps).toEqual(['multus eth0'])
  expect(planFor(dual, { kind: 'crio', defaultNetwork: 'storage' }).steps).toEqual(['storage eth0'])
  expect(planFor(dual, { kind: 'crio', defaultNetwork: 'none' })).toMatchObject({
    steps: [],
    words: [
      expect.stringContaining('only none counts (defaultNetwork)'),
      expect.anything(),
      expect.anything(),
    ],
  })
})

test('all of them are those that no other delegates to', () => {
  expect(planFor(dual, { kind: 'all' }).steps).toEqual(['multus eth0', 'storage net1'])
})

test('a network that is delegated to and not there is told', () => {
  const { words } = planFor(
    { '00-multus.conf': meta({ clusterNetwork: 'flannel' }) },
    { kind: 'all' },
  )
  expect(words).toEqual([
    '1. multus (00-multus.conf) is attached as eth0; it delegates to flannel, which is not there.',
  ])
})

test('networks that delegate to one another in a circle are all attached, in some order', () => {
  const circle = {
    'a.conf': JSON.stringify({
      name: 'a',
      cniVersion: '0.3.1',
      type: 'multus',
      clusterNetwork: 'b',
    }),
    'b.conf': JSON.stringify({
      name: 'b',
      cniVersion: '0.3.1',
      type: 'multus',
      defaultNetworks: ['a'],
    }),
  }
  expect(planFor(circle, { kind: 'all' }).steps).toEqual(['b eth0', 'a net1'])
})

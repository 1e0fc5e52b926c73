import fc from 'fast-check'
import { expect, test } from 'vitest'
import { missingNetworks, requestedNetworks } from './missing-networks.ts'

test.each([
  ['macvlan', ['web/macvlan']],
  ['macvlan, other/sriov@net1', ['web/macvlan', 'other/sriov']],
  [
    '[{"name":"macvlan"},{"name":"sriov","namespace":"other","ips":[]}]',
    ['web/macvlan', 'other/sriov'],
  ],
  ['', []],
  ['[{"name":', []],
  ['a/b/c', []],
])('%s asks for %j', (annotation, networks) => {
  expect(requestedNetworks(annotation, 'web')).toEqual(networks)
})

test('what is attached is not missing, and twice is not once', () => {
  const status = [
    { name: 'cilium', default: true },
    { name: 'web/macvlan', interface: 'net1' },
  ]
  expect(missingNetworks(pod('macvlan,macvlan,other/sriov', JSON.stringify(status)))).toEqual([
    'web/macvlan',
    'other/sriov',
  ])
})

test('older Multus wrote names without the namespace', () => {
  expect(missingNetworks(pod('macvlan', '[{"name":"macvlan"}]'))).toEqual([])
})

test('a pod that was started without Multus lacks all that it asks for', () => {
  expect(missingNetworks(pod('macvlan', undefined))).toEqual(['web/macvlan'])
  expect(missingNetworks(pod(undefined, undefined))).toEqual([])
})

test('no annotation makes it throw, and nothing is missing that was not asked for', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (networks, status) => {
      const asked = requestedNetworks(networks, 'web')
      for (const missing of missingNetworks(pod(networks, status))) expect(asked).toContain(missing)
    }),
  )
})

function pod(networks: string | undefined, status: string | undefined) {
  const annotations = {
    ...(networks !== undefined && { 'k8s.v1.cni.cncf.io/networks': networks }),
    ...(status !== undefined && { 'k8s.v1.cni.cncf.io/network-status': status }),
  }
  return { namespace: 'web', annotations }
}

import { expect, test } from 'vitest'
import { inLoadOrder } from './load-order.ts'

test('files are read by the bytes of their names, the meta plugin before the primary', () => {
  expect(
    inLoadOrder(['05-cilium.conflist', '10-x.json', '00-multus.conflist', '00-multus.conf']),
  ).toEqual(['00-multus.conf', '00-multus.conflist', '05-cilium.conflist', '10-x.json'])
})

test('upper case sorts before lower case, and beyond ASCII bytes decide', () => {
  expect(inLoadOrder(['a.conf', 'B.conf', '\u{1F600}.conf', '\uFF5E.conf'])).toEqual([
    'B.conf',
    'a.conf',
    '\uFF5E.conf',
    '\u{1F600}.conf',
  ])
})

test('dot files count, other extensions do not', () => {
  expect(inLoadOrder(['.x.conf', 'calico-kubeconfig', '05-cilium.conflist.cilium_bak'])).toEqual([
    '.x.conf',
  ])
})

import { expect, test } from 'vitest'
import { networksInForce } from '../verbose-info.ts'
import { cniLoadOf } from './observers.ts'

test("the networks in force are those of the conf dir, without the runtime's own loopback", () => {
  const cniConfig = JSON.stringify({
    PluginConfDir: '/etc/cni/net.d',
    Networks: [{ Config: { Name: 'cni-loopback' } }, { Config: { Name: 'multus-cni-network' } }],
  })
  expect(networksInForce(cniConfig)).toEqual(['multus-cni-network'])
})

test('a runtime that tells nothing of its networks has none that is known', () => {
  expect(networksInForce(undefined)).toEqual([])
  expect(networksInForce('null')).toEqual([])
  expect(networksInForce('{"Networks":null}')).toEqual([])
  expect(networksInForce('not JSON')).toEqual([])
})

test('of a runtime that says nothing of its CNI configuration, no load is known', () => {
  expect(cniLoadOf({ config: '{}' })).toBeUndefined()
  expect(cniLoadOf({ lastCNILoadStatus: 'OK' })).toEqual({ lastCniLoadStatus: 'OK', networks: [] })
})

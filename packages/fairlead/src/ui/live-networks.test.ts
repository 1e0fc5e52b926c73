import { expect, test } from 'vitest'
import { liveNetworks } from './live-networks.ts'

const text = JSON.stringify({
  name: 'cilium',
  plugins: [{ type: 'cilium-cni' }, { type: 'portmap' }],
})
const cniconfig = JSON.stringify({
  Networks: [
    { Config: { Name: 'cni-loopback', Source: '{}' } },
    { Config: { Name: 'cilium', Source: text } },
    { Config: { Name: 'odd', Source: 'not JSON' } },
  ],
})

test('what a containerd has loaded, with its plugins in order and without its own loopback', () => {
  expect(liveNetworks({ cniconfig })).toEqual([
    { name: 'cilium', plugins: ['cilium-cni', 'portmap'] },
    { name: 'odd', plugins: [] },
  ])
})

test("Fairlead's own runtime tells of each network whether it is ready", () => {
  const networks = JSON.stringify({
    ready: false,
    networks: [{ name: 'cilium', state: 'not-ready', ageMs: 3, reason: 'STATUS: error 50' }],
  })
  expect(liveNetworks({ cniconfig, networks })?.[0]).toEqual({
    name: 'cilium',
    plugins: ['cilium-cni', 'portmap'],
    readiness: { state: 'not-ready', reason: 'STATUS: error 50' },
  })
})

test('of a runtime that does not tell, nothing is known', () => {
  expect(liveNetworks({})).toBeUndefined()
  expect(liveNetworks({ cniconfig: '{"Networks":null}' })).toEqual([])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pluginParameters } from './protocol.ts'

test('parameters are read from the environment that the spec names', () => {
  expect(
    pluginParameters({
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: '/run/netns/cni-1',
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAME=web-0',
      CNI_PATH: '/opt/cni/bin:/usr/lib/cni',
    }),
  ).toEqual({
    command: 'ADD',
    containerId: 'c1',
    netns: '/run/netns/cni-1',
    ifName: 'eth0',
    args: new Map([
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAME', 'web-0'],
    ]),
    path: ['/opt/cni/bin', '/usr/lib/cni'],
  })
})

test('an environment without a known verb is no call of a plugin', () => {
  expect(pluginParameters({})).toBeUndefined()
  expect(pluginParameters({ CNI_COMMAND: 'add' })).toBeUndefined()
})

test('arguments survive the round trip, whatever the values hold', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]*$/)
  const value = fc.string().filter((text) => !text.includes(';'))
  fc.assert(
    fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (args) => {
      const text = Object.entries(args)
        .map(([key, entry]) => `${key}=${entry}`)
        .join(';')
      const parsed = pluginParameters({ CNI_COMMAND: 'DEL', CNI_ARGS: text })
      expect(Object.fromEntries(parsed?.args ?? [])).toEqual(args)
    }),
  )
})

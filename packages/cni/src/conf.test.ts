import { expect, test } from 'vitest'
import { executionConfig, parseNetworkConfig } from './conf.ts'

test('a list keeps its plugins in order, unknown keys included', () => {
  const parsed = parseNetworkConfig(
    '{"cniVersion":"0.3.1","name":"cilium","plugins":[{"type":"cilium-cni","enable-debug":false}]}',
  )
  expect(parsed).toEqual({
    ok: true,
    list: {
      cniVersion: '0.3.1',
      name: 'cilium',
      plugins: [{ type: 'cilium-cni', 'enable-debug': false }],
    },
  })
})

test('a single plugin is a list of one', () => {
  const parsed = parseNetworkConfig('{"name":"multus","type":"multus-shim"}')
  expect(parsed).toMatchObject({
    ok: true,
    list: { cniVersion: '0.1.0', name: 'multus', plugins: [{ type: 'multus-shim' }] },
  })
})

test.each([
  ['', 'not JSON: Unexpected end of JSON input'],
  ['[]', 'not a JSON object'],
  ['{"plugins":[{"type":"a"}]}', '`name` is missing'],
  ['{"name":"n","plugins":[]}', '`plugins` is not a list of at least one plugin'],
  ['{"name":"n","plugins":[{"type":"a"},{}]}', 'plugins[1] has no `type`'],
])('%j is refused: %s', (text, reason) => {
  expect(parseNetworkConfig(text)).toEqual({ ok: false, reason })
})

test("a plugin is executed with the list's name and version", () => {
  const list = { cniVersion: '0.3.1', name: 'cilium', plugins: [{ type: 'cilium-cni', mtu: 1500 }] }
  expect(executionConfig(list, { type: 'cilium-cni', mtu: 1500 })).toEqual({
    type: 'cilium-cni',
    mtu: 1500,
    name: 'cilium',
    cniVersion: '0.3.1',
  })
})

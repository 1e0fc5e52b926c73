import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  networkConfigList,
  parseNetworkConfig,
  parseNetworkConfigList,
  parsePluginConfig,
} from './network-config.ts'
import { requestConfig } from './request-config.ts'

/** What is wrong with a list: `line:column: key path: what`. */
function problemOf(text: string): string {
  const list = parseNetworkConfigList(text, 'x.conflist')
  return list.ok ? 'none' : list.error.message.replace(/^x\.conflist:/, '')
}

test('a list keeps its plugins in order, each with its own text', () => {
  const first = '{ "type": "bridge",  "mtu": 1500 }'
  const list = parseNetworkConfigList(
    `{"cniVersion":"1.0.0","name":"n","plugins":[${first},{"type":"portmap","capabilities":{"portMappings":true,"x":false}}]}`,
  )
  expect(list).toMatchObject({
    ok: true,
    value: {
      name: 'n',
      cniVersion: '1.0.0',
      disableCheck: false,
      disableGC: false,
      loadOnlyInlinedPlugins: false,
      plugins: [
        { type: 'bridge', capabilities: [], json: first },
        { type: 'portmap', capabilities: ['portMappings'] },
      ],
    },
  })
})

test('a single plugin is a list of one', () => {
  const text = '{"name":"multus","cniVersion":"0.3.1","type":"multus-shim"}'
  expect(parseNetworkConfig(text, '00-multus.conf')).toMatchObject({
    ok: true,
    value: { name: 'multus', cniVersion: '0.3.1', plugins: [{ type: 'multus-shim', json: text }] },
  })
})

test('a list made in code is as good as one from a file', () => {
  const made = networkConfigList({ name: 'n', cniVersion: '1.1.0', plugins: [{ type: 'a', b: 1 }] })
  expect(made).toMatchObject({ ok: true, value: { plugins: [{ json: '{"type":"a","b":1}' }] } })
})

describe('a list is refused with place, key path and what was expected:', () => {
  test.each([
    ['', '1:1: not JSON: expected a value, found the end of the text'],
    ['{\n  "name": "n",\n}', '3:1: not JSON: expected a key in double quotes, found "}"'],
    ['[]', '1:1: expected an object, found an array'],
    ['{"plugins":[{"type":"a"}]}', '1:1: name: expected a string, found nothing'],
    ['{"name":1,"plugins":[]}', '1:9: name: expected a string, found a number'],
    ['{"name":null}', '1:9: name: expected a string, found null'],
    ['{"name":""}', '1:9: name: a network name is not empty'],
    ['{"name":"n","plugins":[]}', '1:23: plugins: expected at least one plugin'],
    ['{"name":"n","plugins":{}}', '1:23: plugins: expected a list, found an object'],
    ['{"name":"n","plugins":[7]}', '1:24: plugins[0]: expected an object, found a number'],
    [
      '{"name":"n","plugins":[{"type":"a"},{}]}',
      '1:37: plugins[1].type: expected the name of a plugin, a string that is not empty',
    ],
    [
      '{"name":"n","plugins":[{"type":"a","ipam":"host-local"}]}',
      '1:43: plugins[0].ipam: expected an object, found a string',
    ],
    [
      '{"name":"n","plugins":[{"type":"a","capabilities":{"mac":"yes"}}]}',
      '1:58: plugins[0].capabilities.mac: expected true or false, found a string',
    ],
    [
      '{"name":"n","plugins":[{"type":"a","dns":{"search":[1]}}]}',
      '1:53: plugins[0].dns.search[0]: expected a string, found a number',
    ],
    ['{"name":"n","cniVersion":1}', '1:26: cniVersion: expected a string, found a number'],
    [
      '{"name":"n","cniVersions":["1.0.0",2]}',
      '1:36: cniVersions[1]: expected a string, found a number',
    ],
    [
      '{"name":"n","cniVersions":["1.x"]}',
      '1:28: cniVersions[0]: expected a version such as 1.1.0, found "1.x"',
    ],
    ['{"name":"n","disableCheck":1}', '1:28: disableCheck: expected true or false, found a number'],
    [
      '{"name":"n","loadOnlyInlinedPlugins":true}',
      '1:1: plugins: needed, since `loadOnlyInlinedPlugins` is true',
    ],
  ])('%j', (text, problem) => {
    expect(problemOf(text)).toBe(problem)
  })
})

describe('the newest version that is known is selected from', () => {
  test.each([
    [{}, '0.1.0'],
    [{ cniVersion: '' }, '0.1.0'],
    [{ cniVersion: '9.9.9' }, '9.9.9'],
    [{ cniVersion: '0.4.0', cniVersions: ['0.3.1'] }, '0.4.0'],
    [{ cniVersion: '0.4.0', cniVersions: ['0.3.1', '1.0.0'] }, '1.0.0'],
    [{ cniVersions: ['1.1.0', '0.4.0', '2.0.0'] }, '1.1.0'],
    [{ cniVersion: '2.0.0', cniVersions: ['0.4.0'] }, '0.4.0'],
    [{ cniVersion: '2.0.0', cniVersions: ['3.0.0'] }, '2.0.0'],
    [{ cniVersions: [] }, '0.1.0'],
  ])('%j', (versions, selected) => {
    const text = JSON.stringify({ name: 'n', ...versions, plugins: [{ type: 'a' }] })
    const list = parseNetworkConfigList(text)
    expect(list.ok ? list.value.cniVersion : list.error.message).toBe(selected)
  })
})

test.each([
  [true, true],
  ['TRUE', true],
  ['false', false],
])('disableGC %j is %j', (value, disableGC) => {
  const text = JSON.stringify({ name: 'n', disableGC: value, plugins: [{ type: 'a' }] })
  expect(parseNetworkConfigList(text)).toMatchObject({ value: { disableGC } })
})

test("a plugin's keys count in any case, and null is as good as absent, as Go decodes them", () => {
  const plugin = parsePluginConfig(
    '{"Type":"a","NAME":"n","ipam":null,"IPAM":{"TYPE":"host-local"}}',
  )
  expect(plugin).toMatchObject({
    ok: true,
    value: { type: 'a', name: 'n', ipamType: 'host-local' },
  })
})

test('what the runtime does not know goes to the plugin byte for byte', () => {
  const members = '"b":12345678901234567890, "a" : 1.0,"\\u0061":"\\u003c",  "1":[ 1e400 ]'
  const plugin = parsePluginConfig(`{"type":"x","name":"old",${members}}`)
  const stdin = plugin.ok ? requestConfig(plugin.value, { set: { name: '"n"' } }) : ''
  expect(stdin).toBe(
    '{"type":"x","b":12345678901234567890,"a" : 1.0,"\\u0061":"\\u003c","1":[ 1e400 ],"name":"n"}',
  )
})

test('the keys of the runtime take the place of those of the file, whatever these hold', () => {
  const key = fc.constantFrom('name', 'prevResult', 'runtimeConfig', 'mtu', 'Name')
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.json())), fc.json(), (members, prevResult) => {
      const json = `{"type":"x"${members.map(([name, value]) => `,"${name}":${value}`).join('')}}`
      const stdin = requestConfig(
        { type: 'x', capabilities: [], json },
        {
          remove: ['runtimeConfig'],
          set: { prevResult, name: '"n"' },
        },
      )
      const { runtimeConfig: _, ...rest } = JSON.parse(json)
      expect(JSON.parse(stdin)).toEqual({ ...rest, prevResult: JSON.parse(prevResult), name: 'n' })
    }),
  )
})

import fc from 'fast-check'
import { parse, stringify } from 'smol-toml'
import { expect, test } from 'vitest'
import { withString } from './toml-edit.ts'

const KEYS = ['plugins', 'io.containerd.grpc.v1.cri', 'cni', 'conf_dir'] as const
const OURS = '/run/fairlead/net.d'
const set = (text: string) => withString(text, KEYS, OURS)

test('a value is replaced in its line, and its comment stays', () => {
  const text = `version = 2 # mine
[plugins.'io.containerd.grpc.v1.cri'.cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"  # installers write here
[plugins."io.containerd.grpc.v1.cri".containerd]
    conf_dir = "another's"
`
  expect(set(text)).toBe(text.replace('"/etc/cni/net.d"', '"/run/fairlead/net.d"'))
})

test('a key that is not there comes first in its table, as far in as the others', () => {
  expect(set('[plugins."io.containerd.grpc.v1.cri".cni]\n\n  bin_dir = "/b"\n')).toBe(
    '[plugins."io.containerd.grpc.v1.cri".cni]\n  conf_dir = "/run/fairlead/net.d"\n\n  bin_dir = "/b"\n',
  )
})

test('a table that is not there comes last', () => {
  const table = '[plugins."io.containerd.grpc.v1.cri".cni]\nconf_dir = "/run/fairlead/net.d"\n'
  expect(set('version = 2')).toBe(`version = 2\n\n${table}`)
  expect(set('')).toBe(table)
})

test('a text with the line ends of another system keeps them', () => {
  expect(set('[plugins."io.containerd.grpc.v1.cri".cni]\r\nconf_dir = "/x"\r\n')).toBe(
    '[plugins."io.containerd.grpc.v1.cri".cni]\r\nconf_dir = "/run/fairlead/net.d"\r\n',
  )
})

test.each([
  [
    'an inline table',
    'plugins = { "io.containerd.grpc.v1.cri" = { cni = { conf_dir = "/x" } } }\n',
  ],
  ['dotted keys', '[plugins."io.containerd.grpc.v1.cri"]\ncni.conf_dir = "/x"\n'],
  ['a header within a text', 'a = """\n[plugins."io.containerd.grpc.v1.cri".cni]\n"""\n'],
  ['no TOML', '[plugins\n'],
])('%s is left to people', (_, text) => {
  expect(set(text)).toBeUndefined()
})

test('whatever stands in a config, nothing but the value changes, or nothing is changed', () => {
  const key = fc.constantFrom(
    'plugins',
    'io.containerd.grpc.v1.cri',
    'cni',
    'conf_dir',
    'a',
    'b-c',
    '',
  )
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 3 }),
  )
  const { table } = fc.letrec((tie) => ({
    table: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, leaf, tie('table')), { maxKeys: 4 }),
  }))
  fc.assert(
    fc.property(table, (value) => {
      const text = stringify(value)
      const after = set(text)
      if (after === undefined) return
      const expected = structuredClone(parse(text)) as Record<string, unknown>
      let inner = expected
      for (const each of KEYS.slice(0, -1)) {
        inner = (inner[each] ??= {}) as Record<string, unknown>
      }
      inner['conf_dir'] = OURS
      expect(parse(after)).toEqual(expected)
      expect(set(after)).toBe(after)
    }),
  )
})

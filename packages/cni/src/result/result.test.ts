import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SPEC_VERSIONS, type SpecVersion } from '../versions.ts'
import { formatResult, resultJson } from './format-result.ts'
import { canonicalCidr, canonicalIp } from './ip.ts'
import { parseResult } from './parse-result.ts'
import type { Result } from './result.ts'

function parsed(text: string, defaultVersion?: string): Result {
  const result = parseResult(text, defaultVersion)
  if (!result.ok) throw result.error
  return result.value
}

function optional<T>(value: fc.Arbitrary<T>) {
  return fc.option(value, { nil: undefined })
}

const text = fc.string({ minLength: 1 })
const count = fc.integer({ min: 1, max: 100_000 })
const ip = fc.oneof(fc.ipV4(), fc.ipV6()).map((address) => canonicalIp(address) ?? '')
const cidr = ip.map(
  (address) => canonicalCidr(`${address}/${address.includes(':') ? 64 : 24}`) ?? '',
)

/** Leaves out what is undefined. */
function record<T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc
    .record(model)
    .map((value) =>
      Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)),
    )
}

const anyResult = fc.record({
  cniVersion: fc.constantFrom<SpecVersion>('1.0.0', '1.1.0'),
  interfaces: fc.array(
    record({
      name: text,
      mac: optional(text),
      mtu: optional(count),
      sandbox: optional(text),
      socketPath: optional(text),
      pciID: optional(text),
    }),
  ),
  ips: fc.array(record({ address: cidr, gateway: optional(ip), interface: optional(fc.nat(9)) })),
  routes: fc.array(
    record({
      dst: cidr,
      gw: optional(ip),
      mtu: optional(count),
      advmss: optional(count),
      priority: optional(count),
      table: optional(fc.nat()),
      scope: optional(fc.nat(255)),
    }),
  ),
  dns: record({
    nameservers: optional(fc.array(text, { minLength: 1 })),
    domain: optional(text),
    search: optional(fc.array(text, { minLength: 1 })),
  }),
})

test('a result that is written and read again is the same', () => {
  fc.assert(
    fc.property(anyResult, (result) => {
      expect(parsed(JSON.stringify(result))).toEqual(result)
      expect(parsed(resultJson(parsed(JSON.stringify(result))))).toEqual(result)
    }),
  )
})

const FLAT = SPEC_VERSIONS.filter((version) => version >= '0.3.0')
const BY_FAMILY = SPEC_VERSIONS.filter((version) => version < '0.3.0')

test('a result in a form from 0.3.0 on keeps its addresses, routes and names', () => {
  fc.assert(
    fc.property(anyResult, fc.constantFrom(...FLAT), (raw, version) => {
      const result = parsed(JSON.stringify(raw))
      const back = throughForm(result, version)
      const names = result.interfaces.map(({ name }) => name)
      expect(back).toMatchObject({ cniVersion: version, ips: result.ips, routes: result.routes })
      expect(back.interfaces.map(({ name }) => name)).toEqual(names)
      expect(back.dns).toEqual(result.dns)
    }),
  )
})

test('a result in an older form keeps the first address of each family, with its routes', () => {
  fc.assert(
    fc.property(anyResult, fc.constantFrom(...BY_FAMILY), (raw, version) => {
      fc.pre(raw.ips.length > 0)
      const result = parsed(JSON.stringify(raw))
      const firsts = [false, true].flatMap((isV6) =>
        result.ips.filter(({ address }) => address.includes(':') === isV6).slice(0, 1),
      )
      const back = throughForm(result, version)
      expect(back.ips.map(({ address }) => address)).toEqual(firsts.map(({ address }) => address))
      expect(result.routes.map(({ dst }) => dst)).toEqual(
        expect.arrayContaining(back.routes.map(({ dst }) => dst)),
      )
      expect(back.dns).toEqual(result.dns)
    }),
  )
})

test('what an older form has no place for is lost once, and nothing more after that', () => {
  fc.assert(
    fc.property(anyResult, fc.constantFrom(...SPEC_VERSIONS), (raw, version) => {
      fc.pre(raw.ips.length > 0)
      const once = throughForm(parsed(JSON.stringify(raw)), version)
      expect(throughForm(once, version)).toEqual(once)
    }),
  )
})

test('a result without an address cannot be said before 0.3.0', () => {
  const result = parsed('{"cniVersion":"1.1.0","dns":{"domain":"x"}}')
  expect(formatResult(result, '0.2.0')).toMatchObject({ error: { code: 'FL_CNI_VERSION' } })
})

function throughForm(result: Result, version: SpecVersion): Result {
  const form = formatResult(result, version)
  if (!form.ok) throw form.error
  return parsed(JSON.stringify(form.value))
}

describe('one attachment in the form of each version', () => {
  const flat = {
    interfaces: [{ name: 'eth0', mac: '00:11:22:33:44:55', sandbox: '/run/netns/blue' }],
    routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1' }, { dst: '::/0' }],
    dns: { nameservers: ['10.1.0.1'] },
  }
  const ips = [
    { address: '10.1.0.5/16', gateway: '10.1.0.1', interface: 0 },
    { address: '10.1.0.6/16', interface: 0 },
    { address: 'fd00::5/64', interface: 0 },
  ]
  const byFamily = {
    ip4: { ip: '10.1.0.5/16', gateway: '10.1.0.1', routes: [{ dst: '0.0.0.0/0', gw: '10.1.0.1' }] },
    ip6: { ip: 'fd00::5/64', routes: [{ dst: '::/0' }] },
    dns: flat.dns,
  }
  const versioned = ips.map((entry) => ({
    version: entry.address.includes(':') ? '6' : '4',
    ...entry,
  }))

  test.each<[SpecVersion, object]>([
    ['0.1.0', { cniVersion: '0.1.0', ...byFamily }],
    ['0.2.0', { cniVersion: '0.2.0', ...byFamily }],
    ['0.3.0', { cniVersion: '0.3.0', ...flat, ips: versioned }],
    ['0.3.1', { cniVersion: '0.3.1', ...flat, ips: versioned }],
    ['0.4.0', { cniVersion: '0.4.0', ...flat, ips: versioned }],
    ['1.0.0', { cniVersion: '1.0.0', ...flat, ips }],
    ['1.1.0', { cniVersion: '1.1.0', ...flat, ips }],
  ])('%s', (version, form) => {
    expect(
      formatResult(parsed(JSON.stringify({ cniVersion: '1.1.0', ...flat, ips })), version),
    ).toEqual({ ok: true, value: form })
    const again = parsed(JSON.stringify(form))
    expect(again).toMatchObject({ cniVersion: version, routes: flat.routes, dns: flat.dns })
    expect(formatResult(again, version)).toEqual({ ok: true, value: form })
  })
})

test('a result without a version is of that of its configuration', () => {
  expect(parsed('{"ips":[{"address":"10.0.0.2/24"}]}', '0.4.0').cniVersion).toBe('0.4.0')
  expect(parsed('{"ip4":{"ip":"10.0.0.2/24"}}').cniVersion).toBe('0.1.0')
})

test('zero counts as absent where libcni has it so, and as itself where it means something', () => {
  const { routes } = parsed(
    '{"cniVersion":"1.1.0","routes":[{"dst":"0.0.0.0/0","mtu":0,"priority":0,"table":0,"scope":0}]}',
  )
  expect(routes).toEqual([{ dst: '0.0.0.0/0', table: 0, scope: 0 }])
})

test.each([
  ['not JSON', 'FL_CNI_PLUGIN_GARBAGE', 'a result is not JSON'],
  ['[]', 'FL_CNI_PLUGIN_GARBAGE', 'a result is not a JSON object'],
  ['{"cniVersion":"9.9.9"}', 'FL_CNI_VERSION', 'results of version "9.9.9" are not known'],
  [
    '{"ips":[{"address":"10.0.0.2"}]}',
    'FL_CNI_PLUGIN_GARBAGE',
    'ips[0].address: "10.0.0.2" is no address',
  ],
  ['{"ips":[{"address":7}]}', 'FL_CNI_PLUGIN_GARBAGE', 'ips[0].address: expected a string'],
  ['{"ips":{}}', 'FL_CNI_PLUGIN_GARBAGE', 'ips: expected a list'],
  ['{"interfaces":[null]}', 'FL_CNI_PLUGIN_GARBAGE', 'interfaces[0]: expected an object'],
  [
    '{"routes":[{"dst":"0.0.0.0/0","mtu":"x"}]}',
    'FL_CNI_PLUGIN_GARBAGE',
    'routes[0].mtu: expected a whole number',
  ],
  ['{"dns":{"nameservers":[1]}}', 'FL_CNI_PLUGIN_GARBAGE', 'dns.nameservers[0]: expected a string'],
])('%j is refused with %s: %s', (text, code, message) => {
  const result = parseResult(text, '1.1.0')
  expect(result).toMatchObject({ ok: false, error: { code } })
  expect(result.ok ? '' : result.error.message).toContain(message)
})

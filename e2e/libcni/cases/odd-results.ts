import { answers, cacheEntry, call, type Case, json, listOf } from '../case.ts'

const CHAIN = listOf(['one', 'two'])
const LAST = { cniVersion: '1.1.0' }

const NO_ADDRESSES = [
  '10.0.0.2',
  '10.0.0.2/33',
  '10.0.0/8',
  '010.0.0.2/8',
  'fd00::1%eth0/64',
  '',
  ' 10.0.0.2/8',
  'fd00::/129',
  '1:2:3:4:5:6:7:8:9/64',
  '10.0.0.2/-1',
  '10.0.0.2/',
  '10.0.0.2/8/8',
  'x/8',
]

const OF_ANOTHER_KIND: readonly (readonly [result: unknown, libcni: string])[] = [
  [[], 'cannot unmarshal array'],
  [{ interfaces: {} }, 'cannot unmarshal object'],
  [{ interfaces: [{ name: 5 }] }, 'cannot unmarshal number'],
  [{ interfaces: [{ name: 'a', mtu: '1500' }] }, 'cannot unmarshal string'],
  [{ interfaces: [{ name: 'a', mtu: 1.5 }] }, 'cannot unmarshal number 1.5'],
  [{ ips: ['10.0.0.2/8'] }, 'cannot unmarshal string'],
  [{ ips: [{ address: '10.0.0.2/8', gateway: 'x' }] }, 'invalid IP address'],
  [{ ips: [{ address: '10.0.0.2/8', interface: '0' }] }, 'cannot unmarshal string'],
  [{ routes: [{ dst: '0.0.0.0/0', gw: '10.0.0.1/8' }] }, 'invalid IP address'],
  [{ routes: [{ dst: null }] }, 'invalid CIDR address'],
  [{ dns: [] }, 'cannot unmarshal array'],
  [{ dns: { search: 'x' } }, 'cannot unmarshal string'],
  [{ dns: { nameservers: [1] } }, 'cannot unmarshal number'],
]

/** Runs a plugin that prints `result`, and the next one, which is given it. */
function printing(result: object | string, cniVersion = '1.1.0'): Pick<Case, 'files' | 'steps'> {
  return {
    files: answers({ 'one.ADD': result, 'two.ADD': LAST }),
    steps: [{ op: 'add', text: listOf(['one', 'two'], { cniVersion }) }],
  }
}

/** Refused by ours; libcni gives `given` to the next plugin. */
function refused(title: string, why: string, result: object, given: object): Case {
  return {
    title,
    why,
    ...printing({ cniVersion: '1.1.0', ...result }),
    fails: { 0: { ours: 'FL_CNI_PLUGIN_GARBAGE' } },
    differs: {
      'answers 0': { ours: { ok: false }, libcni: { ok: true, value: LAST } },
      'calls 1': {
        ours: undefined,
        libcni: call('ADD', 'two', { prevResult: { cniVersion: '1.1.0', ...given } }),
      },
      cache: {
        ours: {},
        libcni: {
          results: { mode: '700' },
          'results/net-box-1-eth0': cacheEntry(CHAIN, LAST),
        },
      },
    },
  }
}

/** Results that no plugin should print. */
export const oddResults: readonly Case[] = [
  {
    title: "a result's keys are known in any case of their letters",
    ...printing({ cniVersion: '1.1.0', IPs: [{ Address: '10.0.0.2/8' }], DNS: { Domain: 'd' } }),
    both: { 'calls 1 stdin prevResult ips 0 address': '10.0.0.2/8' },
  },
  {
    title: 'a result of 0.2.0 keeps all of its routes',
    ...printing(
      {
        cniVersion: '0.2.0',
        ip4: { ip: '10.0.0.2/8', routes: [{ dst: '0.0.0.0/0', mtu: 1400 }, { dst: '::/0' }] },
      },
      '0.2.0',
    ),
    both: { 'calls 1 stdin prevResult ip4 routes length': 2 },
  },
  {
    title: 'a result of 0.2.0 has an address under its own family',
    why: 'As with `version` of 0.3.0 and newer: libcni keeps an IPv6 address under `ip4`.',
    ...printing({ cniVersion: '0.2.0', ip4: { ip: 'fd00::2/64' } }, '0.2.0'),
    differs: {
      'calls 1 stdin prevResult ip4': { ours: undefined, libcni: { ip: 'fd00::2/64' } },
      'calls 1 stdin prevResult ip6': { ours: { ip: 'fd00::2/64' }, libcni: undefined },
    },
  },
  refused(
    'an address that is not there is no address',
    'libcni writes "<nil>" in its place, which the next plugin cannot read.',
    { ips: [{ gateway: '10.0.0.1' }] },
    { ips: [{ address: '<nil>', gateway: '10.0.0.1' }] },
  ),
  refused(
    'a route goes somewhere',
    'libcni writes "<nil>" in its place, which the next plugin cannot read.',
    { routes: [{ gw: '10.0.0.1' }] },
    { routes: [{ dst: '<nil>', gw: '10.0.0.1' }] },
  ),
  ...['interfaces', 'ips', 'routes'].map((key) =>
    refused(
      `null is none of the ${key}`,
      'libcni gives the null to the next plugin, which need not expect one.',
      { [key]: [null] },
      { [key]: [null] },
    ),
  ),
  refused(
    'null is no search domain',
    'libcni makes an empty one of it.',
    { dns: { search: [null] } },
    { dns: { search: [''] } },
  ),
  refused(
    'a number that JavaScript cannot hold is refused',
    'It would become another one; no MTU is so big.',
    { interfaces: [{ name: 'a', mtu: Number.MAX_SAFE_INTEGER + 1 }] },
    { interfaces: [{ name: 'a', mtu: Number.MAX_SAFE_INTEGER + 1 }] },
  ),
  {
    title: 'a whole number may be written with a fraction or an exponent',
    why: 'It is the same number in JSON (RFC 8259); to Go 1500.0 is none, if it reads it directly.',
    ...printing('{"cniVersion":"1.1.0","interfaces":[{"name":"a","mtu":1500.0}]}'),
    fails: { 0: { libcni: 'cannot unmarshal number 1500.0' } },
    differs: {
      'answers 0': { ours: { ok: true, value: LAST }, libcni: { ok: false } },
      'calls 1': {
        ours: call('ADD', 'two', {
          prevResult: { cniVersion: '1.1.0', interfaces: [{ name: 'a', mtu: 1500 }] },
        }),
        libcni: undefined,
      },
      cache: {
        ours: { results: { mode: '700' }, 'results/net-box-1-eth0': cacheEntry(CHAIN, LAST) },
        libcni: {},
      },
    },
  },
  {
    title: 'half of a surrogate pair stays what it is',
    why: 'libcni makes U+FFFD of it, so that two names may become one.',
    ...printing(String.raw`{"cniVersion":"1.1.0","interfaces":[{"name":"\ud800"}]}`),
    differs: {
      'calls 1 stdin prevResult interfaces 0 name': { ours: '\ud800', libcni: '\ufffd' },
    },
  },
  {
    title: 'the last of two keys counts in a result, too',
    ...printing('{"cniVersion":"1.1.0","cniVersion":"1.0.0","dns":{"domain":"a","domain":"b"}}'),
    both: { 'calls 1 stdin prevResult': { cniVersion: '1.0.0', dns: { domain: 'b' } } },
  },
  {
    title: 'a prefix may be written with zeros before it',
    ...printing({ cniVersion: '1.1.0', ips: [{ address: '10.0.0.2/024' }] }),
    both: { 'calls 1 stdin prevResult ips 0 address': '10.0.0.2/24' },
  },
  {
    title: 'what is no address is no result',
    steps: NO_ADDRESSES.flatMap((address) => [
      { change: answers({ 'one.ADD': { ips: [{ address }] } }) },
      { op: 'add' as const, text: listOf(['one']) },
    ]),
    fails: Object.fromEntries(
      NO_ADDRESSES.map((_, index) => [
        index,
        { ours: 'FL_CNI_PLUGIN_GARBAGE' as const, libcni: 'invalid CIDR address' },
      ]),
    ),
    both: { cache: {} },
  },
  {
    title: 'values of another kind are no result',
    steps: OF_ANOTHER_KIND.flatMap(([result]) => [
      { change: answers({ 'one.ADD': json(result) }) },
      { op: 'add' as const, text: listOf(['one']) },
    ]),
    fails: Object.fromEntries(
      OF_ANOTHER_KIND.map(([, libcni], index) => [
        index,
        { ours: 'FL_CNI_PLUGIN_GARBAGE' as const, libcni },
      ]),
    ),
  },
]

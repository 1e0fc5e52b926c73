import { answers, CACHED, type Case, failing, listOf } from '../case.ts'

const BY_FAMILY = {
  ip4: {
    ip: '10.1.0.5/16',
    gateway: '10.1.0.1',
    routes: [{ dst: '0.0.0.0/0' }, { dst: '10.2.0.0/16', gw: '10.1.0.2' }],
  },
  ip6: { ip: 'fd00::5/64', gateway: 'fd00::1', routes: [{ dst: '::/0', gw: 'fd00::1' }] },
  dns: { nameservers: ['10.1.0.1'], domain: 'd', search: ['s'], options: ['o'] },
}
const FLAT = {
  interfaces: [
    { name: 'cni0', mac: '00:11:22:33:44:55' },
    { name: 'eth0', mac: '99:88:77:66:55:44', sandbox: '/var/run/netns/blue' },
  ],
  ips: [
    { address: '10.1.0.5/16', gateway: '10.1.0.1', interface: 1 },
    { address: 'fd00::5/64', gateway: 'fd00::1', interface: 1 },
  ],
  routes: [{ dst: '0.0.0.0/0' }, { dst: '::/0', gw: 'fd00::1' }],
  dns: BY_FAMILY.dns,
}
const NEWEST = {
  ...FLAT,
  interfaces: [
    { name: 'v', mtu: 1500, socketPath: '/s', pciID: '00:1f.6' },
    { name: 'w', mtu: 0, mac: '', sandbox: '' },
  ],
  routes: [
    { dst: '0.0.0.0/0', mtu: 1400, advmss: 1360, priority: 5, table: 0, scope: 253 },
    { dst: '10.0.0.0/8', mtu: 0, priority: 0, table: 254, scope: 0 },
  ],
}

function resultOf(version: string): object {
  if (version < '0.3') return BY_FAMILY
  return version < '1' ? { ...FLAT, ips: FLAT.ips.map(withVersion) } : NEWEST
}

function withVersion(ip: { readonly address: string }) {
  return { version: ip.address.includes(':') ? '6' : '4', ...ip }
}

const CHAIN = ['one', 'two', 'three']

/** What plugins answer, and how it goes on to the next. */
export const results: readonly Case[] = [
  ...['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'].map((cniVersion): Case => ({
    title: `a result of ${cniVersion} goes through three plugins`,
    files: answers(
      Object.fromEntries(
        CHAIN.map((type, index) => [
          `${type}.ADD`,
          { cniVersion, ...resultOf(cniVersion), dns: { ...BY_FAMILY.dns, domain: `d${index}` } },
        ]),
      ),
    ),
    steps: [
      { op: 'add', text: listOf(CHAIN, { cniVersion }) },
      { op: 'cachedResult', text: listOf(CHAIN, { cniVersion }) },
      { op: 'attachments' },
      { op: 'del', text: listOf(CHAIN, { cniVersion }) },
    ],
    both: {
      'answers 0 value cniVersion': cniVersion,
      'answers 0 value dns domain': 'd2',
      'answers 1 value dns domain': 'd2',
      'answers 2 value 0 network': 'net',
      'calls 0 stdin prevResult': undefined,
      'calls 2 stdin prevResult cniVersion': cniVersion,
      'calls 2 stdin prevResult dns domain': 'd1',
      'calls 3 stdin prevResult dns domain': cniVersion < '0.4' ? undefined : 'd2',
    },
  })),
  {
    title: 'a result without a version is of that of the list',
    files: answers({
      'one.ADD': { ips: [{ address: '10.0.0.2/24' }] },
      'two.ADD': { cniVersion: '', ips: [{ address: '10.0.0.3/24' }] },
      'three.ADD': { cniVersion: 5, ips: [{ address: '10.0.0.4/24' }] },
    }),
    steps: [{ op: 'add', text: listOf(CHAIN, { cniVersion: '1.0.0' }) }],
    both: {
      'answers 0 value': { cniVersion: '1.0.0', ips: [{ address: '10.0.0.4/24' }] },
      'calls 2 stdin prevResult': { cniVersion: '1.0.0', ips: [{ address: '10.0.0.3/24' }] },
    },
  },
  {
    title: 'a result of another version than the list goes on as it is',
    files: answers({
      'one.ADD': { cniVersion: '0.4.0', ...resultOf('0.4.0') },
      'two.ADD': { cniVersion: '1.0.0', ...resultOf('1.0.0') },
      'three.ADD': { cniVersion: '0.2.0', ...BY_FAMILY },
    }),
    steps: [{ op: 'add', text: listOf(CHAIN) }],
    both: {
      'calls 1 stdin prevResult cniVersion': '0.4.0',
      'calls 2 stdin prevResult cniVersion': '1.0.0',
      'answers 0 value cniVersion': '0.2.0',
      [`${CACHED} entry result cniVersion`]: '0.2.0',
    },
  },
  ...['0.3.0', '0.3.1', '0.4.0'].map((cniVersion): Case => ({
    title: `the family of an address of ${cniVersion} is always that of the address`,
    why:
      'The spec of that version requires `version`; libcni writes whatever the plugin did, which ' +
      'a plugin of that version then refuses or mistakes.',
    files: answers({
      'one.ADD': {
        ips: [
          { version: '6', address: '10.0.0.2/24' },
          { address: 'fd00::2/64' },
          { version: '4', address: '10.0.0.3/24' },
        ],
      },
    }),
    steps: [{ op: 'add', text: listOf(['one', 'two'], { cniVersion }) }],
    differs: {
      'calls 1 stdin prevResult ips 0 version': { ours: '4', libcni: '6' },
      'calls 1 stdin prevResult ips 1 version': { ours: '6', libcni: '' },
    },
    both: { 'calls 1 stdin prevResult ips 2 version': '4' },
  })),
  {
    title: 'IPv6 is spelled in one way',
    files: answers({
      'one.ADD': {
        cniVersion: '1.1.0',
        ips: [
          { address: '2001:0DB8:0:0:0:0:0:5/64', gateway: '2001:db8:0:0:1:0:0:1' },
          { address: '1:0:0:2:0:0:0:3/48', gateway: '1:0:2:0:3:0:4:5' },
          { address: '0:0:0:0:0:0:0:0/0', gateway: '::1' },
          { address: '64:ff9b::10.0.0.1/96', gateway: 'fe80::' },
        ],
        routes: [{ dst: '::ffff:10.0.0.0/104', gw: '::FFFF:a00:1' }],
      },
    }),
    steps: [{ op: 'add', text: listOf(['one', 'two']) }],
    both: {
      'answers 0 ok': true,
      'calls 1 stdin prevResult': {
        cniVersion: '1.1.0',
        ips: [
          { address: '2001:db8::5/64', gateway: '2001:db8::1:0:0:1' },
          { address: '1:0:0:2::3/48', gateway: '1:0:2:0:3:0:4:5' },
          { address: '::/0', gateway: '::1' },
          { address: '64:ff9b::a00:1/96', gateway: 'fe80::' },
        ],
        routes: [{ dst: '10.0.0.0/8', gw: '10.0.0.1' }],
      },
    },
  },
  {
    title: 'IPv4 in IPv6 is IPv4',
    files: answers({
      'one.ADD': {
        ips: ['::ffff:10.0.0.2/120', '::ffff:a00:2/96', '::ffff:10.0.0.2/64', '::ffff:0:0/128'].map(
          (address) => ({ address, version: '4', gateway: '::ffff:10.0.0.1' }),
        ),
      },
    }),
    steps: ['0.4.0', '1.1.0'].map((cniVersion) => ({
      op: 'add',
      text: listOf(['one', 'two'], { cniVersion }),
    })),
    both: {
      'calls 3 stdin prevResult ips 0': { address: '10.0.0.2/24', gateway: '10.0.0.1' },
      'calls 3 stdin prevResult ips 1 address': '10.0.0.2/0',
      'calls 3 stdin prevResult ips 2 address': '10.0.0.2/0',
      'calls 3 stdin prevResult ips 3 address': '0.0.0.0/32',
    },
  },
  {
    title: 'nothing and null are as good as absent in a result',
    files: answers({
      'one.ADD': 'null',
      'two.ADD': { interfaces: null, ips: [], routes: null, dns: null },
      'three.ADD': {
        ips: [{ version: '4', address: '10.0.0.2/8', gateway: '', interface: null }],
        dns: {},
      },
    }),
    steps: ['0.1.0', '0.4.0', '1.1.0'].map((cniVersion) => ({
      op: 'add',
      text: listOf(CHAIN, { cniVersion }),
    })),
    both: {
      'answers 0 value': { cniVersion: '0.1.0', dns: {} },
      'answers 1 value': {
        cniVersion: '0.4.0',
        ips: [{ version: '4', address: '10.0.0.2/8' }],
        dns: {},
      },
      'answers 2 value': { cniVersion: '1.1.0', ips: [{ address: '10.0.0.2/8' }] },
      'calls 7 stdin prevResult': { cniVersion: '1.1.0' },
    },
  },
  {
    title: 'keys that no version has are lost on the way',
    files: answers({
      'one.ADD': {
        cniVersion: '1.1.0',
        x: 1,
        interfaces: [{ name: 'a', x: 1 }],
        ips: [{ address: '10.0.0.2/8', x: 1 }],
        routes: [{ dst: '0.0.0.0/0', x: 1 }],
        dns: { domain: 'd', x: 1 },
      },
    }),
    steps: [{ op: 'add', text: listOf(['one', 'two']) }],
    both: {
      'calls 1 stdin prevResult': {
        cniVersion: '1.1.0',
        interfaces: [{ name: 'a' }],
        ips: [{ address: '10.0.0.2/8' }],
        routes: [{ dst: '0.0.0.0/0' }],
        dns: { domain: 'd' },
      },
    },
  },
  {
    title: 'an older form has no room for what a newer one brought',
    files: answers({ 'one.ADD': { ...NEWEST, ips: FLAT.ips.map(withVersion) } }),
    steps: [{ op: 'add', text: listOf(['one', 'two'], { cniVersion: '0.4.0' }) }],
    both: {
      'calls 1 stdin prevResult interfaces': [{ name: 'v' }, { name: 'w' }],
      'calls 1 stdin prevResult routes 0': {
        dst: '0.0.0.0/0',
        mtu: 1400,
        advmss: 1360,
        priority: 5,
        table: 0,
        scope: 253,
      },
    },
  },
  {
    title: 'an error object with exit code 0 is a result',
    files: failing('one.ADD', { code: 7, msg: 'x' }, '0'),
    steps: [{ op: 'add', text: listOf(['one']) }],
    both: { 'answers 0 value': { cniVersion: '1.1.0' } },
  },
]

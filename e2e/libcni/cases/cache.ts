import { answers, CACHED, cacheEntry, call, type Case, json, listOf } from '../case.ts'
import { CONF } from '../operation.ts'

const RESULT = {
  cniVersion: '1.1.0',
  interfaces: [{ name: 'eth0', mac: '00:11:22:33:44:55', mtu: 1400, sandbox: CONF.netns }],
  ips: [{ address: '10.0.0.2/24', gateway: '10.0.0.1', interface: 0 }],
  routes: [{ dst: '0.0.0.0/0', table: 100, scope: 0 }],
  dns: { nameservers: ['10.0.0.1'] },
}
const CHAIN = ['one', 'two']
const ADDED = answers({ 'one.ADD': RESULT, 'two.ADD': RESULT })
const RICH = {
  ...CONF,
  args: [['K8S_POD_NAME', 'ä<&>"'] as const, ['B', ''] as const],
  capabilityArgs: { portMappings: [{ hostPort: 80 }], mac: null, deep: { a: [{}], b: '<' } },
}

/** The entries of the cache, of which each side reads the other's. */
export const cache: readonly Case[] = [
  {
    title: 'an entry has the keys of libcni, its modes and its name',
    files: ADDED,
    steps: [{ op: 'add', text: listOf(CHAIN) }],
    both: {
      cache: {
        results: { mode: '700' },
        'results/net-box-1-eth0': cacheEntry(listOf(CHAIN), RESULT),
      },
    },
  },
  {
    title: 'an entry has the arguments of the attachment',
    steps: [{ op: 'add', text: listOf(CHAIN), conf: RICH }, { op: 'attachments' }],
    both: {
      [`${CACHED} entry cniArgs`]: RICH.args,
      [`${CACHED} entry capabilityArgs`]: RICH.capabilityArgs,
      'answers 1 value 0 args': RICH.args,
      'answers 1 value 0 capabilityArgs': RICH.capabilityArgs,
    },
  },
  {
    title: 'an entry without a netns or arguments has not the keys',
    steps: [
      {
        op: 'add',
        text: listOf(CHAIN),
        conf: { ...CONF, netns: '', args: [], capabilityArgs: {} },
      },
      { op: 'attachments' },
    ],
    both: {
      [`${CACHED} entry netns`]: undefined,
      [`${CACHED} entry cniArgs`]: undefined,
      [`${CACHED} entry capabilityArgs`]: undefined,
    },
  },
  {
    title: 'ADD once more replaces the entry',
    steps: [
      { op: 'add', text: listOf(['one', 'two', 'three']), conf: RICH },
      { change: ADDED },
      { op: 'add', text: listOf(CHAIN) },
    ],
    both: { [CACHED]: cacheEntry(listOf(CHAIN), RESULT) },
  },
  {
    title: "the other side's entry is listed",
    files: ADDED,
    steps: [
      { op: 'add', by: 'other', text: listOf(CHAIN), conf: RICH },
      { op: 'add', by: 'other', text: listOf(['one'], { name: 'b' }) },
      { op: 'add', by: 'other', text: listOf(['one']), conf: { ...CONF, ifName: 'net1' } },
      { op: 'attachments' },
    ],
    both: {
      'answers 3 value length': 3,
      'answers 3 value 1': {
        network: 'net',
        ...RICH,
        config: JSON.parse(listOf(CHAIN)) as unknown,
      },
      'answers 3 value 2 ifName': 'net1',
    },
  },
  {
    title: "the other side's entry is there for CHECK, DEL and GC",
    files: ADDED,
    steps: [
      { op: 'add', by: 'other', text: listOf(CHAIN) },
      { op: 'cachedResult', text: listOf(CHAIN) },
      { op: 'check', text: listOf(CHAIN) },
      { op: 'del', text: listOf(CHAIN) },
      { op: 'add', by: 'other', text: listOf(CHAIN) },
      { op: 'gc', text: listOf(CHAIN), validAttachments: [] },
    ],
    both: {
      'answers 1 value': RESULT,
      'calls 2': call('CHECK', 'one', { prevResult: RESULT }),
      'calls 5': call('DEL', 'one', { prevResult: RESULT }),
      'calls 9': call('DEL', 'one', { prevResult: RESULT }),
      'calls length': 12,
      cache: { results: { mode: '700' } },
    },
  },
  ...['0.2.0', '0.3.1', '0.4.0', '1.0.0'].map((cniVersion): Case => ({
    title: `the other side's result of ${cniVersion} is read`,
    files: answers({
      'one.ADD':
        cniVersion < '0.3'
          ? { ip4: { ip: '10.0.0.2/24', routes: [{ dst: '0.0.0.0/0' }] } }
          : { ips: [{ version: '4', address: '10.0.0.2/24' }], dns: { domain: 'd' } },
    }),
    steps: [
      { op: 'add', by: 'other', text: listOf(['one'], { cniVersion }) },
      { op: 'cachedResult', text: listOf(['one'], { cniVersion }) },
      { op: 'del', text: listOf(['one'], { cniVersion }) },
    ],
    both: { 'answers 1 value cniVersion': cniVersion, [CACHED]: undefined },
  })),
  {
    title: 'an entry of libcni before 0.8, a bare result, is read but not listed',
    files: { 'cache/results/net-box-1-eth0': json(RESULT) },
    steps: [
      { op: 'attachments' },
      { op: 'cachedResult', text: listOf(CHAIN) },
      { op: 'check', text: listOf(CHAIN) },
      { op: 'del', text: listOf(CHAIN) },
    ],
    both: {
      'answers 0 value': [],
      'answers 1 value': RESULT,
      'calls 0 stdin prevResult': RESULT,
      'calls 3 stdin prevResult': RESULT,
      [CACHED]: undefined,
    },
  },
  {
    title: 'what the cache has nothing of is nothing',
    steps: [{ op: 'attachments' }, { op: 'cachedResult', text: listOf(CHAIN) }],
    both: { 'answers 0 value': [], 'answers 1 value': null },
  },
  {
    title: 'a cached result without a version is of that of the list',
    why:
      'Such an entry is of a libcni that kept what the plugin printed, and the plugin was of the ' +
      "list's version (containernetworking/cni#895); libcni takes it for 0.1.0 and loses all of it.",
    files: {
      'cache/results/net-box-1-eth0': json({ ips: [{ address: '10.0.0.2/24' }] }),
    },
    steps: [{ op: 'cachedResult', text: listOf(CHAIN) }],
    differs: {
      'answers 0 value ips': { ours: [{ address: '10.0.0.2/24' }], libcni: undefined },
    },
  },
  {
    title: 'an entry that no attachment can have is not listed',
    why:
      'A DEL of it could not be run: ours holds ids against the rules for every verb. It is among ' +
      'the damaged ones.',
    files: {
      'cache/results/net-x': json({
        kind: 'cniCacheV1',
        containerId: '../x',
        networkName: 'net',
        ifName: 'eth0',
        config: '',
      }),
    },
    steps: [{ op: 'attachments' }],
    differs: {
      'answers 0 value': {
        ours: [],
        libcni: [
          {
            network: 'net',
            containerId: '../x',
            ifName: 'eth0',
            netns: '',
            args: [],
            capabilityArgs: {},
            config: '',
          },
        ],
      },
    },
  },
]

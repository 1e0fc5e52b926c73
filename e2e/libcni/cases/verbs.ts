import { answers, CACHED, cacheEntry, call, type Case, failing, json, listOf } from '../case.ts'
import { CONF } from '../operation.ts'

const CHAIN = ['one', 'two', 'three']
const RESULT = { cniVersion: '1.1.0', ips: [{ address: '10.0.0.2/24' }] }
const ADDED = answers({ 'one.ADD': RESULT, 'two.ADD': RESULT, 'three.ADD': RESULT })
const HALF = '{"kind":"cniCacheV1","containerId":"box'

/** CHECK and DEL, and the cached result that they need. */
export const verbs: readonly Case[] = [
  {
    title: 'CHECK runs in the order of the list with the cached result',
    files: ADDED,
    steps: [
      { op: 'add', text: listOf(CHAIN) },
      { op: 'check', text: listOf(CHAIN) },
    ],
    both: {
      'calls 3': call('CHECK', 'one', { prevResult: RESULT }),
      'calls 5': call('CHECK', 'three', { prevResult: RESULT }),
    },
  },
  {
    title: 'CHECK without a cached result runs without prevResult',
    steps: [{ op: 'check', text: listOf(['one']) }],
    both: { calls: [call('CHECK', 'one', {})] },
  },
  {
    title: 'CHECK of a list older than 0.4.0 is refused',
    steps: ['0.1.0', '0.2.0', '0.3.0', '0.3.1'].map((cniVersion) => ({
      op: 'check',
      text: listOf(['one'], { cniVersion }),
    })),
    fails: Object.fromEntries(
      [0, 1, 2, 3].map((index) => [
        index,
        { ours: 'FL_CNI_VERSION' as const, libcni: 'does not support the CHECK command' },
      ]),
    ),
    both: { calls: [] },
  },
  {
    title: 'CHECK is not run for a list with disableCheck, and succeeds',
    steps: [true, 'true', 'TRUE', 'False', false].map((disableCheck) => ({
      op: 'check',
      text: listOf(['one'], { disableCheck }),
    })),
    both: { 'calls length': 2, 'answers 0 ok': true },
  },
  {
    title: 'CHECK of a list older than 0.4.0 is refused, disableCheck or not',
    steps: [
      { op: 'check', text: listOf(['one'], { cniVersion: '0.3.1', disableCheck: true }) },
      { op: 'check', text: json({ name: 'net', plugins: [{ type: 'one' }] }) },
    ],
    fails: {
      0: { ours: 'FL_CNI_VERSION', libcni: 'does not support the CHECK command' },
      1: { ours: 'FL_CNI_VERSION', libcni: 'does not support the CHECK command' },
    },
  },
  {
    title: 'CHECK stops at the first plugin that fails',
    files: failing('two.CHECK', { cniVersion: '1.1.0', code: 101, msg: 'gone', details: 'veth' }),
    steps: [{ op: 'check', text: listOf(CHAIN) }],
    both: {
      'calls length': 2,
      'answers 0 plugin': { code: 101, msg: 'gone', details: 'veth' },
    },
  },
  {
    title: 'CHECK with a damaged entry in the cache fails',
    files: { 'cache/results/net-box-1-eth0': HALF },
    steps: [{ op: 'check', text: listOf(['one']) }],
    fails: { 0: { ours: 'FL_CNI_CACHE', libcni: 'failed to get network "net" cached result' } },
    both: { calls: [], [`${CACHED} entry`]: HALF },
  },
  {
    title: 'DEL runs last plugin first with the cached result, and forgets it',
    files: ADDED,
    steps: [
      { op: 'add', text: listOf(CHAIN) },
      { op: 'del', text: listOf(CHAIN) },
      { op: 'del', text: listOf(CHAIN) },
      { op: 'attachments' },
    ],
    both: {
      'calls 3': call('DEL', 'three', { prevResult: RESULT }),
      'calls 5': call('DEL', 'one', { prevResult: RESULT }),
      'calls 6': call('DEL', 'three', {}),
      'answers 3 value': [],
      cache: { results: { mode: '700' } },
    },
  },
  ...['0.1.0', '0.2.0', '0.3.0', '0.3.1'].map((cniVersion): Case => ({
    title: `DEL of a list of ${cniVersion} has no prevResult`,
    files: answers({ 'one.ADD': { cniVersion, ip4: { ip: '10.0.0.2/24' } } }),
    steps: [
      { op: 'add', text: listOf(['one'], { cniVersion }) },
      { op: 'del', text: listOf(['one'], { cniVersion }) },
    ],
    both: {
      'calls 1': call('DEL', 'one', { cniVersion }),
      cache: { results: { mode: '700' } },
    },
  })),
  {
    title: 'DEL that fails stops there and keeps the cache for the next',
    files: { ...ADDED, ...failing('two.DEL', { code: 11, msg: 'again' }) },
    steps: [
      { op: 'add', text: listOf(CHAIN) },
      { op: 'del', text: listOf(CHAIN) },
      { change: { 'answers/two.DEL.exit': null } },
      { op: 'del', text: listOf(['one']) },
      { op: 'add', text: listOf(CHAIN) },
    ],
    both: {
      'calls length': 9,
      'answers 1 plugin': { code: 11, msg: 'again', details: '' },
      'calls 5 stdin prevResult': RESULT,
      [CACHED]: cacheEntry(listOf(CHAIN), RESULT),
    },
  },
  {
    title: 'DEL takes no account of what a plugin prints',
    files: answers({ 'one.DEL': 'not json', 'two.DEL': { code: 5, msg: 'x' } }),
    steps: [{ op: 'del', text: listOf(['one', 'two']) }],
    both: { 'answers 0 ok': true, 'calls length': 2 },
  },
  {
    title: 'DEL with a damaged entry in the cache runs without prevResult and removes it',
    files: { 'cache/results/net-box-1-eth0': HALF },
    steps: [{ op: 'del', text: listOf(['one']) }],
    both: { calls: [call('DEL', 'one', {})], [CACHED]: undefined },
  },
  {
    title: 'a damaged entry stays until DEL succeeds',
    why: 'libcni removes it before DEL, and GC, which goes by the cache, then never tries again.',
    files: { 'cache/results/net-box-1-eth0': HALF, ...failing('one.DEL', { code: 11, msg: 'x' }) },
    steps: [{ op: 'del', text: listOf(['one']) }],
    differs: { [CACHED]: { ours: { mode: '644', entry: HALF }, libcni: undefined } },
    both: { 'calls length': 1 },
  },
  {
    title: 'the prevResult of DEL and CHECK is in the version of the list, changed as it may be',
    files: answers({
      'one.ADD': {
        ips: [{ version: '4', address: '10.0.0.2/24', interface: 0 }],
        interfaces: [{ name: 'eth0' }],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    }),
    steps: [
      { op: 'add', text: listOf(['one'], { cniVersion: '0.4.0' }) },
      { op: 'check', text: listOf(['one']) },
      { op: 'cachedResult', text: listOf(['one'], { cniVersion: '1.0.0' }) },
      { op: 'cachedResult', text: listOf(['one'], { cniVersion: '0.2.0' }) },
      { op: 'cachedResult', text: listOf(['one'], { cniVersion: '0.3.1' }) },
      { op: 'del', text: listOf(['one']) },
    ],
    both: {
      'calls 1 stdin prevResult cniVersion': '1.1.0',
      'calls 1 stdin prevResult ips 0': { address: '10.0.0.2/24', interface: 0 },
      'calls 2 stdin prevResult cniVersion': '1.1.0',
      'answers 2 value cniVersion': '1.0.0',
      'answers 3 value ip4 ip': '10.0.0.2/24',
      'answers 4 value cniVersion': '0.3.1',
    },
  },
  {
    title: 'the prevResult of DEL is in an older version of the list, too',
    files: answers({ 'one.ADD': RESULT }),
    steps: [
      { op: 'add', text: listOf(['one']) },
      { op: 'del', text: listOf(['one'], { cniVersion: '0.4.0' }) },
    ],
    both: {
      'calls 1 stdin prevResult': {
        cniVersion: '0.4.0',
        ips: [{ version: '4', address: '10.0.0.2/24' }],
        dns: {},
      },
    },
  },
  {
    title: "one network's entry of the cache is not another's of the same file name",
    why:
      'Network "a-b" with container "c" and network "a" with container "b-c" have one file name. ' +
      "libcni hands the one's result to the other's DEL and forgets it.",
    steps: [
      {
        op: 'add',
        text: listOf(['one'], { name: 'a-b' }),
        conf: { ...CONF, containerId: 'c' },
      },
      {
        op: 'cachedResult',
        text: listOf(['one'], { name: 'a' }),
        conf: { ...CONF, containerId: 'b-c' },
      },
      { op: 'del', text: listOf(['one'], { name: 'a' }), conf: { ...CONF, containerId: 'b-c' } },
    ],
    differs: {
      'answers 1 value': { ours: null, libcni: { cniVersion: '1.1.0' } },
      'calls 1 stdin prevResult': { ours: undefined, libcni: { cniVersion: '1.1.0' } },
      'cache results/a-b-c-eth0': {
        ours: {
          mode: '600',
          entry: {
            kind: 'cniCacheV1',
            containerId: 'c',
            ifName: 'eth0',
            netns: CONF.netns,
            networkName: 'a-b',
            config: JSON.parse(listOf(['one'], { name: 'a-b' })) as unknown,
            result: { cniVersion: '1.1.0' },
          },
        },
        libcni: undefined,
      },
    },
    both: { 'calls length': 2 },
  },
]

import { answers, call, type Case, failing, json, listOf } from '../case.ts'
import { CONF } from '../operation.ts'

const NOW_VALID = [{ containerID: 'box-1', ifname: 'eth0' }]
const VALID = { 'cni.dev/valid-attachments': NOW_VALID, 'cni.dev/attachments': NOW_VALID }
const NONE = { 'cni.dev/valid-attachments': [], 'cni.dev/attachments': [] }
const OTHER = {
  ...CONF,
  containerId: 'box-2',
  netns: '/run/netns/red',
  args: [['A', 'b'] as const],
  capabilityArgs: { mac: '00:00:00:00:00:01' },
}

const GARBAGE_VERSIONS: readonly (readonly [printed: string, libcni: string])[] = [
  ['', 'unexpected end of JSON input'],
  ['1.1.0', 'invalid character'],
  ['[]', 'cannot unmarshal array'],
  ['{}', 'missing field cniVersion'],
  ['null', 'missing field cniVersion'],
  ['{"cniVersion":null,"supportedVersions":["1.0.0"]}', 'missing field cniVersion'],
  ['{"cniVersion":"1.0.0"}', 'missing field supportedVersions'],
  ['{"cniVersion":"1.0.0","supportedVersions":"1.0.0"}', 'cannot unmarshal string'],
  ['{"cniVersion":"1.0.0","supportedVersions":[1]}', 'cannot unmarshal number'],
]

function add(text: string, conf = CONF) {
  return { op: 'add' as const, text, conf }
}

/** GC, STATUS and VERSION: what is not about one attachment. */
export const nodeVerbs: readonly Case[] = [
  {
    title: 'GC deletes what is cached and not valid, as it was added, then runs GC',
    steps: [
      add(listOf(['one', 'two'])),
      add(listOf(['one', 'two']), OTHER),
      add(listOf(['one'], { name: 'other' }), OTHER),
      add(listOf(['one', 'two']), { ...CONF, ifName: 'net1' }),
      { op: 'gc', text: listOf(['one', 'two']), validAttachments: NOW_VALID },
      { op: 'attachments' },
    ],
    both: {
      'calls length': 13,
      'calls 7 env CNI_IFNAME': 'net1',
      'calls 9': {
        plugin: 'two',
        env: {
          CNI_COMMAND: 'DEL',
          CNI_CONTAINERID: 'box-2',
          CNI_NETNS: '/run/netns/red',
          CNI_IFNAME: 'eth0',
          CNI_ARGS: 'A=b',
          CNI_PATH: '<case>/bin',
        },
        stdin: {
          cniVersion: '1.1.0',
          name: 'net',
          type: 'two',
          prevResult: { cniVersion: '1.1.0' },
        },
      },
      'calls 11': call('GC', 'one', VALID),
      'calls 12': call('GC', 'two', VALID),
      'answers 5 value length': 2,
    },
  },
  {
    title: 'GC below 1.1.0 deletes what is stale and runs no GC',
    steps: [
      add(listOf(['one'], { cniVersion: '1.0.0' })),
      { op: 'gc', text: listOf(['one'], { cniVersion: '1.0.0' }), validAttachments: [] },
    ],
    both: { 'calls length': 2, 'calls 1 env CNI_COMMAND': 'DEL' },
  },
  {
    title: 'GC of a list with disableGC does nothing at all',
    steps: [
      add(listOf(['one'])),
      { op: 'gc', text: listOf(['one'], { disableGC: 'true' }), validAttachments: [] },
    ],
    both: { 'calls length': 1, 'answers 1 ok': true },
  },
  {
    title: 'GC goes on after a plugin that fails, and fails',
    files: failing('one.GC', { code: 100, msg: 'x', details: 'y' }),
    steps: [{ op: 'gc', text: listOf(['one', 'two']), validAttachments: NOW_VALID }],
    both: { 'calls length': 2, 'answers 0 plugin': { code: 100, msg: 'x', details: 'y' } },
  },
  {
    title: 'GC goes on after a stale attachment that cannot be deleted, and keeps it',
    files: failing('one.DEL', { code: 11, msg: 'busy' }),
    steps: [
      add(listOf(['one'])),
      add(listOf(['one']), OTHER),
      { op: 'gc', text: listOf(['one']), validAttachments: [] },
      { op: 'attachments' },
    ],
    both: {
      'calls length': 5,
      'calls 4': call('GC', 'one', NONE),
      'answers 3 value length': 2,
    },
  },
  {
    title: 'GC does not run the plugins while an entry of the network cannot be read',
    why:
      'Such an entry is written at this moment, or its container is not known: libcni tells plugins that ' +
      'nothing but the others is valid, and they take the address of a container that lives.',
    files: {
      'cache/results/net-box-3-eth0': '{"kind":"cniCacheV1"',
      'cache/results/net-box-4-eth0': json({ cniVersion: '1.1.0' }),
      'cache/results/net-box-5-eth0': json({ kind: 'cniCacheV2', networkName: 'net' }),
      'cache/results/net-box-6-eth0': json({ kind: 'cniCacheV1', networkName: 'net' }),
    },
    steps: [{ op: 'gc', text: listOf(['one']), validAttachments: [] }, { op: 'attachments' }],
    fails: { 0: { ours: 'FL_CNI_CACHE' } },
    differs: {
      'answers 0': { ours: { ok: false }, libcni: { ok: true, value: null } },
      calls: { ours: [], libcni: [call('GC', 'one', NONE)] },
    },
    both: { 'answers 1 value': [] },
  },
  {
    title: 'GC says which attachments are valid, be it none',
    why:
      'libcni leaves the keys out where it is given no arguments, and a plugin cannot tell that from ' +
      '"none is valid"; the spec has no GC without the list, and ours cannot be called so.',
    steps: [{ op: 'gc', text: listOf(['one']) }],
    differs: {
      'calls 0 stdin cni.dev/valid-attachments': { ours: [], libcni: undefined },
      'calls 0 stdin cni.dev/attachments': { ours: [], libcni: undefined },
    },
  },
  {
    title: 'GC fails when the cache cannot be listed',
    why: 'Then nobody knows what is stale; libcni reports success, and has done nothing.',
    files: { 'cache/results': 'not a folder' },
    steps: [{ op: 'gc', text: listOf(['one']), validAttachments: [] }, { op: 'attachments' }],
    fails: {
      0: { ours: 'FL_CNI_CACHE' },
      1: { ours: 'FL_CNI_CACHE', libcni: 'not a directory' },
    },
    differs: { 'answers 0': { ours: { ok: false }, libcni: { ok: true, value: null } } },
    both: { calls: [] },
  },
  {
    title: 'STATUS runs in the order of the list and stops at the first that is not ready',
    files: failing('two.STATUS', { cniVersion: '1.1.0', code: 50, msg: 'no', details: 'later' }),
    steps: [{ op: 'status', text: listOf(['one', 'two', 'three']) }],
    both: {
      calls: [call('STATUS', 'one', {}), call('STATUS', 'two', {})],
      'answers 0 plugin': { code: 50, msg: 'no', details: 'later' },
    },
  },
  {
    title: 'STATUS may be 51',
    files: failing('one.STATUS', { cniVersion: '1.1.0', code: 51, msg: 'limited' }),
    steps: [{ op: 'status', text: listOf(['one']) }],
    both: { 'answers 0 plugin': { code: 51, msg: 'limited', details: '' } },
  },
  {
    title: 'STATUS below 1.1.0 runs nothing and succeeds',
    steps: ['0.4.0', '1.0.0'].map((cniVersion) => ({
      op: 'status',
      text: listOf(['missing'], { cniVersion }),
    })),
    both: { calls: [], 'answers 1 ok': true },
  },
  ...(
    [
      [{ cniVersion: '1.1.0', supportedVersions: ['1.0.0', '9.0.0'] }, ['1.0.0', '9.0.0']],
      [{ cniVersion: '0.2.0' }, ['0.1.0', '0.2.0']],
      [{ cniVersion: '0.2.0', supportedVersions: [] }, ['0.1.0', '0.2.0']],
      [{ cniVersion: '0.2.0', supportedVersions: null }, ['0.1.0', '0.2.0']],
      [{ cniVersion: 'x', supportedVersions: ['y'], more: 1 }, ['y']],
    ] as const
  ).map(([printed, versions]): Case => ({
    title: `VERSION that prints ${json(printed)} is ${versions.join(', ')}`,
    files: answers({ 'one.VERSION': printed }),
    steps: [{ op: 'version', plugin: 'one' }],
    both: { 'answers 0 value': versions },
  })),
  {
    title: 'VERSION of a plugin that does not know it is 0.1.0',
    files: failing('one.VERSION', {
      cniVersion: '',
      code: 100,
      msg: 'unknown CNI_COMMAND: VERSION',
    }),
    steps: [{ op: 'version', plugin: 'one' }],
    both: { 'answers 0 value': ['0.1.0'] },
  },
  {
    title: 'VERSION of a plugin that fails in another way fails',
    files: {
      ...failing('one.VERSION', { code: 4, msg: 'CNI_CONTAINERID is missing' }),
      ...failing('two.VERSION', 'unknown CNI_COMMAND: VERSION'),
    },
    steps: ['one', 'two'].map((plugin) => ({ op: 'version', plugin })),
    fails: { 1: { ours: 'FL_CNI_PLUGIN_EXIT', libcni: 'error parsing its diagnostic message' } },
    both: { 'answers 0 plugin msg': 'CNI_CONTAINERID is missing' },
  },
  {
    title: 'VERSION of a plugin that does not know it is 0.1.0, whatever details it gives',
    why: 'libcni compares the message with its details behind it.',
    files: failing('one.VERSION', { code: 4, msg: 'unknown CNI_COMMAND: VERSION', details: 'd' }),
    steps: [{ op: 'version', plugin: 'one' }],
    fails: { 0: { libcni: 'unknown CNI_COMMAND: VERSION; d' } },
    differs: { 'answers 0': { ours: { ok: true, value: ['0.1.0'] }, libcni: { ok: false } } },
  },
  {
    title: 'VERSION that prints something else fails',
    steps: GARBAGE_VERSIONS.flatMap(([printed]) => [
      { change: answers({ 'one.VERSION': printed }) },
      { op: 'version' as const, plugin: 'one' },
    ]),
    fails: Object.fromEntries(
      GARBAGE_VERSIONS.map(([printed, libcni], index) => [
        index,
        {
          ours: printed === '' ? 'FL_CNI_PLUGIN_NO_OUTPUT' : 'FL_CNI_PLUGIN_GARBAGE',
          libcni,
        },
      ]),
    ),
  },
  {
    title: 'a list is valid when its plugins are there and support its version',
    files: answers({ 'three.VERSION': { cniVersion: '0.2.0' } }),
    steps: [
      { op: 'validate', text: listOf(['one', 'two']) },
      { op: 'validate', text: listOf(['one', 'missing']) },
      { op: 'validate', text: listOf(['one', 'three']) },
      { op: 'validate', text: listOf(['three'], { cniVersion: '0.2.0' }) },
      { op: 'validate', text: listOf(['three'], { cniVersion: undefined }) },
    ],
    fails: {
      1: { ours: 'FL_CNI_PLUGIN_NOT_FOUND', libcni: 'failed to find plugin "missing"' },
      2: { ours: 'FL_CNI_VERSION', libcni: 'does not support config version "1.1.0"' },
    },
    both: { 'answers 0 ok': true, 'answers 3 ok': true, 'answers 4 ok': true },
  },
  {
    title: 'a list is not valid without its IPAM plugin',
    why: 'libcni does not look at `ipam`, and the ADD that follows fails inside the plugin.',
    steps: [
      {
        op: 'validate',
        text: listOf([], { plugins: [{ type: 'one', ipam: { type: 'missing' } }] }),
      },
    ],
    fails: { 0: { ours: 'FL_CNI_PLUGIN_NOT_FOUND' } },
    differs: { 'answers 0': { ours: { ok: false }, libcni: { ok: true, value: null } } },
  },
]

import { answers, call, type Case, json, listOf } from '../case.ts'
import { CONF } from '../operation.ts'

const CAPABILITY_ARGS = {
  portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
  mac: '00:11:22:33:44:66',
  bandwidth: null,
  unasked: { x: 1 },
}
const CAPABLE = json({
  cniVersion: '1.1.0',
  name: 'net',
  plugins: [
    { type: 'one', capabilities: { mac: true, portMappings: false, ips: true } },
    { type: 'two', capabilities: { portMappings: true, bandwidth: true } },
    { type: 'three', runtimeConfig: { own: true } },
  ],
})
const CAPABILITIES = [
  { mac: true, portMappings: false, ips: true },
  { portMappings: true, bandwidth: true },
]
const capable = { conf: { ...CONF, capabilityArgs: CAPABILITY_ARGS }, text: CAPABLE }

/** What a plugin is run with. */
export const requests: readonly Case[] = [
  {
    title: 'every verb has its six variables and its configuration',
    steps: (['add', 'check', 'del', 'gc', 'status'] as const).map((op) => ({
      op,
      text: listOf(['one']),
      validAttachments: [],
    })),
    both: {
      calls: [
        call('ADD', 'one', {}),
        call('CHECK', 'one', { prevResult: { cniVersion: '1.1.0' } }),
        call('DEL', 'one', { prevResult: { cniVersion: '1.1.0' } }),
        call('GC', 'one', { 'cni.dev/valid-attachments': [], 'cni.dev/attachments': [] }),
        call('STATUS', 'one', {}),
      ],
    },
  },
  {
    title: 'VERSION has stand-ins for what old plugins want',
    steps: [{ op: 'version', plugin: 'one' }],
    both: {
      'calls 0 env': {
        CNI_COMMAND: 'VERSION',
        CNI_CONTAINERID: '',
        CNI_NETNS: 'dummy',
        CNI_IFNAME: 'dummy',
        CNI_ARGS: '',
        CNI_PATH: 'dummy',
      },
      'calls 0 stdin': { cniVersion: '1.1.0' },
    },
  },
  {
    title: 'CNI_PATH has all bin dirs, and the first that has the plugin is taken',
    plugins: ['second/one', 'second/two', 'third/one'],
    binDirs: ['first', 'second', 'third'],
    files: { 'first/one/is-a-folder': '', 'first/two': '-> ../second/two' },
    steps: [{ op: 'add', text: listOf(['one', 'two']) }],
    both: {
      'calls 0 env CNI_PATH': '<case>/first:<case>/second:<case>/third',
      'calls length': 2,
    },
  },
  {
    title: 'CNI_ARGS has the pairs in order',
    steps: [
      {
        args: [
          ['IgnoreUnknown', '1'] as const,
          ['K8S_POD_NAME', 'a=b c'] as const,
          ['E', ''] as const,
        ],
      },
      { args: [] },
      { args: [['only', 'ä"$x'] as const] },
    ].map(({ args }) => ({ op: 'add', text: listOf(['one']), conf: { ...CONF, args } })),
    both: {
      'calls 0 env CNI_ARGS': 'IgnoreUnknown=1;K8S_POD_NAME=a=b c;E=',
      'calls 1 env CNI_ARGS': '',
      'calls 2 env CNI_ARGS': 'only=ä"$x',
    },
  },
  {
    title: 'CNI_ARGS takes no ";" in a value, and no "=" in a key',
    why:
      'Either would be another argument to the plugin than to whoever gave it, as with a pod name ' +
      'that brings an argument of its own; libcni joins whatever it is given.',
    steps: [['a', 'b;c=d'] as const, ['a=b', 'c'] as const, ['', 'c'] as const].map((pair) => ({
      op: 'add',
      text: listOf(['one']),
      conf: { ...CONF, args: [pair] },
    })),
    fails: {
      0: { ours: 'FL_CNI_ARGUMENT' },
      1: { ours: 'FL_CNI_ARGUMENT' },
      2: { ours: 'FL_CNI_ARGUMENT' },
    },
    differs: {
      answers: {
        ours: [{ ok: false }, { ok: false }, { ok: false }],
        libcni: Array.from({ length: 3 }, () => ({ ok: true, value: { cniVersion: '1.1.0' } })),
      },
      calls: {
        ours: [],
        libcni: ['a=b;c=d', 'a=b=c', '=c'].map((CNI_ARGS) => ({
          ...call('ADD', 'one', {}),
          env: { ...call('ADD', 'one', {}).env, CNI_ARGS },
        })),
      },
      cache: { ours: {}, libcni: expectedCache() },
    },
  },
  {
    title: 'an empty netns is passed on',
    steps: (['add', 'del'] as const).map((op) => ({
      op,
      text: listOf(['one']),
      conf: { ...CONF, netns: '' },
    })),
    both: { 'calls 1 env CNI_NETNS': '' },
  },
  {
    title: 'each plugin gets the capability arguments that it asks for, and no `capabilities`',
    why:
      'CNI spec 1.1.0 section 3: for ADD, DEL and CHECK "`capabilities`: must not be set"; libcni ' +
      'leaves it in. Both leave it in for GC and STATUS, of which the spec does not say so.',
    steps: [
      { op: 'add', ...capable },
      { op: 'check', ...capable },
      { op: 'del', ...capable },
      { op: 'gc', ...capable, validAttachments: [] },
    ],
    differs: Object.fromEntries(
      [0, 1, 3, 4, 7, 8].map((index) => [
        `calls ${index} stdin capabilities`,
        {
          ours: undefined,
          libcni: CAPABILITIES[[0, 3, 8].includes(index) ? 0 : 1],
        },
      ]),
    ),
    both: {
      'calls 0 stdin runtimeConfig': { mac: '00:11:22:33:44:66' },
      'calls 1 stdin runtimeConfig': {
        portMappings: CAPABILITY_ARGS.portMappings,
        bandwidth: null,
      },
      'calls 2 stdin runtimeConfig': { own: true },
      'calls 8 stdin runtimeConfig': { mac: '00:11:22:33:44:66' },
      'calls 9 stdin capabilities': CAPABILITIES[0],
      'calls 9 stdin runtimeConfig': undefined,
    },
  },
  {
    title: "a plugin's own name, cniVersion and prevResult give way to the list's",
    steps: [
      {
        op: 'add',
        text: json({
          cniVersion: '1.0.0',
          name: 'net',
          plugins: [
            { type: 'one', name: 'x', cniVersion: '0.1.0', prevResult: { x: 1 } },
            { type: 'two', name: 'x', cniVersion: '0.1.0', prevResult: { x: 1 } },
          ],
        }),
      },
    ],
    both: {
      'calls 0 stdin': { cniVersion: '1.0.0', name: 'net', type: 'one', prevResult: { x: 1 } },
      'calls 1 stdin': {
        cniVersion: '1.0.0',
        name: 'net',
        type: 'two',
        prevResult: { cniVersion: '1.0.0' },
      },
    },
  },
  {
    title: 'what the list itself has beside its plugins is not passed on',
    steps: [{ op: 'add', text: listOf(['one'], { extra: 1, cniVersions: ['1.1.0'] }) }],
    both: { 'calls 0 stdin': { cniVersion: '1.1.0', name: 'net', type: 'one' } },
  },
  {
    title: 'a plugin that cannot be found stops the chain there',
    files: answers({ 'one.ADD': { cniVersion: '1.1.0' } }),
    plugins: ['bin/one'],
    steps: [
      { op: 'add', text: listOf(['one', 'missing']) },
      { op: 'add', text: listOf(['bin/one']) },
      { op: 'add', text: listOf(['..']) },
      { op: 'status', text: listOf(['missing']) },
      { op: 'del', text: listOf(['missing', 'one']) },
      { op: 'check', text: listOf(['missing']) },
      { op: 'gc', text: listOf(['missing', 'one']), validAttachments: [] },
      { op: 'version', plugin: 'missing' },
    ],
    both: { 'calls length': 3 },
    fails: Object.fromEntries(
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => [
        index,
        {
          ours: 'FL_CNI_PLUGIN_NOT_FOUND' as const,
          libcni: index === 1 ? 'invalid plugin name' : 'failed to find plugin',
        },
      ]),
    ),
  },
]

/** libcni kept the last of the three. */
function expectedCache() {
  return {
    results: { mode: '700' },
    'results/net-box-1-eth0': {
      mode: '600',
      entry: {
        kind: 'cniCacheV1',
        containerId: 'box-1',
        ifName: 'eth0',
        netns: CONF.netns,
        networkName: 'net',
        cniArgs: [['', 'c']],
        config: JSON.parse(listOf(['one'])) as unknown,
        result: { cniVersion: '1.1.0' },
      },
    },
  }
}

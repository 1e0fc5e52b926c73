import { type Case, json, listOf } from '../case.ts'

const CONFLIST = json({
  cniVersion: '1.0.0',
  name: 'net',
  disableCheck: true,
  disableGC: 'False',
  plugins: [
    { type: 'one', capabilities: { mac: true, ips: false, aliases: true } },
    { type: 'two', ipam: { type: 'host-local' } },
  ],
})

const MALFORMED: readonly (readonly [list: unknown, libcni: string])[] = [
  [[], 'cannot unmarshal array'],
  [{ plugins: [{ type: 'one' }] }, 'no name'],
  [{ name: 5, plugins: [{ type: 'one' }] }, 'invalid name type float64'],
  [{ name: 'net', plugins: [] }, 'no plugins in list'],
  [{ name: 'net', plugins: null }, "invalid 'plugins' type <nil>"],
  [{ name: 'net', plugins: {} }, "invalid 'plugins' type map"],
  [{ name: 'net', plugins: ['one'] }, 'failed to parse plugin config 0'],
  [{ name: 'net', plugins: [{ type: '' }] }, "missing 'type'"],
  [{ name: 'net', plugins: [{ type: 5 }] }, 'cannot unmarshal number'],
  [{ name: 'net', plugins: [{}] }, "missing 'type'"],
  [{ name: 'net', plugins: [{ type: 'one', capabilities: { mac: 1 } }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', capabilities: ['mac'] }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', ipam: 'x' }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', ipam: { type: 1 } }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', dns: { search: 'x' } }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', prevResult: 1 }] }, 'cannot unmarshal'],
  [{ name: 'net', plugins: [{ type: 'one', cniVersion: 1 }] }, 'cannot unmarshal'],
  [{ name: 'net', cniVersion: 1, plugins: [{ type: 'one' }] }, 'invalid cniVersion type'],
]

/** Files and folders of configurations. */
export const loading: readonly Case[] = [
  {
    title: 'a .conflist is a list',
    files: { 'conf/10.conflist': CONFLIST },
    steps: [{ op: 'load', file: '10.conflist' }],
    both: {
      'answers 0 value plugins 0 capabilities': ['aliases', 'mac'],
      'answers 0 value plugins 1 ipamType': 'host-local',
      'answers 0 value disableCheck': true,
      'answers 0 value disableGC': false,
    },
  },
  ...['10.conf', '10.json'].map((file): Case => ({
    title: `a ${file.slice(2)} is one plugin, made a list of one, and kept so in the cache`,
    files: { [`conf/${file}`]: json({ cniVersion: '0.4.0', name: 'net', type: 'one', x: 1 }) },
    steps: [
      { op: 'load', file },
      { op: 'add', file },
      { op: 'del', file },
      { op: 'add', file },
    ],
    both: {
      'answers 0 value plugins length': 1,
      'calls 0 stdin': { cniVersion: '0.4.0', name: 'net', type: 'one', x: 1 },
      'cache results/net-box-1-eth0 entry config plugins 0 x': 1,
    },
  })),
  {
    title: 'a .conf without a name is refused',
    files: { 'conf/10.conf': json({ cniVersion: '0.4.0', type: 'one' }) },
    steps: [{ op: 'add', file: '10.conf' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'missing network name' } },
    both: { 'answers 0 ok': false, calls: [] },
  },
  {
    title: 'flags are booleans or their names in any case',
    steps: [true, false, 'true', 'FALSE', 'True'].map((flag) => ({
      op: 'load' as const,
      text: listOf(['one'], { disableCheck: flag, disableGC: flag, loadOnlyInlinedPlugins: flag }),
    })),
    both: { 'answers 4 value loadOnlyInlinedPlugins': true, 'answers 3 value disableGC': false },
  },
  {
    title: 'flags are nothing else',
    steps: ['yes', '', 1, null].map((flag) => ({
      op: 'load' as const,
      text: listOf(['one'], { disableCheck: flag }),
    })),
    fails: {
      0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid value "yes" for disableCheck' },
      1: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid value ""' },
      2: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid type float64' },
      3: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid type <nil>' },
    },
  },
  {
    title: 'a list has a name and plugins, each of which has a type',
    steps: MALFORMED.map(([list]) => ({ op: 'load' as const, text: json(list) })),
    fails: Object.fromEntries(
      MALFORMED.map(([, libcni], index) => [
        index,
        { ours: 'FL_CNI_CONFIG_INVALID' as const, libcni },
      ]),
    ),
  },
  {
    title: "the folder named after the network brings more plugins, in their files' order",
    files: {
      'conf/10.conflist': listOf(['one']),
      'conf/net/20.conf': json({ type: 'three' }),
      'conf/net/10.conf': json({ type: 'two', name: 'ignored', cniVersion: '0.1.0' }),
      'conf/net/05.conflist': json({ type: 'never' }),
      'conf/net/06.json': json({ type: 'never' }),
      'conf/net/07.conf/x': '',
      'conf/other/10.conf': json({ type: 'never' }),
    },
    steps: [
      { op: 'add', file: '10.conflist' },
      { op: 'del', file: '10.conflist' },
    ],
    both: {
      'calls length': 6,
      'calls 1 stdin': {
        cniVersion: '1.1.0',
        name: 'net',
        type: 'two',
        prevResult: { cniVersion: '1.1.0' },
      },
      'calls 2 plugin': 'three',
      'calls 3 plugin': 'three',
      'calls 5 plugin': 'one',
    },
  },
  {
    title: 'a folder alone is enough when `plugins` is absent',
    files: {
      'conf/10.conflist': json({ cniVersion: '1.1.0', name: 'net' }),
      'conf/net/10.conf': json({ type: 'two' }),
    },
    steps: [{ op: 'load', file: '10.conflist' }],
    both: { 'answers 0 value plugins': [{ type: 'two', ipamType: '', capabilities: [] }] },
  },
  {
    title: 'a list without plugins anywhere is refused',
    files: { 'conf/10.conflist': json({ cniVersion: '1.1.0', name: 'net' }) },
    steps: [{ op: 'load', file: '10.conflist' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'no plugin configs found' } },
  },
  {
    title: 'loadOnlyInlinedPlugins leaves the folder out, broken as it may be',
    files: {
      'conf/10.conflist': listOf(['one'], { loadOnlyInlinedPlugins: true }),
      'conf/net/10.conf': 'broken',
    },
    steps: [{ op: 'add', file: '10.conflist' }],
    both: { 'calls length': 1, 'answers 0 ok': true },
  },
  {
    title: 'loadOnlyInlinedPlugins without `plugins` is refused',
    steps: [{ op: 'load', text: json({ name: 'net', loadOnlyInlinedPlugins: true }) }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: "and no 'plugins' key" } },
  },
  {
    title: 'a broken file in the folder fails the list',
    files: { 'conf/10.conflist': listOf(['one']), 'conf/net/10.conf': json({ x: 1 }) },
    steps: [{ op: 'load', file: '10.conflist' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: "missing 'type'" } },
  },
  {
    title: 'the cache keeps the plugins of the folder with the list',
    why:
      'libcni keeps the file only, and a DEL from its cache alone then leaves out the plugins of ' +
      'the folder; ours keeps the whole list, which says loadOnlyInlinedPlugins for other readers.',
    files: {
      'conf/10.conflist': listOf(['one']),
      'conf/net/10.conf': json({ type: 'two' }),
    },
    steps: [{ op: 'add', file: '10.conflist' }],
    differs: {
      'cache results/net-box-1-eth0 entry config': {
        ours: {
          cniVersion: '1.1.0',
          name: 'net',
          plugins: [{ type: 'one' }, { type: 'two' }],
          loadOnlyInlinedPlugins: true,
        },
        libcni: { cniVersion: '1.1.0', name: 'net', plugins: [{ type: 'one' }] },
      },
    },
    both: { 'calls length': 2 },
  },
]

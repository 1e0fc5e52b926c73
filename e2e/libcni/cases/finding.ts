import { call, type Case, json, listOf, loaded } from '../case.ts'

/** Which file of a folder a network is found in. */
export const finding: readonly Case[] = [
  {
    title: 'the files of a folder are those with an extension, by the bytes of their names',
    files: {
      'conf/a.conf': '',
      'conf/B.conf': '',
      'conf/ä.conf': '',
      'conf/10.conflist': '',
      'conf/9.json': '',
      'conf/.hidden.conf': '',
      'conf/.conf': '',
      'conf/x.conf.bak': '',
      'conf/x.CONF': '',
      'conf/xconf': '',
      'conf/folder.conf/x': '',
      'conf/link.conf': '-> a.conf',
      'conf/dangling.conf': '-> nowhere',
      'conf/to-folder.conf': '-> folder.conf',
    },
    steps: [
      { op: 'files', extensions: ['.conf', '.conflist', '.json'] },
      { op: 'files', extensions: ['.conf'] },
      { op: 'files', extensions: [] },
    ],
    both: {
      'answers 0 value': [
        '.conf',
        '.hidden.conf',
        '10.conflist',
        '9.json',
        'B.conf',
        'a.conf',
        'dangling.conf',
        'link.conf',
        'to-folder.conf',
        'ä.conf',
      ].map((name) => `<case>/conf/${name}`),
      'answers 2 value': [],
    },
  },
  {
    title: 'a folder that is not there has no files',
    steps: [
      { change: { conf: null } },
      { op: 'files', extensions: ['.conf'] },
      { op: 'load', name: 'net' },
    ],
    both: { 'answers 0 value': [] },
    fails: { 1: { ours: 'FL_CNI_NETWORK_UNKNOWN', libcni: 'no net configurations found' } },
  },
  {
    title: 'a name is found in the first .conflist that has it, before any .conf',
    files: {
      'conf/00.conf': json({ name: 'net', cniVersion: '0.1.0', type: 'three' }),
      'conf/10.conflist': listOf(['two'], { name: 'other' }),
      'conf/20.conflist': listOf(['one']),
      'conf/30.conflist': listOf(['two']),
    },
    steps: [{ op: 'load', name: 'net' }],
    both: { 'answers 0 value plugins 0 type': 'one' },
  },
  {
    title: 'a name is found in a .conf or .json when no .conflist has it',
    files: {
      'conf/10.conflist': listOf(['two'], { name: 'other' }),
      'conf/20.conf': json({ type: 'two', cniVersion: '1.0.0' }),
      'conf/30.json': json({ name: 'net', cniVersion: '1.0.0', type: 'one' }),
      'conf/40.conf': json({ name: 'net', cniVersion: '1.0.0', type: 'three' }),
    },
    steps: [{ op: 'load', name: 'net' }],
    both: { 'answers 0 value plugins 0 type': 'one' },
  },
  {
    title: 'a name that no file has is not found',
    files: {
      'conf/10.conflist': listOf(['two'], { name: 'other' }),
      'conf/20.conf': json({ name: 'third', type: 'two' }),
    },
    steps: [{ op: 'load', name: 'net' }],
    fails: {
      0: { ours: 'FL_CNI_NETWORK_UNKNOWN', libcni: 'no net configuration with name "net"' },
    },
  },
  {
    title: 'a broken file before it fails the search',
    files: { 'conf/10.conflist': '{', 'conf/20.conflist': listOf(['one']) },
    steps: [{ op: 'load', name: 'net' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'unexpected end of JSON input' } },
  },
  {
    title: 'a broken file behind it does not',
    files: { 'conf/10.conflist': listOf(['one']), 'conf/20.conflist': '{', 'conf/30.conf': '{' },
    steps: [{ op: 'load', name: 'net' }],
    both: { 'answers 0 ok': true },
  },
  {
    title: 'a broken .conf fails the search that comes to it',
    files: { 'conf/10.conf': json({ name: 'net' }), 'conf/20.conf': json({ type: 'one' }) },
    steps: [{ op: 'load', name: 'net' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: "missing 'type'" } },
  },
  {
    title: 'a list whose name no file could have fails the search',
    why:
      'libcni holds names against the rules in ADD only (api.go, addNetwork), where a file of the ' +
      'cache is already named after it; the spec has no other names.',
    files: {
      'conf/10.conflist': listOf(['two'], { name: '../net' }),
      'conf/20.conflist': listOf(['one']),
    },
    steps: [
      { op: 'load', file: '10.conflist' },
      { op: 'load', name: 'net' },
      { op: 'add', file: '10.conflist' },
      { op: 'status', file: '10.conflist' },
    ],
    differs: {
      'answers 0': {
        ours: { ok: false },
        libcni: { ok: true, value: loaded('../net', 'two') },
      },
      'answers 1': { ours: { ok: false }, libcni: { ok: true, value: loaded('net', 'one') } },
      'answers 3': { ours: { ok: false }, libcni: { ok: true, value: null } },
      calls: { ours: [], libcni: [call('STATUS', 'two', { name: '../net' })] },
    },
    fails: {
      0: { ours: 'FL_CNI_CONFIG_INVALID' },
      1: { ours: 'FL_CNI_CONFIG_INVALID' },
      2: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid characters found in network name' },
      3: { ours: 'FL_CNI_CONFIG_INVALID' },
    },
  },
]

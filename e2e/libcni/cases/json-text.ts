import { cacheEntry, call, type Case, listOf, loaded } from '../case.ts'

const RESULT = { cniVersion: '1.1.0' }
const ADDED = { ok: true, value: RESULT }

/** A list of one plugin with these members, as text. */
function withMembers(members: string): string {
  return `{"cniVersion":"1.1.0","name":"net","plugins":[{"type":"one",${members}}]}`
}

/** What becomes of the text of a configuration. */
export const jsonText: readonly Case[] = [
  {
    title: 'numbers, escapes and the order of keys are passed on byte for byte',
    why:
      'CNI spec 1.1.0 section 1: "The runtime MUST pass through these fields, unchanged"; libcni ' +
      'decodes numbers into doubles, sorts the keys and escapes anew.',
    steps: [
      {
        op: 'add',
        text: withMembers(
          String.raw`"z":12345678901234567890,"f":1.0,"e":1e2,"html":"\u003cb\u003e","raw":"<a&b>","u":"\u00e4ä","s":{ "y" : 1, "x" : [ ] }`,
        ),
      },
    ],
    kept: [
      '"z":12345678901234567890',
      '"f":1.0',
      '"e":1e2',
      '"raw":"<a&b>"',
      String.raw`"u":"\u00e4ä"`,
      '"s":{ "y" : 1, "x" : [ ] }',
      String.raw`"html":"\u003cb\u003e","raw"`,
    ],
    both: {
      'calls 0 stdin html': '<b>',
      'calls 0 stdin raw': '<a&b>',
      'calls 0 stdin u': 'ää',
      'calls 0 stdin z': 12_345_678_901_234_567_000,
    },
  },
  {
    title: 'a number that no double holds is passed on',
    why: 'JSON bounds no number; libcni refuses the list.',
    steps: [{ op: 'add', text: withMembers('"n":1e999') }],
    fails: { 0: { libcni: 'cannot unmarshal number 1e999' } },
    differs: {
      'answers 0': { ours: ADDED, libcni: { ok: false } },
      // JSON.parse makes Infinity of it here in the test, and null of that.
      calls: { ours: [call('ADD', 'one', { n: null })], libcni: [] },
      cache: {
        ours: {
          results: { mode: '700' },
          'results/net-box-1-eth0': cacheEntry(withMembers('"n":null'), RESULT),
        },
        libcni: {},
      },
    },
  },
  {
    title: 'text of any language is passed on',
    steps: [
      {
        op: 'add',
        text: withMembers('"k\\u00fc":"日本 \\ud83d\\ude00 😀 \\u2028\u2028 \\u0000 \\"\\\\/\\/"'),
      },
    ],
    both: { 'calls 0 stdin kü': '日本 😀 😀 \u2028\u2028 \0 "\\//' },
  },
  {
    title: 'null, empty and nested values are passed on',
    steps: [
      { op: 'add', text: withMembers('"a":null,"b":{},"c":[],"d":"","e":[[null],{"f":{}}]') },
    ],
    both: {
      calls: [call('ADD', 'one', { a: null, b: {}, c: [], d: '', e: [[null], { f: {} }] })],
    },
  },
  {
    title: 'null is as good as absent in the keys that the runtime reads',
    steps: [
      {
        op: 'add',
        text: withMembers(
          '"capabilities":null,"ipam":null,"dns":null,"name":null,"prevResult":null',
        ),
      },
      { op: 'add', text: withMembers('"ipam":{"type":null},"dns":{"search":null,"domain":null}') },
    ],
    both: { 'answers 1 ok': true, 'calls 1 stdin ipam': { type: null } },
    why: 'See the capability arguments.',
    differs: { 'calls 0 stdin capabilities': { ours: undefined, libcni: null } },
  },
  {
    title: 'the last of two keys counts',
    steps: [
      {
        op: 'load',
        text: '{"name":"x","name":"net","plugins":[{"type":"one"}],"plugins":[{"type":"two"}]}',
      },
      {
        op: 'add',
        text: '{"name":"net","cniVersion":"0.4.0","cniVersion":"1.1.0","plugins":[{"type":"two","type":"one","a":1,"a":2}]}',
      },
    ],
    both: {
      'answers 0 value name': 'net',
      'answers 0 value plugins 0 type': 'two',
      calls: [call('ADD', 'one', { a: 2 })],
    },
    why: 'See the list without a version.',
    differs: { 'answers 0 value cniVersion': { ours: '0.1.0', libcni: '' } },
  },
  {
    title: "a plugin's keys are known in any case of their letters",
    steps: [
      {
        op: 'load',
        text: '{"cniVersion":"1.1.0","name":"net","plugins":[{"TYPE":"one","IPAM":{"Type":"x"},"Capabilities":{"mac":true}}]}',
      },
      { op: 'add', text: '{"cniVersion":"1.1.0","name":"net","plugins":[{"Type":"one"}]}' },
    ],
    both: {
      'answers 0 value plugins 0': { type: 'one', ipamType: 'x', capabilities: ['mac'] },
      'calls 0 stdin': { cniVersion: '1.1.0', name: 'net', Type: 'one' },
    },
  },
  {
    title: "a list's own keys are not",
    steps: [
      { op: 'load', text: '{"Name":"net","plugins":[{"type":"one"}]}' },
      { op: 'load', text: listOf(['one'], { DisableCheck: true, CNIVersions: ['9'] }) },
    ],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'no name' } },
    both: { 'answers 1 value disableCheck': false },
  },
  {
    title: 'a key as the spec writes it goes before one of other letters',
    steps: [
      { op: 'load', text: withMembers('"Type":"two"') },
      {
        op: 'add',
        text: '{"cniVersion":"1.1.0","name":"net","plugins":[{"Type":"two","type":"one"}]}',
      },
    ],
    both: { 'answers 0 value plugins 0 type': 'one', 'calls 0 plugin': 'one' },
  },
  {
    title: 'a type that is null after all is none',
    steps: [{ op: 'load', text: withMembers('"type":null') }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: "missing 'type'" } },
  },
  {
    title: 'a file that is not UTF-8 is refused',
    why: 'libcni puts U+FFFD for what it cannot read, and a name or path may become another one.',
    files: {
      'conf/10.conflist': Buffer.from(withMembers('"x":"\u00e9"'), 'latin1'),
    },
    steps: [{ op: 'add', file: '10.conflist' }],
    fails: { 0: { ours: 'FL_CNI_CONFIG_INVALID' } },
    differs: {
      'answers 0': { ours: { ok: false }, libcni: ADDED },
      calls: { ours: [], libcni: [call('ADD', 'one', { x: '\ufffd' })] },
      cache: {
        ours: {},
        libcni: {
          results: { mode: '700' },
          'results/net-box-1-eth0': cacheEntry(withMembers('"x":"\ufffd"'), RESULT),
        },
      },
    },
  },
  {
    title: 'half of a surrogate pair is passed on',
    why: 'libcni makes U+FFFD of it.',
    steps: [{ op: 'add', text: withMembers(String.raw`"x":"\ud800"`) }],
    kept: [String.raw`"x":"\ud800"`],
    differs: { 'calls 0 stdin x': { ours: '\ud800', libcni: '\ufffd' } },
  },
  {
    title: 'keys of the runtime in a plugin are passed on until the runtime sets them',
    steps: [
      {
        op: 'add',
        text: withMembers(
          '"cni.dev/attachments":[1],"cni.dev/valid-attachments":[],"args":{"a":1}',
        ),
      },
      {
        op: 'gc',
        text: withMembers('"cni.dev/attachments":[1],"cni.dev/x":1'),
        validAttachments: [{ containerID: 'box-1', ifname: 'eth0' }],
      },
    ],
    both: {
      'calls 0 stdin cni.dev/attachments': [1],
      'calls 1 stdin cni.dev/attachments': [{ containerID: 'box-1', ifname: 'eth0' }],
      'calls 1 stdin cni.dev/x': 1,
    },
  },
  {
    title: 'a byte order mark, comments and trailing commas are refused',
    steps: [
      { op: 'load', text: `\u{feff}${listOf(['one'])}` },
      { op: 'load', text: `${listOf(['one'])} // x` },
      { op: 'load', text: '{"name":"net","plugins":[{"type":"one"},]}' },
      { op: 'load', text: '{"name":"net",}' },
      { op: 'load', text: "{'name':'net'}" },
      { op: 'load', text: '{"name":"a\tb"}' },
      { op: 'load', text: '{"name":"net","x":01,"plugins":[{"type":"one"}]}' },
      { op: 'load', text: '{"name":"net","x":NaN,"plugins":[{"type":"one"}]}' },
      { op: 'load', text: '' },
    ],
    fails: Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [
        index,
        {
          ours: 'FL_CNI_CONFIG_INVALID' as const,
          libcni: index === 8 ? 'unexpected end of JSON input' : 'invalid character',
        },
      ]),
    ),
  },
  {
    title: 'more than 1000 levels are refused',
    why: 'libcni takes 10000; nobody has so many, and every limit here is stated.',
    steps: [
      { op: 'load', text: withMembers(`"x":${'['.repeat(500)}${']'.repeat(500)}`) },
      { op: 'load', text: withMembers(`"x":${'['.repeat(2000)}${']'.repeat(2000)}`) },
      { op: 'load', text: withMembers(`"x":${'['.repeat(20_000)}${']'.repeat(20_000)}`) },
    ],
    fails: {
      1: { ours: 'FL_CNI_CONFIG_INVALID' },
      2: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'exceeded max depth' },
    },
    differs: {
      'answers 1': {
        ours: { ok: false },
        libcni: { ok: true, value: loaded('net', 'one') },
      },
    },
  },
]

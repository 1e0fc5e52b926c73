/** Something in a conf dir that is no plain file. */
type Special =
  | { readonly linkTo: string }
  | { readonly is: 'folder' | 'socket' }
  | { readonly bytes: Uint8Array }

/** A conf dir by name: text, an object for JSON, or something special. `a/b` is a file of a folder. */
export type Content = string | Special | { readonly json: object }

/** A conf dir to put before a containerd. */
export interface Case {
  readonly title: string
  readonly files: Readonly<Record<string, Content>>
  /** What the plugins' STATUS comes to, where it is run. Default: ready. */
  readonly status?: 'ready' | 'not-ready'
}

const plugin = { type: 'good' }
/** A list of one plugin. */
export function list(name: string, more: object = {}): { readonly json: object } {
  return { json: { cniVersion: '0.4.0', name, plugins: [plugin], ...more } }
}
const single = (more: object = {}) => ({
  json: { cniVersion: '0.4.0', name: 'one', type: 'good', ...more },
})
const at11 = (type: string) => list('s', { cniVersion: '1.1.0', plugins: [{ type }] })
const text = (from: string) => `{"cniVersion":"0.4.0","name":"x",${from}}`
const plugins = '"plugins":[{"type":"good"}]'
const inPlugin = (from: string) => text(`"plugins":[{"type":"good",${from}}]`)

const NAMES: readonly Case[] = [
  { title: 'nothing in it', files: {} },
  { title: 'no name that counts', files: { README: 'x', 'a.conf.bak': '{}', kubeconfig: 'y' } },
  { title: 'one list', files: { '10-a.conflist': list('a') } },
  { title: 'a .conf', files: { '10-a.conf': single() } },
  { title: 'a .json', files: { '10-a.json': single() } },
  { title: '.conf before .conflist', files: { '10-a.conflist': list('a'), '10-a.conf': single() } },
  {
    title: '.conf before .json',
    files: { '10-a.json': single({ name: 'j' }), '10-a.conf': single() },
  },
  { title: 'a dot file first', files: { '10-a.conflist': list('a'), '.z.conflist': list('dot') } },
  { title: 'a name that is an extension', files: { '.conf': single() } },
  {
    title: 'upper case before lower',
    files: { 'a.conflist': list('low'), 'Z.conflist': list('up') },
  },
  {
    title: 'digits as text',
    files: { '9-a.conflist': list('nine'), '10-a.conflist': list('ten') },
  },
  {
    title: 'bytes, not letters',
    files: {
      'é.conflist': list('e'),
      'z.conflist': list('z'),
      '\u{10000}.conflist': list('high'),
      '\uFFEE.conflist': list('bmp'),
    },
  },
  {
    title: 'a folder with the name of a file',
    files: { '00-a.conf': { is: 'folder' }, '10-a.conflist': list('a') },
  },
  { title: 'a folder alone', files: { '00-a.conf': { is: 'folder' } } },
  {
    title: 'a temporary file that sorts first',
    files: { '.ansible_tmpab.conflist': '', '10-a.conflist': list('a') },
  },
  {
    title: 'a backup of Cilium',
    files: { '05-x.conflist.cilium_bak': list('x'), '10-a.conflist': list('a') },
  },
  { title: 'two of one name', files: { '10-a.conflist': list('a'), '20-a.conflist': list('a') } },
]

const LINKS: readonly Case[] = [
  { title: 'a link to a file', files: { store: list('s'), '10-a.conflist': { linkTo: 'store' } } },
  {
    title: 'a link to nothing',
    files: { '10-a.conflist': { linkTo: '/nowhere' }, '20-b.conflist': list('b') },
  },
  {
    title: 'a link to nothing behind',
    files: { '10-a.conflist': list('a'), '20-b.conflist': { linkTo: '/nowhere' } },
  },
  {
    title: 'a link to a folder',
    files: { dir: { is: 'folder' }, '10-a.conf': { linkTo: 'dir' }, '20-b.conflist': list('b') },
  },
  {
    title: 'a link to itself',
    files: { '10-a.conf': { linkTo: '10-a.conf' }, '20-b.conflist': list('b') },
  },
  { title: 'a socket', files: { '10-a.conf': { is: 'socket' }, '20-b.conflist': list('b') } },
]

const JSON_TEXTS: readonly Case[] = (
  [
    ['an empty file', ''],
    ['white space', ' \n\t'],
    ['half a file', '{"cniVersion":"0.4.0","name":"x","plug'],
    ['text behind', `${text(plugins)}x`],
    ['two objects', `${text(plugins)}${text(plugins)}`],
    ['no JSON', 'cni'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['a comma too much', text(`${plugins},`)],
    ['a comment', `// x\n${text(plugins)}`],
    ['a byte order mark', `\uFEFF${text(plugins)}`],
    ['a raw line break in a string', inPlugin('"a":"b\nc"')],
    ['half a surrogate', inPlugin(String.raw`"a":"\ud800"`)],
    ['an unknown escape', inPlugin(String.raw`"a":"\x41"`)],
    ['a number too large', inPlugin('"a":1e999')],
    ['a long number', inPlugin('"a":123456789012345678901234567890')],
    ['a key twice', text(`${plugins},"name":"y"`)],
    ['white space around', `\n\n ${text(plugins)} \n`],
    ['deep nesting', inPlugin(`"a":${'['.repeat(500)}${']'.repeat(500)}`)],
  ] as const
).map(([title, from]) => ({ title, files: { '10-a.conflist': from, '20-b.conflist': list('b') } }))

const UTF8: readonly Case[] = [
  {
    title: 'bytes that are no UTF-8',
    files: {
      '10-a.conflist': {
        bytes: Buffer.concat([
          Buffer.from(text('"a":"')).subarray(0, -1),
          Buffer.from([0xff, 0xfe]),
          Buffer.from(`",${plugins}}`),
        ]),
      },
    },
  },
]

const LISTS: readonly Case[] = (
  [
    ['no name', { name: undefined }],
    ['a name that is null', { name: null }],
    ['a name that is a number', { name: 1 }],
    ['an empty name', { name: '' }],
    ['a name that no cache takes', { name: 'a b/!' }],
    ['the name .', { name: '.' }],
    ['a key in another case', { name: undefined, Name: 'x' }],
    ['no plugins', { plugins: undefined }],
    ['plugins that are none', { plugins: [] }],
    ['plugins that are null', { plugins: null }],
    ['plugins that are an object', { plugins: {} }],
    ['a plugin that is a string', { plugins: ['good'] }],
    ['a plugin that is null', { plugins: [null] }],
    ['a plugin without a type', { plugins: [{}] }],
    ['a second plugin without a type', { plugins: [plugin, { a: 1 }] }],
    ['a type that is empty', { plugins: [{ type: '' }] }],
    ['a type that is a number', { plugins: [{ type: 5 }] }],
    ['a type that is null', { plugins: [{ type: null }] }],
    ['a type in another case', { plugins: [{ Type: 'good' }] }],
    ['two plugins', { plugins: [plugin, { type: 'other' }] }],
    ['a cniVersion that is a number', { cniVersion: 1 }],
    ['a cniVersion that is null', { cniVersion: null }],
    ['no cniVersion', { cniVersion: undefined }],
    ['an empty cniVersion', { cniVersion: '' }],
    ['a cniVersion of the future', { cniVersion: '9.9.9' }],
    ['a cniVersion that is none', { cniVersion: 'newest' }],
    ['a cniVersion with a v', { cniVersion: 'v1.1.0' }],
    ['a cniVersion of two numbers', { cniVersion: '1.1' }],
    ['a cniVersion of four numbers', { cniVersion: '1.1.0.0' }],
    ['cniVersions', { cniVersion: '0.4.0', cniVersions: ['0.3.1', '1.0.0'] }],
    ['cniVersions with 1.1.0', { cniVersion: '0.4.0', cniVersions: ['1.1.0'] }],
    ['cniVersions of the future', { cniVersion: '0.4.0', cniVersions: ['2.0.0'] }],
    ['cniVersions that are none', { cniVersions: ['x'] }],
    ['cniVersions that are a string', { cniVersions: '1.0.0' }],
    ['cniVersions that are null', { cniVersions: null }],
    ['cniVersions with a number', { cniVersions: [1] }],
    ['cniVersions that are empty', { cniVersions: [] }],
    ['cniVersions beside a cniVersion that is none', { cniVersion: 'x', cniVersions: ['1.0.0'] }],
    ['disableCheck', { disableCheck: true }],
    ['disableCheck in quotes', { disableCheck: 'TRUE' }],
    ['disableCheck that is neither', { disableCheck: 'yes' }],
    ['disableCheck that is null', { disableCheck: null }],
    ['disableGC that is a number', { disableGC: 1 }],
    ['disableGC in quotes', { disableGC: 'false' }],
    ['loadOnlyInlinedPlugins', { loadOnlyInlinedPlugins: true }],
    ['loadOnlyInlinedPlugins that is neither', { loadOnlyInlinedPlugins: 'maybe' }],
    ['loadOnlyInlinedPlugins and no plugins', { loadOnlyInlinedPlugins: true, plugins: undefined }],
    ['capabilities', { plugins: [{ ...plugin, capabilities: { a: true, b: null } }] }],
    ['capabilities that are text', { plugins: [{ ...plugin, capabilities: { a: 'true' } }] }],
    ['capabilities that are a list', { plugins: [{ ...plugin, capabilities: ['a'] }] }],
    ['an ipam', { plugins: [{ ...plugin, ipam: { type: 'host-local' } }] }],
    ['an ipam that is a string', { plugins: [{ ...plugin, ipam: 'host-local' }] }],
    ['an ipam type that is a number', { plugins: [{ ...plugin, ipam: { type: 1 } }] }],
    ['an ipam that is null', { plugins: [{ ...plugin, ipam: null }] }],
    ['an IPAM in upper case', { plugins: [{ ...plugin, IPAM: { type: 1 } }] }],
    ['dns', { plugins: [{ ...plugin, dns: { nameservers: ['1.1.1.1', null], domain: 'a' } }] }],
    ['dns that is a list', { plugins: [{ ...plugin, dns: [] }] }],
    [
      'nameservers that are a string',
      { plugins: [{ ...plugin, dns: { nameservers: '1.1.1.1' } }] },
    ],
    ['a nameserver that is a number', { plugins: [{ ...plugin, dns: { nameservers: [1] } }] }],
    ['a prevResult that is a string', { plugins: [{ ...plugin, prevResult: 'x' }] }],
    ['a prevResult', { plugins: [{ ...plugin, prevResult: { cniVersion: '1.0.0' } }] }],
    [
      'a plugin with its own cniVersion that is a number',
      { plugins: [{ ...plugin, cniVersion: 1 }] },
    ],
    ['a plugin with a name that is a number', { plugins: [{ ...plugin, name: 1 }] }],
    [
      'valid attachments that are a string',
      { plugins: [{ ...plugin, 'cni.dev/valid-attachments': 'x' }] },
    ],
    [
      'valid attachments of another kind',
      { plugins: [{ ...plugin, 'cni.dev/valid-attachments': [{ containerID: 1 }] }] },
    ],
  ] as const
).map(([title, more]) => ({
  title,
  files: { '10-a.conflist': list('a', more), '20-b.conflist': list('b') },
}))

const SINGLES: readonly Case[] = (
  [
    ['a list in a .conf', { json: { name: 'x', cniVersion: '0.4.0', plugins: [plugin] } }],
    ['a single plugin in a .conflist', undefined],
    ['a .conf without a name', { json: { type: 'good', cniVersion: '0.4.0' } }],
    ['a .conf with a name that is a number', { json: { type: 'good', name: 1 } }],
    ['a .conf that is null', 'null'],
    ['a .conf that is a list', '[]'],
    ['a .conf that is empty', ''],
    [
      'a .conf with cniVersions',
      { json: { type: 'good', name: 'x', cniVersion: '0.4.0', cniVersions: ['x'] } },
    ],
    ['a .conf with disableCheck', { json: { type: 'good', name: 'x', disableCheck: 'yes' } }],
    ['a .conf in another case', { json: { TYPE: 'good', NAME: 'x', CNIVERSION: '0.4.0' } }],
    ['a .conf with a key twice', '{"type":"good","Type":"other","name":"x"}'],
    ['a .conf with a number too large', '{"type":"good","name":"x","a":1e999}'],
  ] as const
).map(([title, content]): Case =>
  content === undefined
    ? { title, files: { '10-a.conflist': single(), '20-b.conflist': list('b') } }
    : { title, files: { '10-a.conf': content, '20-b.conflist': list('b') } },
)

const FOLDERS: readonly Case[] = [
  {
    title: 'a folder of the network',
    files: { '10-a.conflist': list('a'), 'a/50-b.conf': { json: { type: 'other' } } },
  },
  {
    title: 'a folder in its order',
    files: {
      '10-a.conflist': list('a'),
      'a/b.conf': { json: { type: 'b' } },
      'a/B.conf': { json: { type: 'B' } },
    },
  },
  { title: 'a folder with a bad file', files: { '10-a.conflist': list('a'), 'a/50-b.conf': '{}' } },
  {
    title: 'a folder with an empty file',
    files: { '10-a.conflist': list('a'), 'a/50-b.conf': '' },
  },
  {
    title: 'a folder with a dangling link',
    files: { '10-a.conflist': list('a'), 'a/50-b.conf': { linkTo: '/nowhere' } },
  },
  {
    title: 'a folder with other files',
    files: { '10-a.conflist': list('a'), 'a/50-b.conflist': '', 'a/x': '' },
  },
  { title: 'an empty folder', files: { '10-a.conflist': list('a'), a: { is: 'folder' } } },
  {
    title: 'only inlined plugins',
    files: { '10-a.conflist': list('a', { loadOnlyInlinedPlugins: true }), 'a/50-b.conf': '{}' },
  },
  {
    title: 'no plugins but a folder',
    files: { '10-a.conflist': list('a', { plugins: undefined }), 'a/50-b.conf': { json: plugin } },
  },
  {
    title: 'no plugins and an empty folder',
    files: { '10-a.conflist': list('a', { plugins: undefined }), a: { is: 'folder' } },
  },
  { title: 'a file with the name of the network', files: { '10-a.conflist': list('a'), a: 'x' } },
  { title: 'a file that is its own network', files: { '10-a.conflist': list('10-a.conflist') } },
  {
    title: 'a link to a folder with the name of the network',
    files: {
      '10-a.conflist': list('a'),
      'real/50-b.conf': { json: { type: 'other' } },
      a: { linkTo: 'real' },
    },
  },
  {
    title: 'a dangling link with the name of the network',
    files: { '10-a.conflist': list('a'), a: { linkTo: '/nowhere' } },
  },
  {
    title: 'an empty name and a .conf',
    files: { '10-a.conflist': list(''), '20-b.conf': single({ type: 'other' }) },
  },
  {
    title: 'an empty name and a bad .conf',
    files: { '10-a.conflist': list(''), '20-b.conf': '{' },
  },
  {
    title: 'a folder beside a .conf',
    files: { '10-a.conf': single({ name: 'a' }), 'a/50-b.conf': '{}' },
  },
]

const STATUS: readonly Case[] = [
  { title: '1.1.0 and a plugin that is ready', files: { '10-a.conflist': at11('good') } },
  {
    title: '1.1.0 and a plugin that is not',
    files: { '10-a.conflist': at11('not-ready') },
    status: 'not-ready',
  },
  {
    title: '1.1.0 and a plugin of 1.0.0',
    files: { '10-a.conflist': at11('old') },
    status: 'not-ready',
  },
  {
    title: '1.1.0 and no plugin',
    files: { '10-a.conflist': at11('nowhere') },
    status: 'not-ready',
  },
  {
    title: '1.1.0 in a .conf',
    files: { '10-a.conf': single({ cniVersion: '1.1.0', type: 'not-ready' }) },
    status: 'not-ready',
  },
  {
    title: '1.0.0 and a plugin that is not ready',
    files: {
      '10-a.conflist': list('s', { cniVersion: '1.0.0', plugins: [{ type: 'not-ready' }] }),
    },
  },
  {
    title: '1.0.0 and no plugin',
    files: { '10-a.conflist': list('s', { cniVersion: '1.0.0', plugins: [{ type: 'nowhere' }] }) },
  },
  {
    title: '1.1.0 by cniVersions and a plugin that is not ready',
    files: {
      '10-a.conflist': list('s', { cniVersions: ['1.1.0'], plugins: [{ type: 'not-ready' }] }),
    },
    status: 'not-ready',
  },
  {
    title: '9.9.9 and a plugin that is not ready',
    files: {
      '10-a.conflist': list('s', { cniVersion: '9.9.9', plugins: [{ type: 'not-ready' }] }),
    },
    status: 'not-ready',
  },
  {
    title: 'v1.1.0 and a plugin that is not ready',
    files: {
      '10-a.conflist': list('s', { cniVersion: 'v1.1.0', plugins: [{ type: 'not-ready' }] }),
    },
  },
  {
    title: '1.1.0 behind the first',
    files: { '10-a.conflist': list('a'), '20-s.conflist': at11('not-ready') },
  },
]

/** Conf dirs of every kind that a rule speaks of. */
export const CASES: readonly Case[] = [
  ...NAMES,
  ...LINKS,
  ...JSON_TEXTS,
  ...UTF8,
  ...LISTS,
  ...SINGLES,
  ...FOLDERS,
  ...STATUS,
]

/** A program in the bin dir that is not as it should be. */
export type BinaryContent = 'none' | { readonly bytes?: Uint8Array; readonly mode?: number }

/** A conf dir and programs, and a pod that is to start with them. */
export interface PodCase {
  readonly title: string
  readonly files: Readonly<Record<string, Content>>
  readonly binaries: Readonly<Record<string, BinaryContent>>
}

const good = { '10-a.conflist': list('a') }
const bad = { '10-a.conflist': list('a', { plugins: [{ type: 'bad' }] }) }
/** The head of a program for a machine by its number in elf.h. */
const elf = (machine: number) => {
  const bytes = Buffer.alloc(64)
  bytes.write('\u007fELF', 'latin1')
  bytes.set([2, 1, 1], 4)
  bytes.writeUInt16LE(2, 16)
  bytes.writeUInt16LE(machine, 18)
  return bytes
}
const foreign = process.arch === 'arm64' ? 62 : 183

/** Where a pod can start, and where it cannot. */
export const POD_CASES: readonly PodCase[] = [
  { title: 'all is well', files: good, binaries: {} },
  ...['0.3.1', '1.0.0', '1.1.0', '9.9.9', 'v1.0.0'].map((cniVersion) => ({
    title: `cniVersion ${cniVersion}`,
    files: { '10-a.conflist': list('a', { cniVersion }) },
    binaries: {},
  })),
  {
    title: 'no plugin',
    files: { '10-a.conflist': list('a', { plugins: [{ type: 'nowhere' }] }) },
    binaries: {},
  },
  {
    title: 'a second plugin that is missing',
    files: { '10-a.conflist': list('a', { plugins: [plugin, { type: 'nowhere' }] }) },
    binaries: {},
  },
  { title: 'a plugin that may not be executed', files: bad, binaries: { bad: { mode: 0o644 } } },
  {
    title: 'a plugin that only its group may execute',
    files: bad,
    binaries: { bad: { mode: 0o610 } },
  },
  { title: 'a plugin that is empty', files: bad, binaries: { bad: { bytes: Buffer.alloc(0) } } },
  {
    title: 'a plugin that is text',
    files: bad,
    binaries: { bad: { bytes: Buffer.from('hello there, this is text') } },
  },
  { title: 'a plugin of another machine', files: bad, binaries: { bad: { bytes: elf(foreign) } } },
  { title: 'no loopback', files: good, binaries: { loopback: 'none' } },
  {
    title: 'a loopback that may not be executed',
    files: good,
    binaries: { loopback: { mode: 0o644 } },
  },
  { title: 'a name that cannot be one', files: { '10-a.conflist': list('a b/!') }, binaries: {} },
  { title: 'no name', files: { '10-a.conf': single({ name: undefined }) }, binaries: {} },
  {
    title: 'a folder with plugins',
    files: { '10-a.conflist': list('a'), 'a/1.conf': { json: { type: 'nowhere' } } },
    binaries: {},
  },
]

import { type Case, list, plugin, single } from './case.ts'

/** Keys of a list of plugins, of the right kind and of others. */
export const LISTS: readonly Case[] = (
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

/** Single plugins, in files of either kind. */
export const SINGLES: readonly Case[] = (
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

import { type Case, list, plugin, single } from './case.ts'

/** Plugins of a network in a folder beside it (libcni 1.3). */
export const FOLDERS: readonly Case[] = [
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

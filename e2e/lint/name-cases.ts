import { type Case, list, single } from './case.ts'

/** What counts is the name of a file. */
export const NAMES: readonly Case[] = [
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

/** What is no plain file. */
export const LINKS: readonly Case[] = [
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

import { type Case, list, single } from './case.ts'

const at11 = (type: string) => list('s', { cniVersion: '1.1.0', plugins: [{ type }] })

/** Versions at which a runtime runs STATUS, and those at which it does not. */
export const STATUS: readonly Case[] = [
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

import { answers, CACHED, cacheEntry, call, type Case, json, listOf } from '../case.ts'

const SELECTIONS: readonly (readonly [
  cniVersion: string | undefined,
  cniVersions: readonly string[],
  selected: string,
])[] = [
  ['1.1.0', [], '1.1.0'],
  ['0.4.0', ['0.3.1', '1.0.0'], '1.0.0'],
  ['1.0.0', ['0.3.1', '0.4.0'], '1.0.0'],
  [undefined, ['0.3.1', '1.1.0', '0.4.0'], '1.1.0'],
  ['1.0.0', ['1.2.0', '9.9.9'], '1.0.0'],
  ['2.0.0', ['1.0.0', '1.2.0'], '1.0.0'],
  ['2.0.0', ['3.0.0'], '2.0.0'],
  ['1.0.0', ['1.0.10', '1.0.9'], '1.0.10'],
  ['0.4.0', ['1'], '1'],
]

/** The version that a list is run in. */
export const versions: readonly Case[] = [
  ...SELECTIONS.map(([cniVersion, cniVersions, selected]): Case => ({
    title: `cniVersion ${cniVersion ?? 'absent'} with ${json(cniVersions)} is ${selected}`,
    steps: [{ op: 'load', text: listOf(['one'], { cniVersion, cniVersions }) }],
    both: { 'answers 0 value cniVersion': selected },
  })),
  {
    title: 'a version that is none is refused among cniVersions',
    steps: [
      { op: 'load', text: listOf(['one'], { cniVersions: ['1.0.0', 'new'] }) },
      { op: 'load', text: listOf(['one'], { cniVersions: ['1.0.0.0'] }) },
      { op: 'load', text: listOf(['one'], { cniVersions: [1] }) },
      { op: 'load', text: listOf(['one'], { cniVersions: '1.0.0' }) },
      { op: 'load', text: listOf(['one'], { cniVersions: null }) },
      { op: 'load', text: listOf(['one'], { cniVersion: 'new', cniVersions: ['1.0.0'] }) },
      { op: 'load', text: listOf(['one'], { cniVersion: null }) },
    ],
    fails: {
      0: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid cniVersions entry new' },
      1: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'too many parts' },
      2: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid type for cniVersions index 0' },
      3: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid type for cniVersions' },
      4: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid type for cniVersions' },
      5: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid cniVersion new' },
      6: { ours: 'FL_CNI_CONFIG_INVALID', libcni: 'invalid cniVersion type <nil>' },
    },
  },
  {
    title: 'a list without a version is one of 0.1.0, and plugins are told so',
    why:
      'libcni tells plugins the version "", though it is 0.1.0 to itself (pkg/types/create, ' +
      'DecodeVersion); the spec has the runtime always insert the version that it selected.',
    steps: [
      { op: 'load', text: listOf(['one'], { cniVersion: undefined }) },
      { op: 'add', text: listOf(['one'], { cniVersion: undefined }) },
    ],
    differs: {
      'answers 0 value cniVersion': { ours: '0.1.0', libcni: '' },
      'calls 0 stdin cniVersion': { ours: '0.1.0', libcni: '' },
    },
    both: { 'answers 1 value': { cniVersion: '0.1.0', dns: {} } },
  },
  {
    title: 'a version of the future is passed on, and the result of it is not understood',
    files: answers({ 'one.ADD': { cniVersion: '1.2.0' } }),
    steps: [
      { op: 'add', text: listOf(['one'], { cniVersion: '1.2.0' }) },
      { op: 'status', text: listOf(['one'], { cniVersion: '1.2.0' }) },
    ],
    fails: { 0: { ours: 'FL_CNI_VERSION', libcni: 'unsupported CNI result version "1.2.0"' } },
    both: { 'calls 0 stdin cniVersion': '1.2.0', 'calls 1 env CNI_COMMAND': 'STATUS' },
  },
  {
    title: 'DEL of a list whose version is none runs, so that nothing is left behind',
    why: 'libcni refuses to delete such a list, though it had it added.',
    files: answers({ 'one.ADD': { cniVersion: '1.0.0' } }),
    steps: [
      { op: 'add', text: listOf(['one'], { cniVersion: 'v1' }) },
      { op: 'del', text: listOf(['one'], { cniVersion: 'v1' }) },
      { op: 'check', text: listOf(['one'], { cniVersion: 'v1' }) },
    ],
    differs: {
      'answers 1': { ours: { ok: true, value: null }, libcni: { ok: false } },
      'calls 1': {
        ours: call('DEL', 'one', { cniVersion: 'v1' }),
        libcni: undefined,
      },
      [CACHED]: {
        ours: undefined,
        libcni: cacheEntry(listOf(['one'], { cniVersion: 'v1' }), { cniVersion: '1.0.0' }),
      },
    },
    fails: {
      1: { libcni: 'failed to convert major version part "v1"' },
      2: { ours: 'FL_CNI_VERSION', libcni: 'failed to convert major version part "v1"' },
    },
  },
]

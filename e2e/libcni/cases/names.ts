import type { RuntimeConf } from '@fairlead/cni'
import { call, type Case, listOf } from '../case.ts'
import { CONF } from '../operation.ts'

const NAMES_TAKEN = ['a', 'A0', '0', 'a.b', 'a_b', 'a-b', 'a..', '1.2-3_4', 'x'.repeat(120)]
const NAMES_REFUSED = ['', '.', '..', '-a', '_a', 'a b', 'a/b', '../a', 'a:b', 'ä', 'a\n', 'a*']
const IF_NAMES_TAKEN = ['e', 'eth0', 'fifteen-bytes-l', 'a.b', 'é', '...', '"', '\u200b']
const IF_NAMES_REFUSED = [
  '',
  '.',
  '..',
  'sixteen-bytes-lo',
  'eight-é-bytes-éé',
  'a/b',
  'a:1',
  'a b',
  'a\tb',
  'a\u00a0b',
  'a\u2003b',
  'a\u3000b',
  'a\u0085b',
]

/** What may name a network, a container and an interface. */
export const names: readonly Case[] = [
  {
    title: 'names of networks are taken',
    steps: NAMES_TAKEN.map((name) => ({ op: 'add', text: listOf(['one'], { name }), conf: CONF })),
    both: { 'calls length': NAMES_TAKEN.length },
  },
  refused(
    'names of networks are refused',
    'FL_CNI_CONFIG_INVALID',
    NAMES_REFUSED.map((name) => ({ text: listOf(['one'], { name }), conf: CONF })),
  ),
  {
    title: 'container ids are taken',
    steps: NAMES_TAKEN.map((containerId) => add({ ...CONF, containerId })),
    both: { 'calls length': NAMES_TAKEN.length },
  },
  refused(
    'container ids are refused',
    'FL_CNI_ARGUMENT',
    NAMES_REFUSED.map((containerId) => add({ ...CONF, containerId })),
  ),
  {
    title: 'names of interfaces are taken',
    steps: IF_NAMES_TAKEN.map((ifName) => add({ ...CONF, ifName })),
    both: { 'calls length': IF_NAMES_TAKEN.length },
  },
  refused(
    'names of interfaces are refused',
    'FL_CNI_ARGUMENT',
    IF_NAMES_REFUSED.map((ifName) => add({ ...CONF, ifName })),
  ),
  refused('NUL is refused everywhere', 'FL_CNI_ARGUMENT', [
    add({ ...CONF, ifName: 'a\0b' }),
    add({ ...CONF, netns: 'a\0b' }),
    add({ ...CONF, args: [['a', '\0']] }),
  ]),
  {
    title: 'CHECK and DEL of a container that cannot be are refused, too',
    why:
      'libcni holds ids against the rules in ADD only, though a file of the cache is named after ' +
      'them and removed in DEL: with "../x" that is a file of somebody else.',
    files: { 'cache/net-victim-eth0': 'precious', 'cache/results/net-x/y': '' },
    steps: [
      { op: 'check', text: listOf(['one']), conf: { ...CONF, containerId: 'x/../../net-victim' } },
      { op: 'del', text: listOf(['one']), conf: { ...CONF, containerId: 'x/../../net-victim' } },
    ],
    fails: {
      0: { ours: 'FL_CNI_ARGUMENT', libcni: 'failed to get network "net" cached result' },
      1: { ours: 'FL_CNI_ARGUMENT' },
    },
    differs: {
      'answers 1': { ours: { ok: false }, libcni: { ok: true, value: null } },
      calls: {
        ours: [],
        libcni: [
          {
            ...call('DEL', 'one', {}),
            env: { ...call('DEL', 'one', {}).env, CNI_CONTAINERID: 'x/../../net-victim' },
          },
        ],
      },
      'cache net-victim-eth0': { ours: { mode: '644', entry: 'precious' }, libcni: undefined },
    },
  },
]

function add(conf: RuntimeConf) {
  return { op: 'add' as const, text: listOf(['one']), conf }
}

function refused(
  title: string,
  ours: 'FL_CNI_CONFIG_INVALID' | 'FL_CNI_ARGUMENT',
  steps: readonly { readonly text: string; readonly conf: RuntimeConf }[],
): Case {
  return {
    title,
    steps: steps.map((step) => ({ ...step, op: 'add' })),
    fails: Object.fromEntries(steps.map((_, index) => [index, { ours, libcni: '' }])),
    both: { calls: [], cache: {} },
  }
}

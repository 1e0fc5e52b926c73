import type { CniErrorCode } from '@fairlead/cni'
import { answers, CACHED, type Case, failing, json, listOf } from '../case.ts'

const OBJECTS: readonly (readonly [printed: unknown, read: object])[] = [
  [
    { cniVersion: '1.1.0', code: 7, msg: 'Invalid', details: 'too small' },
    { code: 7, msg: 'Invalid', details: 'too small' },
  ],
  [
    { code: 11, msg: 'again' },
    { code: 11, msg: 'again', details: '' },
  ],
  [
    { code: 999, msg: '' },
    { code: 999, msg: '', details: '' },
  ],
  [{ msg: 'no code' }, { code: 0, msg: 'no code', details: '' }],
  [
    { code: 5, msg: 'ä\n"<>"', x: [1] },
    { code: 5, msg: 'ä\n"<>"', details: '' },
  ],
  [{ code: 5 }, { code: 5, msg: '', details: '' }],
  [
    { code: 7, msg: 'm', details: null },
    { code: 7, msg: 'm', details: '' },
  ],
  [
    { code: null, msg: 'm', details: 'd' },
    { code: 0, msg: 'm', details: 'd' },
  ],
  [
    { Code: 7, MSG: 'm', Details: 'd' },
    { code: 7, msg: 'm', details: 'd' },
  ],
]

const NO_OBJECTS: readonly (readonly [printed: string, libcni: string])[] = [
  ['plain text', 'error parsing its diagnostic message'],
  ['{"code":7', 'error parsing its diagnostic message'],
  ['{"code":7,"msg":"x"} and more', 'error parsing its diagnostic message'],
  ['{"code":"7","msg":"x"}', 'error parsing its diagnostic message'],
  ['{"code":7,"msg":1}', 'error parsing its diagnostic message'],
  ['{"code":7,"msg":"x","details":{}}', 'error parsing its diagnostic message'],
  ['[{"code":7,"msg":"x"}]', 'error parsing its diagnostic message'],
  ['\n', 'error parsing its diagnostic message'],
]

/** Plugins that fail. */
export const errors: readonly Case[] = [
  ...OBJECTS.map(([printed, read]): Case => ({
    title: `the error object ${json(printed)} is read`,
    files: failing('one.ADD', printed),
    steps: [{ op: 'add', text: listOf(['one', 'two']) }],
    both: { 'calls length': 1, 'answers 0 plugin': read, [CACHED]: undefined },
  })),
  ...NO_OBJECTS.map(([printed, libcni]): Case => ({
    title: `${json(printed)} is no error object`,
    files: failing('one.ADD', printed),
    steps: [{ op: 'add', text: listOf(['one']) }],
    fails: { 0: { ours: 'FL_CNI_PLUGIN_EXIT', libcni } },
  })),
  {
    title: 'an error code may be any number',
    why:
      'The spec has "a numeric error code" of no size or sign; libcni fails to read the object and ' +
      'makes a message of all of it.',
    files: failing('one.ADD', { code: -1, msg: 'x' }),
    steps: [{ op: 'add', text: listOf(['one']) }],
    differs: {
      'answers 0 plugin': {
        ours: { code: -1, msg: 'x', details: '' },
        libcni: {
          code: 0,
          msg:
            String.raw`netplugin failed but error parsing its diagnostic message "{\"code\":-1,\"msg\":\"x\"}": ` +
            'json: cannot unmarshal number -1 into Go struct field Error.code of type uint',
          details: '',
        },
      },
    },
  },
  failed('an error object on stderr is not read', 'FL_CNI_PLUGIN_EXIT', 'netplugin failed: "{', {
    'one.ADD.exit': '3',
    'one.ADD': '',
    'one.ADD.err': json({ code: 7, msg: 'x' }),
  }),
  failed('a plugin may fail with words on stderr alone', 'FL_CNI_PLUGIN_EXIT', 'panic: x', {
    'one.ADD.exit': '2',
    'one.ADD': '',
    'one.ADD.err': 'panic: x\n',
  }),
  failed('a plugin may fail without a word', 'FL_CNI_PLUGIN_EXIT', 'exit status 1', {
    'one.ADD.exit': '1',
    'one.ADD': '',
  }),
  failed('an empty object with exit code 1 is no word, either', 'FL_CNI_PLUGIN_EXIT', '(add): ', {
    'one.ADD.exit': '1',
    'one.ADD': '{}',
  }),
  failed('a plugin that a signal ended failed', 'FL_CNI_PLUGIN_SIGNAL', 'signal: killed', {
    'one.ADD.exit': 'KILL',
    'one.ADD': '',
  }),
  failed('what a killed plugin wrote is no result', 'FL_CNI_PLUGIN_SIGNAL', '(add)', {
    'one.ADD.exit': 'KILL',
    'one.ADD': '{"cniVersion":"1.1.0"}',
  }),
  failed('a plugin has to print a result', 'FL_CNI_PLUGIN_NO_OUTPUT', 'unexpected end of JSON', {
    'one.ADD': '',
  }),
  failed('a result is JSON', 'FL_CNI_PLUGIN_GARBAGE', 'invalid character', { 'one.ADD': 'done' }),
  failed('a result is JSON and nothing else', 'FL_CNI_PLUGIN_GARBAGE', 'invalid character', {
    'one.ADD': '{} {}',
  }),
  {
    title: 'what a plugin writes to stderr does not matter when it succeeds',
    files: answers({ 'one.ADD.err': 'warning' }),
    steps: [{ op: 'add', text: listOf(['one']) }],
    both: { 'answers 0 ok': true },
  },
  ...(['not-executable', 'no-program', 'no-interpreter', 'empty'] as const).map((kind): Case => ({
    title: `a plugin that is ${kind} cannot be run`,
    files: {
      'bin/no-program': 'echo "{}"\n',
      'bin/no-interpreter': '#!/nowhere/sh\n',
      'bin/empty': '',
      'bin/not-executable': '#!/bin/sh\necho "{}"\n',
    },
    executable: kind === 'not-executable' ? [] : [`bin/${kind}`],
    steps: [{ op: 'add', text: listOf([kind]) }],
    fails: { 0: { ours: 'FL_CNI_PLUGIN_NOT_EXECUTABLE', libcni: 'fork/exec' } },
  })),
  {
    title: 'a plugin that is just being written is run when it is done',
    why:
      'libcni tries with the same exec.Cmd again, a pipe of which is closed by then: the plugin runs ' +
      'and succeeds, and libcni says that it failed. Ours starts a process anew.',
    steps: [
      { op: 'add', text: listOf(['one']), busy: { file: 'bin/one', ms: 300 } },
      { op: 'del', text: listOf(['one']), busy: { file: 'bin/one', ms: 300 } },
    ],
    fails: { 0: { libcni: 'failed (add): ' }, 1: { libcni: 'file already closed' } },
    differs: {
      answers: {
        ours: [
          { ok: true, value: { cniVersion: '1.1.0' } },
          { ok: true, value: null },
        ],
        libcni: [{ ok: false }, { ok: false }],
      },
      'calls 1 stdin prevResult': { ours: { cniVersion: '1.1.0' }, libcni: undefined },
      cache: { ours: { results: { mode: '700' } }, libcni: {} },
    },
    both: { 'calls length': 2 },
  },
]

function failed(
  title: string,
  ours: CniErrorCode,
  libcni: string,
  texts: Readonly<Record<string, string>>,
): Case {
  return {
    title,
    files: answers(texts),
    steps: [{ op: 'add', text: listOf(['one', 'two']) }],
    fails: { 0: { ours, libcni } },
    both: { 'calls length': 1, cache: {} },
  }
}

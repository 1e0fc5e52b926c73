import type { Case } from './case.ts'
import { list } from './case.ts'

const text = (from: string) => `{"cniVersion":"0.4.0","name":"x",${from}}`
const plugins = '"plugins":[{"type":"good"}]'
const inPlugin = (from: string) => text(`"plugins":[{"type":"good",${from}}]`)

/** What is JSON and what is not, in front of a file that is well. */
export const JSON_TEXTS: readonly Case[] = (
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

/** Bytes that are no text. */
export const UTF8: readonly Case[] = [
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

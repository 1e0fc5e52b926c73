import { expect, test } from 'vitest'
import { schemaSections } from '../tools/schema-page.ts'

/** The lines, without what only makes columns. */
function sections(...[schema, name]: Parameters<typeof schemaSections>): readonly string[] {
  return schemaSections(schema, name)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('| --'))
    .map((line) => line.replaceAll(/ +/g, ' '))
}

test('a field has its type, its default and its meaning, and an object a section of its own', () => {
  const times = {
    type: 'object',
    description: 'Times.',
    properties: { every: { type: 'string', default: '5s', description: 'How often.' } },
  }
  const schema = {
    type: 'object',
    properties: {
      dir: { type: 'string', pattern: String.raw`^\/`, description: 'Where.' },
      first: times,
      second: times,
    },
    required: ['dir'],
  }
  expect(sections(schema, 'config.yaml')).toEqual([
    '## `config.yaml`',
    '| field | type | default | meaning |',
    '| `dir` | path | required | Where. |',
    '| `first` | [`first`](#first) | | Times. |',
    '| `second` | [`first`](#first) | | Times. |',
    '## `first`',
    'Times.',
    '| field | type | default | meaning |',
    '| `every` | text | `5s` | How often. |',
  ])
})

test('a choice is told by the field that decides it, and one without other fields needs no section', () => {
  const as = (kind: string, more: object) => ({
    type: 'object',
    description: `${kind}.`,
    properties: { do: { const: kind }, ...more },
  })
  const steps = {
    type: 'array',
    items: {
      oneOf: [as('stop', {}), as('wait', { for: { type: 'integer', description: 'How long.' } })],
    },
    description: 'What happens.',
  }
  expect(sections({ type: 'object', properties: { steps } }, 'scenario').slice(2)).toEqual([
    '| `steps` | list of one of [`steps[]`](#steps) | | What happens. |',
    '## `steps[]`',
    'One of:',
    '| which | meaning |',
    '| `do: stop` | stop. |',
    '| [`do: wait`](#do-wait) | wait. |',
    '## `do: wait`',
    'wait.',
    '| field | type | default | meaning |',
    '| `do` | `wait` | | |',
    '| `for` | integer | | How long. |',
  ])
})

test('a field without a meaning is none to publish', () => {
  const schema = { type: 'object', properties: { every: { type: 'string' } } }
  expect(() => schemaSections(schema, 'config.yaml')).toThrow('config.yaml: every has no meaning')
})

import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { crdFiles } from './crd.ts'

const [text = ''] = crdFiles().values()

test('the schema is structural: additionalProperties never stands beside properties', () => {
  const offenders: unknown[] = []
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    if ('properties' in value && 'additionalProperties' in value) offenders.push(value)
    for (const below of Object.values(value)) look(below)
  }
  look(parse(text))
  expect(offenders).toEqual([])
  expect(text).not.toMatch(/\$ref|propertyNames|exclusiveMinimum|const:/)
})

test('every rule is at a field that is there', () => {
  expect(text.match(/x-kubernetes-validations/g)).toHaveLength(9)
})

test('numbers and shares are IntOrStrings, and lengths of time have their defaults as people write them', () => {
  const { spec } = parse(text)
  const { properties } = spec.versions[0].schema.openAPIV3Schema.properties.spec
  expect(properties.maxUnavailable).toMatchObject({
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    default: '1%',
  })
  expect(properties.bake).toMatchObject({ type: 'string', default: '5m' })
  expect(properties.soak.default).toEqual({})
})

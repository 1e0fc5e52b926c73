import { describe, expect, test } from 'vitest'
import { checkArgs, containerIdProblem, ifNameProblem, networkNameProblem } from './names.ts'

describe('names of networks and containers', () => {
  test.each(['a', 'A9', '0', 'a_b.c-d', 'x'.repeat(300)])('%j can be one', (name) => {
    expect(networkNameProblem(name)).toBeUndefined()
    expect(containerIdProblem(name)).toBeUndefined()
  })

  test.each(['', '-a', '.', '..', '_a', 'a/b', '../a', 'a b', 'a\n', 'é', 'a\0'])(
    '%j cannot be one',
    (name) => {
      expect(networkNameProblem(name)).toBeDefined()
      expect(containerIdProblem(name)).toBeDefined()
    },
  )
})

describe('names of interfaces', () => {
  test.each(['eth0', 'a', '...', 'x'.repeat(15), 'é', 'net-1.100@x'])('%j can be one', (name) => {
    expect(ifNameProblem(name)).toBeUndefined()
  })

  test.each([
    '',
    '.',
    '..',
    'x'.repeat(16),
    'é'.repeat(8),
    'a/b',
    'a:b',
    'a b',
    'a\u00A0b',
    'a\n',
    'a\0',
  ])('%j cannot be one', (name) => {
    expect(ifNameProblem(name)).toBeDefined()
  })
})

describe('pairs of CNI_ARGS', () => {
  test.each([
    ['K', 'V'],
    ['IgnoreUnknown', '1'],
    ['K', ''],
    ['K', 'a=b'],
  ])('%j=%j can be sent', (...pair) => {
    expect(checkArgs([pair])).toMatchObject({ ok: true })
  })

  test.each([
    ['', 'V'],
    ['K', 'a;L=b'],
    ['K;L', 'a'],
    ['K=L', 'a'],
    ['K', 'a\0'],
  ])('%j=%j cannot', (...pair) => {
    expect(checkArgs([pair])).toMatchObject({ error: { code: 'FL_CNI_ARGUMENT' } })
  })
})

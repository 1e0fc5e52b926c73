import { parseNetworkConfig } from '@fairlead/cni'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conflist } from '../../../tests/networks-testbed.ts'
import { nextSnapshot, NOTHING_LOADED, type Snapshot } from './snapshot.ts'

type Files = Readonly<Record<string, string>>

function load(files: Files, before: Snapshot = NOTHING_LOADED): Snapshot {
  const readings = Object.entries(files)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([file, text]) => ({ file, list: parseNetworkConfig(text, file) }))
  return nextSnapshot(before, { ok: true, value: readings })
}

function names({ networks }: Snapshot): string[] {
  return networks.map(({ name, isLastGood }) => (isLastGood ? `${name} (last good)` : name))
}

const multus = conflist('multus', ['multus-shim'])
const cilium = conflist('cilium', ['cilium-cni'])

test('networks stand in the order of their files', () => {
  expect(names(load({ '05-c.conflist': cilium, '00-m.conflist': multus }))).toEqual([
    'multus',
    'cilium',
  ])
})

test('a version that no result can be read of leaves in force what was there', () => {
  const before = load({ '05-c.conflist': cilium })
  const snapshot = load(
    { '05-c.conflist': cilium.replace(/"cniVersion":"[^"]*"/, '"cniVersion":"9.9.9"') },
    before,
  )
  expect(names(snapshot)).toEqual(['cilium (last good)'])
  expect(snapshot.rejections).toMatchObject([
    { file: '05-c.conflist', keeps: 'cilium', error: { code: 'FL_CNI_VERSION' } },
  ])
})

describe('a file that cannot be used', () => {
  test.each([
    ['half written', '{"name":"multus","plug'],
    ['empty', ''],
    ['invalid', '{"name":"multus","plugins":[{}]}'],
  ])('because it is %s hides none behind it and empties nothing', (_, broken) => {
    const snapshot = load({ '00-m.conflist': broken, '05-c.conflist': cilium })
    expect(names(snapshot)).toEqual(['cilium'])
    expect(snapshot.rejections).toMatchObject([
      { file: '00-m.conflist', error: { code: 'FL_CNI_CONFIG_INVALID' } },
    ])
  })

  test('leaves what it said before in force, and says so', () => {
    const good = load({ '00-m.conflist': multus, '05-c.conflist': cilium })
    const broken = load({ '00-m.conflist': '', '05-c.conflist': cilium }, good)
    expect(names(broken)).toEqual(['multus (last good)', 'cilium'])
    expect(broken.rejections).toMatchObject([{ file: '00-m.conflist', keeps: 'multus' }])
    const mended = load({ '00-m.conflist': multus, '05-c.conflist': cilium }, broken)
    expect(names(mended)).toEqual(['multus', 'cilium'])
    expect(mended.rejections).toEqual([])
  })

  test('does not hold on to a name that a good file has by now', () => {
    const good = load({ 'a.conflist': cilium })
    const moved = load({ 'a.conflist': '', 'b.conflist': cilium }, good)
    expect(moved.networks).toMatchObject([
      { name: 'cilium', file: 'b.conflist', isLastGood: false },
    ])
  })
})

test('of two files with a network of the same name the first has it, and the other is told', () => {
  const snapshot = load({ 'a.conflist': cilium, 'b.conflist': conflist('cilium', ['other']) })
  expect(snapshot.networks).toMatchObject([{ name: 'cilium', file: 'a.conflist' }])
  expect(snapshot.rejections[0]?.error.message).toContain(
    'the name cilium is that of a.conflist already',
  )
})

test('a file that is gone takes its network with it', () => {
  const before = load({ 'a.conflist': multus, 'b.conflist': cilium })
  expect(names(load({ 'b.conflist': cilium }, before))).toEqual(['cilium'])
  expect(names(load({}, before))).toEqual([])
})

test('a folder that cannot be read leaves everything in force', () => {
  const before = load({ 'a.conflist': cilium })
  const list = parseNetworkConfig('', 'x')
  const next = nextSnapshot(before, list.ok ? { ok: true, value: [] } : list)
  expect(names(next)).toEqual(['cilium'])
  expect(next.dirError).toBeDefined()
  expect(load({ 'a.conflist': cilium }, next).dirError).toBeUndefined()
})

test('a load that finds nothing new is the same snapshot', () => {
  const before = load({ 'a.conflist': cilium, 'b.conflist': '{' })
  expect(load({ 'a.conflist': cilium, 'b.conflist': '{' }, before)).toBe(before)
})

test('whatever files come and go, a good one is in force and none is because of another', () => {
  const file = fc.constantFrom('a.conflist', 'b.conflist', 'c.conf')
  const content = fc.constantFrom(
    '',
    '{',
    cilium,
    multus,
    conflist('x', ['y']),
    '{"name":"c","type":"t"}',
  )
  const folder = fc.dictionary(file, content, { noNullPrototype: true })
  fc.assert(
    fc.property(fc.array(folder, { minLength: 1 }), (folders) => {
      const last = folders.at(-1) ?? {}
      const snapshot = folders.reduce<Snapshot>(
        (before, files) => load(files, before),
        NOTHING_LOADED,
      )
      const fresh = load(last)
      const lastGood = snapshot.networks.filter(({ isLastGood }) => isLastGood)
      // The good files alone decide on their networks; history only adds what broken ones said.
      expect(snapshot.networks.filter(({ isLastGood }) => !isLastGood)).toEqual(fresh.networks)
      const broken = fresh.rejections.map(({ file: name }) => name)
      expect(broken).toEqual(expect.arrayContaining(lastGood.map((network) => network.file)))
      const all = snapshot.networks.map(({ name }) => name)
      expect(new Set(all).size).toBe(all.length)
    }),
  )
})

import { beforeEach, describe, expect, test } from 'vitest'
import { quiet } from '../../../tests/manual-clock.ts'
import {
  conflist,
  failed,
  held,
  type NetworksTestbed,
  networksTestbed,
  ok,
  sandbox,
} from '../../../tests/networks-testbed.ts'

let node: NetworksTestbed

beforeEach(() => {
  node = networksTestbed()
})

const both = { 'a.conflist': conflist('a', ['pa', 'pa2']), 'b.conflist': conflist('b', ['pb']) }

describe('a setup', () => {
  test('attaches every network of the plan, in order, one after the other', async () => {
    node.write(both)
    const networks = await node.open({ policy: { kind: 'all' } })
    const done = await networks.setup(sandbox('c'))
    expect(done).toMatchObject({
      ok: true,
      attached: [
        { network: 'a', ifName: 'eth0' },
        { network: 'b', ifName: 'net1' },
      ],
    })
    expect(node.calls).toEqual(['pa ADD c eth0', 'pa2 ADD c eth0', 'pb ADD c net1'])
    expect(node.running.most).toBe(1)
  })

  test('that fails undoes what was done, the failed one first, and leaves nothing', async () => {
    node.write(both)
    node.answers.set('pb ADD', async () => failed('no'))
    const networks = await node.open({ policy: { kind: 'all' } })
    expect(await networks.setup(sandbox('c'))).toMatchObject({
      ok: false,
      error: { msg: 'no' },
      undone: [
        { network: 'b', ifName: 'net1' },
        { network: 'a', ifName: 'eth0' },
      ],
    })
    expect(node.calls.slice(3)).toEqual(['pb DEL c net1', 'pa2 DEL c eth0', 'pa DEL c eth0'])
    expect(node.cache.size).toBe(0)
  })

  test('finishes with the networks that it began with', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa', 'pa2']) })
    const first = held()
    node.answers.set('pa ADD', first.answer)
    const networks = await node.open()
    const done = networks.setup(sandbox('c'))
    await quiet()
    node.write({ 'a.conflist': conflist('a', ['new']) })
    await networks.reload()
    first.letGo()
    expect(await done).toMatchObject({ ok: true })
    expect(node.calls).toEqual(['pa ADD c eth0', 'pa2 ADD c eth0'])
    // And what ADD was run with is what DEL is run with.
    await networks.remove(sandbox('c'))
    expect(node.calls.slice(2)).toEqual(['pa2 DEL c eth0', 'pa DEL c eth0'])
  })

  test('without a network says so', async () => {
    const networks = await node.open()
    expect(await networks.setup(sandbox('c'))).toMatchObject({
      ok: false,
      error: { code: 'FL_NETWORKS_NONE' },
    })
    expect(networks.status()).toEqual({ ready: false, networks: [] })
  })

  test('of a sandbox that is still being worked on waits for its turn', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    const first = held()
    node.answers.set('pa ADD', first.answer)
    const networks = await node.open()
    void networks.setup(sandbox('c'))
    const removed = networks.remove(sandbox('c'))
    await quiet()
    expect(node.calls).toEqual(['pa ADD c eth0'])
    first.letGo()
    await removed
    expect(node.calls).toEqual(['pa ADD c eth0', 'pa DEL c eth0'])
    expect(node.cache.size).toBe(0)
  })

  test('is one of so many at once, in the order of arrival', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    const gates = Array.from({ length: 6 }, held)
    for (const [index, gate] of gates.entries()) node.answers.set(`pa ADD c${index}`, gate.answer)
    const networks = await node.open({ atOnce: 2 })
    const all = gates.map((_, index) => networks.setup(sandbox(`c${index}`)))
    await quiet()
    expect(node.calls).toEqual(['pa ADD c0 eth0', 'pa ADD c1 eth0'])
    gates[1]?.letGo()
    await quiet()
    expect(node.calls.slice(2)).toEqual(['pa ADD c2 eth0'])
    for (const gate of gates) gate.letGo()
    expect((await Promise.all(all)).every((outcome) => outcome.ok)).toBe(true)
    expect(node.running.most).toBe(2)
  })
})

describe('a removal', () => {
  test('goes on where a plugin fails, and can be repeated', async () => {
    node.write(both)
    const networks = await node.open({ policy: { kind: 'all' } })
    await networks.setup(sandbox('c'))
    node.answers.set('pa2 DEL', async () => failed('no'))
    expect(await networks.remove(sandbox('c'))).toMatchObject([
      { network: 'b', ifName: 'net1' },
      { network: 'a', ifName: 'eth0', error: { msg: 'no' } },
    ])
    expect(node.calls.slice(3)).toEqual(['pb DEL c net1', 'pa2 DEL c eth0', 'pa DEL c eth0'])
    node.answers.delete('pa2 DEL')
    expect((await networks.remove(sandbox('c'))).every(({ error }) => error === undefined)).toBe(
      true,
    )
    expect(node.cache.size).toBe(0)
  })

  test('needs no configuration any more', async () => {
    node.write(both)
    const networks = await node.open()
    await networks.setup(sandbox('c'))
    node.write({})
    await networks.reload()
    expect(await networks.remove({ ...sandbox('c'), netns: '' })).toEqual([
      { network: 'a', ifName: 'eth0' },
    ])
    expect(node.calls.slice(2)).toEqual(['pa2 DEL c eth0', 'pa DEL c eth0'])
  })

  test('of what an interrupted ADD has left runs DEL all the same', async () => {
    node.write(both)
    const networks = await node.open()
    expect(await networks.remove(sandbox('c'))).toEqual([{ network: 'a', ifName: 'eth0' }])
    expect(node.calls).toEqual(['pa2 DEL c eth0', 'pa DEL c eth0'])
  })
})

test('a check gives every error', async () => {
  node.write(both)
  const networks = await node.open({ policy: { kind: 'all' } })
  await networks.setup(sandbox('c'))
  expect(await networks.check(sandbox('c'))).toEqual([])
  node.answers.set('pa CHECK', async () => failed('a')).set('pb CHECK', async () => failed('b'))
  expect(await networks.check(sandbox('c'))).toMatchObject([{ msg: 'a' }, { msg: 'b' }])
})

describe('garbage collection', () => {
  test('deletes what is not alive, and only that', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const networks = await node.open()
    for (const id of ['dead', 'alive']) await networks.setup(sandbox(id))
    expect(await networks.gc(new Set(['alive']))).toMatchObject([
      { plugins: 'collected', deleted: [{ containerId: 'dead' }], errors: [] },
    ])
    expect([...node.cache.keys()]).toEqual(['a alive eth0'])
  })

  test('is not done while anything else is, and nobody waits for it to be', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const add = held()
    node.answers.set('pa ADD slow', add.answer)
    const networks = await node.open()
    const slow = networks.setup(sandbox('slow'))
    await quiet()
    expect(await networks.gc(new Set())).toMatchObject({ code: 'FL_NETWORKS_BUSY' })
    expect(await networks.setup(sandbox('other'))).toMatchObject({ ok: true })
    add.letGo()
    await slow
    const collection = held()
    node.answers.set('pa GC', collection.answer)
    const gc = networks.gc(new Set(['slow', 'other']))
    await quiet()
    const late = networks.setup(sandbox('late'))
    await quiet()
    expect(node.calls).not.toContain('pa ADD late eth0')
    collection.letGo(ok())
    await gc
    expect(await late).toMatchObject({ ok: true })
  })
})

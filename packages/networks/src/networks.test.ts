import { CniError, type CniOutcome, type PluginOutput } from '@fairlead/cni'
import { beforeEach, describe, expect, test } from 'vitest'
import { quiet } from '../../../tests/manual-clock.ts'
import {
  conflist,
  failed,
  type NetworksTestbed,
  networksTestbed,
  ok,
} from '../../../tests/networks-testbed.ts'

let node: NetworksTestbed

beforeEach(() => {
  node = networksTestbed()
})

const sandbox = (containerId: string) => ({ containerId, netns: `/run/netns/${containerId}` })
/** A plugin that does not come back until it is let go. */
function held() {
  const gate = Promise.withResolvers<CniOutcome<PluginOutput>>()
  return {
    answer: () => gate.promise,
    letGo: (outcome = ok('{"cniVersion":"1.0.0"}')) => gate.resolve(outcome),
  }
}

function files(contents: Readonly<Record<string, string>>): void {
  node.files = new Map(Object.entries(contents))
}

const both = { 'a.conflist': conflist('a', ['pa', 'pa2']), 'b.conflist': conflist('b', ['pb']) }

describe('while a plugin hangs for ever', () => {
  test('status, plan and snapshot answer, a reload goes through, and other pods come and go', async () => {
    files({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa ADD stuck', held().answer)
    const networks = await node.open()
    void networks.setup(sandbox('stuck'))
    await node.clock.advance(10)
    expect(node.calls).toEqual(['pa ADD stuck eth0'])

    expect(networks.status()).toMatchObject({ ready: true })
    files({ 'a.conflist': conflist('a', ['other']) })
    await networks.reload()
    expect(networks.snapshot().networks[0]?.list.plugins[0]?.type).toBe('other')
    expect(await networks.setup(sandbox('free'))).toMatchObject({ ok: true })
    expect(await networks.remove(sandbox('free'))).toEqual([{ network: 'a', ifName: 'eth0' }])
    await node.clock.advance(1000)
    expect(networks.status()).toMatchObject({ ready: true })
  })

  test('a STATUS that hangs is a network that is not ready, and no call waits for it', async () => {
    files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    let asked = 0
    node.answers.set('pa STATUS', async ({ timeoutMs, signal }) => {
      asked += 1
      return new Promise((resolve) => {
        node.clock.after(timeoutMs, () => resolve(failed('deadline')))
        signal?.addEventListener('abort', () => resolve(failed('aborted')))
      })
    })
    const networks = await node.open()
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'unknown' }] })
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'not-ready' }] })
    // One at a time, however long it takes.
    expect(asked).toBe(2)
  })

  test('an operation that goes on for long is told as stalled', async () => {
    files(both)
    node.answers.set('pa ADD', held().answer)
    const networks = await node.open()
    void networks.setup(sandbox('c'))
    await node.clock.advance(31_000)
    expect(node.events).toContainEqual({ type: 'stalled', operation: 'setup', sandbox: 'c' })
  })
})

describe('a setup', () => {
  test('attaches every network of the plan, in order, one after the other', async () => {
    files(both)
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
    files(both)
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
    files({ 'a.conflist': conflist('a', ['pa', 'pa2']) })
    const first = held()
    node.answers.set('pa ADD', first.answer)
    const networks = await node.open()
    const done = networks.setup(sandbox('c'))
    await quiet()
    files({ 'a.conflist': conflist('a', ['new']) })
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
    files({ 'a.conflist': conflist('a', ['pa']) })
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
    files({ 'a.conflist': conflist('a', ['pa']) })
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
    files(both)
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
    files(both)
    const networks = await node.open()
    await networks.setup(sandbox('c'))
    files({})
    await networks.reload()
    expect(await networks.remove({ ...sandbox('c'), netns: '' })).toEqual([
      { network: 'a', ifName: 'eth0' },
    ])
    expect(node.calls.slice(2)).toEqual(['pa2 DEL c eth0', 'pa DEL c eth0'])
  })

  test('of what an interrupted ADD has left runs DEL all the same', async () => {
    files(both)
    const networks = await node.open()
    expect(await networks.remove(sandbox('c'))).toEqual([{ network: 'a', ifName: 'eth0' }])
    expect(node.calls).toEqual(['pa2 DEL c eth0', 'pa DEL c eth0'])
  })
})

test('a check gives every error', async () => {
  files(both)
  const networks = await node.open({ policy: { kind: 'all' } })
  await networks.setup(sandbox('c'))
  expect(await networks.check(sandbox('c'))).toEqual([])
  node.answers.set('pa CHECK', async () => failed('a')).set('pb CHECK', async () => failed('b'))
  expect(await networks.check(sandbox('c'))).toMatchObject([{ msg: 'a' }, { msg: 'b' }])
})

describe('garbage collection', () => {
  test('deletes what is not alive, and only that', async () => {
    files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const networks = await node.open()
    for (const id of ['dead', 'alive']) await networks.setup(sandbox(id))
    expect(await networks.gc(new Set(['alive']))).toMatchObject([
      { plugins: 'collected', deleted: [{ containerId: 'dead' }], errors: [] },
    ])
    expect([...node.cache.keys()]).toEqual(['a alive eth0'])
  })

  test('is not done while anything else is, and nobody waits for it to be', async () => {
    files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
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

describe('readiness', () => {
  const meta = {
    'a.conf': JSON.stringify({
      name: 'm',
      cniVersion: '0.3.1',
      type: 'multus-shim',
      clusterNetwork: 'b',
      readinessindicatorfile: '/run/ready',
    }),
    'b.conflist': conflist('b', ['pb']),
  }

  test('of a meta network needs what it delegates to, and the file that it waits for', async () => {
    files(meta)
    node.missing.add('pb')
    const networks = await node.open()
    await node.clock.advance(100)
    expect(networks.status().networks[0]?.reason).toContain('/run/ready is not there yet')
    node.paths.add('/run/ready')
    await node.clock.advance(1500)
    expect(networks.status()).toMatchObject({
      ready: false,
      networks: [
        {
          name: 'm',
          state: 'not-ready',
          reason: expect.stringContaining('it delegates to b, of which'),
        },
      ],
    })
    node.missing.delete('pb')
    await node.clock.advance(1500)
    expect(networks.status()).toMatchObject({
      ready: true,
      networks: [{ name: 'm', state: 'ready' }],
    })
  })

  test('outlasts the arrival of a network in front, which is looked at for the first time', async () => {
    files({ 'b.conflist': conflist('b', ['pb']) })
    const networks = await node.open()
    await node.clock.advance(100)
    expect(networks.status().ready).toBe(true)
    // A machine under load: the first look takes its time, and the file is written again meanwhile.
    node.answers.set('pa VERSION', () => new Promise(() => {}))
    files({ 'a.conflist': conflist('a', ['pa']), 'b.conflist': conflist('b', ['pb']) })
    await networks.reload()
    expect(networks.status()).toMatchObject({ ready: true, networks: [{ name: 'a' }] })
    await node.clock.advance(2000)
    files({ 'a.conflist': conflist('a', ['pa', 'pc']), 'b.conflist': conflist('b', ['pb']) })
    await networks.reload()
    expect(networks.status().ready).toBe(true)
    // Not for longer than a first look may take.
    await node.clock.advance(900)
    expect(networks.status().ready).toBe(true)
    await node.clock.advance(200)
    expect(networks.status()).toMatchObject({
      ready: false,
      networks: [{ name: 'a', reason: 'nothing has been observed yet' }],
    })
  })

  test('of the first network of all is not taken for granted', async () => {
    files({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa VERSION', () => new Promise(() => {}))
    const networks = await node.open()
    expect(networks.status().ready).toBe(false)
  })

  test('outlasts a daemon that restarts, and a real failure shows within 5 s', async () => {
    files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(1000)
    expect(networks.status().ready).toBe(true)
    node.answers.set('pa STATUS', async () => failed('not yet', 50))
    await node.clock.advance(2000)
    node.answers.delete('pa STATUS')
    await node.clock.advance(2000)
    expect(node.events.filter(({ type }) => type === 'not-ready')).toEqual([])

    node.answers.set('pa STATUS', async () => failed('not yet', 50))
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({
      ready: false,
      networks: [{ error: { cniCode: 50 } }],
    })
    node.answers.delete('pa STATUS')
    await node.clock.advance(1500)
    expect(networks.status().ready).toBe(true)
    expect(node.events.map(({ type }) => type)).toEqual(['loaded', 'ready', 'not-ready', 'ready'])
  })

  test.each([0, 1000, 2000, 2900])(
    'shows a real failure within 5 s, whenever it begins, where STATUS takes %d ms to fail',
    async (tookMs) => {
      for (const beginsAtMs of [2001, 2500, 2999]) {
        node = networksTestbed()
        files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
        const networks = await node.open()
        await node.clock.advance(beginsAtMs)
        node.answers.set('pa STATUS', async () => {
          await new Promise<void>((resolve) => node.clock.after(tookMs, resolve))
          return failed('not yet', 50)
        })
        await node.clock.advance(5000)
        expect(networks.status()).toMatchObject({ ready: false, networks: [{ error: {} }] })
        networks[Symbol.dispose]()
      }
    },
  )

  test('does not wait for a plugin that takes its time to end', async () => {
    files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(2001)
    node.answers.set('pa STATUS', () => new Promise(() => {}))
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'not-ready' }] })
  })

  test('has one deadline for all plugins of a network', async () => {
    files({ 'a.conflist': conflist('a', ['slow', 'stuck'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(2001)
    node.answers.set('slow STATUS', async () => {
      await new Promise<void>((resolve) => node.clock.after(2900, resolve))
      return ok()
    })
    node.answers.set('stuck STATUS', async ({ timeoutMs, signal }) => {
      return new Promise((resolve) => {
        node.clock.after(timeoutMs, () => resolve(failed('deadline')))
        signal?.addEventListener('abort', () => {
          resolve({ ok: false, error: new CniError('FL_CNI_ABORTED', 'aborted') })
        })
      })
    })
    await node.clock.advance(5000)
    expect(networks.status().networks).toMatchObject([
      {
        state: 'not-ready',
        error: { code: 'FL_CNI_PLUGIN_DEADLINE' },
        reason: 'network a, STATUS: its plugins have not answered within 3 s',
      },
    ])
  })

  test('needs plugins that support the version', async () => {
    files({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa VERSION', async () => ok('{"cniVersion":"0.2.0"}'))
    const networks = await node.open()
    await node.clock.advance(100)
    expect(networks.status().networks[0]?.reason).toContain('does not support version 1.0.0')
  })

  test('stays while another file is written, and while its own file says something new', async () => {
    files({ 'b.conflist': conflist('b', ['pb'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(1000)
    files({ 'a.conflist': '{"name":"a","plug', 'b.conflist': conflist('b', ['pb'], '1.1.0') })
    await networks.reload()
    expect(networks.status().ready).toBe(true)
    files({ 'b.conflist': conflist('b', ['pb', 'more'], '1.1.0') })
    await networks.reload()
    expect(networks.status().ready).toBe(true)
    await node.clock.advance(1000)
    expect(node.events.filter(({ type }) => type.endsWith('ready'))).toHaveLength(1)
  })

  test('goes when what its own file says now does not work', async () => {
    files({ 'a.conflist': conflist('a', ['pa']) })
    const networks = await node.open()
    await node.clock.advance(1000)
    files({ 'a.conflist': conflist('a', ['other']) })
    node.missing.add('other')
    await networks.reload()
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'not-ready' }] })
  })

  test('says how old it is', async () => {
    files({ 'a.conflist': conflist('a', ['pa']) })
    const networks = await node.open()
    await node.clock.advance(1400)
    expect(networks.status().networks[0]).toEqual({ name: 'a', state: 'ready', ageMs: 400 })
  })
})

describe('changes of the folder', () => {
  test('settle: a thousand writes are a handful of loads, and the last one counts', async () => {
    const networks = await node.open()
    const before = node.reads
    for (let write = 0; write < 1000; write += 1) {
      files({ 'a.conflist': conflist(`n${write}`, ['pa']) })
      node.hint()
      await node.clock.advance(2)
    }
    await node.clock.advance(200)
    expect(networks.snapshot().networks[0]?.name).toBe('n999')
    expect(node.reads - before).toBeLessThanOrEqual(4)
  })

  test('are found by the scan where no hint comes', async () => {
    const networks = await node.open()
    files({ 'a.conflist': conflist('a', ['pa']) })
    await node.clock.advance(30_200)
    expect(networks.snapshot().networks).toMatchObject([{ name: 'a' }])
  })

  test('are told with what they cost', async () => {
    files(both)
    const networks = await node.open()
    files({ ...both, 'a.conflist': '{' })
    await networks.reload()
    expect(node.events.filter(({ type }) => type === 'rejected')).toMatchObject([
      { file: 'a.conflist', keeps: 'a', error: { code: 'FL_CNI_CONFIG_INVALID' } },
    ])
    node.files = undefined
    await networks.reload()
    expect(networks.snapshot().networks).toHaveLength(2)
    expect(networks.snapshot().dirError).toBeDefined()
  })
})

test('a folder that cannot be watched is told once and scanned every 2 s until it can be', async () => {
  const told = () => node.events.map(({ type }) => type).filter((type) => /blind|sight/.test(type))
  node.blindness = new CniError('FL_CNI_CONFIG_READ', 'no watches left')
  const networks = await node.open()
  for (const name of ['one', 'two', 'three']) {
    files({ 'a.conflist': conflist(name, ['pa']) })
    await node.clock.advance(2100)
    expect(networks.snapshot().networks).toMatchObject([{ name }])
  }
  expect(told()).toEqual(['blind'])
  node.blindness = undefined
  await node.clock.advance(2100)
  expect(told()).toEqual(['blind', 'sighted'])
  const { reads } = node
  await node.clock.advance(29_000)
  expect(node.reads).toBe(reads)

  // It may be lost again while the folder is watched.
  node.blindness = new CniError('FL_CNI_CONFIG_READ', 'no watches left')
  await node.clock.advance(2000)
  files({ 'a.conflist': conflist('four', ['pa']) })
  await node.clock.advance(2100)
  expect(networks.snapshot().networks).toMatchObject([{ name: 'four' }])
  expect(told()).toEqual(['blind', 'sighted', 'blind'])
})

test('nothing goes on after an end in the middle of a load', async () => {
  files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
  const networks = await node.open()
  files({ 'b.conflist': conflist('b', ['pb'], '1.1.0') })
  const reload = networks.reload()
  networks[Symbol.dispose]()
  await reload
  let asked = 0
  node.answers.set('pb STATUS', async () => {
    asked += 1
    return ok()
  })
  await node.clock.advance(10_000)
  expect(asked).toBe(0)
  expect(node.events.map(({ type }) => type)).toEqual(['loaded'])
})

test('nothing goes on after the end', async () => {
  files({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
  const networks = await node.open()
  await node.clock.advance(100)
  networks[Symbol.dispose]()
  const { reads } = node
  node.hint()
  await node.clock.advance(120_000)
  expect(node.reads).toBe(reads)
})

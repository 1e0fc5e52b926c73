import { CniError } from '@fairlead/cni'
import { beforeEach, describe, expect, test } from 'vitest'
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
    node.write(meta)
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
    node.write({ 'b.conflist': conflist('b', ['pb']) })
    const networks = await node.open()
    await node.clock.advance(100)
    expect(networks.status().ready).toBe(true)
    // A machine under load: the first look takes its time, and the file is written again meanwhile.
    node.answers.set('pa VERSION', () => new Promise(() => {}))
    node.write({ 'a.conflist': conflist('a', ['pa']), 'b.conflist': conflist('b', ['pb']) })
    await networks.reload()
    expect(networks.status()).toMatchObject({ ready: true, networks: [{ name: 'a' }] })
    await node.clock.advance(2000)
    node.write({ 'a.conflist': conflist('a', ['pa', 'pc']), 'b.conflist': conflist('b', ['pb']) })
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
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa VERSION', () => new Promise(() => {}))
    const networks = await node.open()
    expect(networks.status().ready).toBe(false)
  })

  test('outlasts a daemon that restarts, and a real failure shows within 5 s', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
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
        node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
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
    node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(2001)
    node.answers.set('pa STATUS', () => new Promise(() => {}))
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'not-ready' }] })
  })

  test('has one deadline for all plugins of a network', async () => {
    node.write({ 'a.conflist': conflist('a', ['slow', 'stuck'], '1.1.0') })
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
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa VERSION', async () => ok('{"cniVersion":"0.2.0"}'))
    const networks = await node.open()
    await node.clock.advance(100)
    expect(networks.status().networks[0]?.reason).toContain('does not support version 1.0.0')
  })

  test('stays while another file is written, and while its own file says something new', async () => {
    node.write({ 'b.conflist': conflist('b', ['pb'], '1.1.0') })
    const networks = await node.open()
    await node.clock.advance(1000)
    node.write({ 'a.conflist': '{"name":"a","plug', 'b.conflist': conflist('b', ['pb'], '1.1.0') })
    await networks.reload()
    expect(networks.status().ready).toBe(true)
    node.write({ 'b.conflist': conflist('b', ['pb', 'more'], '1.1.0') })
    await networks.reload()
    expect(networks.status().ready).toBe(true)
    await node.clock.advance(1000)
    expect(node.events.filter(({ type }) => type.endsWith('ready'))).toHaveLength(1)
  })

  test('goes when what its own file says now does not work', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    const networks = await node.open()
    await node.clock.advance(1000)
    node.write({ 'a.conflist': conflist('a', ['other']) })
    node.missing.add('other')
    await networks.reload()
    await node.clock.advance(5000)
    expect(networks.status()).toMatchObject({ ready: false, networks: [{ state: 'not-ready' }] })
  })

  test('says how old it is', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    const networks = await node.open()
    await node.clock.advance(1400)
    expect(networks.status().networks[0]).toEqual({ name: 'a', state: 'ready', ageMs: 400 })
  })
})

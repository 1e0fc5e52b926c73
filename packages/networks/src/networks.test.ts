import { CniError } from '@fairlead/cni'
import { beforeEach, describe, expect, test } from 'vitest'
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

describe('while a plugin hangs for ever', () => {
  test('status, plan and snapshot answer, a reload goes through, and other pods come and go', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    node.answers.set('pa ADD stuck', held().answer)
    const networks = await node.open()
    void networks.setup(sandbox('stuck'))
    await node.clock.advance(10)
    expect(node.calls).toEqual(['pa ADD stuck eth0'])

    expect(networks.status()).toMatchObject({ ready: true })
    node.write({ 'a.conflist': conflist('a', ['other']) })
    await networks.reload()
    expect(networks.snapshot().networks[0]?.list.plugins[0]?.type).toBe('other')
    expect(await networks.setup(sandbox('free'))).toMatchObject({ ok: true })
    expect(await networks.remove(sandbox('free'))).toEqual([{ network: 'a', ifName: 'eth0' }])
    await node.clock.advance(1000)
    expect(networks.status()).toMatchObject({ ready: true })
  })

  test('a STATUS that hangs is a network that is not ready, and no call waits for it', async () => {
    node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
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
    node.write(both)
    node.answers.set('pa ADD', held().answer)
    const networks = await node.open()
    void networks.setup(sandbox('c'))
    await node.clock.advance(31_000)
    expect(node.events).toContainEqual({ type: 'stalled', operation: 'setup', sandbox: 'c' })
  })
})

describe('changes of the folder', () => {
  test('settle: a thousand writes are a handful of loads, and the last one counts', async () => {
    const networks = await node.open()
    const before = node.reads
    for (let write = 0; write < 1000; write += 1) {
      node.write({ 'a.conflist': conflist(`n${write}`, ['pa']) })
      node.hint()
      await node.clock.advance(2)
    }
    await node.clock.advance(200)
    expect(networks.snapshot().networks[0]?.name).toBe('n999')
    expect(node.reads - before).toBeLessThanOrEqual(4)
  })

  test('are found by the scan where no hint comes', async () => {
    const networks = await node.open()
    node.write({ 'a.conflist': conflist('a', ['pa']) })
    await node.clock.advance(30_200)
    expect(networks.snapshot().networks).toMatchObject([{ name: 'a' }])
  })

  test('are told with what they cost', async () => {
    node.write(both)
    const networks = await node.open()
    node.write({ ...both, 'a.conflist': '{' })
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
    node.write({ 'a.conflist': conflist(name, ['pa']) })
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
  node.write({ 'a.conflist': conflist('four', ['pa']) })
  await node.clock.advance(2100)
  expect(networks.snapshot().networks).toMatchObject([{ name: 'four' }])
  expect(told()).toEqual(['blind', 'sighted', 'blind'])
})

test('nothing goes on after an end in the middle of a load', async () => {
  node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
  const networks = await node.open()
  node.write({ 'b.conflist': conflist('b', ['pb'], '1.1.0') })
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
  node.write({ 'a.conflist': conflist('a', ['pa'], '1.1.0') })
  const networks = await node.open()
  await node.clock.advance(100)
  networks[Symbol.dispose]()
  const { reads } = node
  node.hint()
  await node.clock.advance(120_000)
  expect(node.reads).toBe(reads)
})

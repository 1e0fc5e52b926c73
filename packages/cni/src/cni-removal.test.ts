import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type CniTestbed,
  cniTestbed,
  CONF,
  network,
  PLUGIN_FAILURE,
  resultOf,
} from '../../../tests/cni-testbed.ts'
import { resultCacheDir } from './cache.ts'
import { createCni } from './cni.ts'

let bed: CniTestbed

beforeEach(async () => {
  bed = await cniTestbed()
})

afterEach(() => bed[Symbol.asyncDispose]())

describe('DEL', () => {
  test('runs the last plugin first, with the result of ADD, and forgets the attachment', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    bed.executions.length = 0
    expect(await bed.cni.delNetworkList(network(), CONF)).toEqual({ ok: true, value: undefined })
    expect(bed.calls()).toEqual(['second DEL', 'first DEL'])
    expect(bed.stdin(1)).toMatchObject({ prevResult: JSON.parse(resultOf('second')) })
    expect(await bed.cni.cachedAttachments()).toMatchObject({ value: { attachments: [] } })
  })

  test('before 0.4.0 gives no result', async () => {
    const old = network({ cniVersion: '0.3.1' })
    await bed.cni.addNetworkList(old, CONF)
    bed.executions.length = 0
    await bed.cni.delNetworkList(old, CONF)
    expect(bed.stdin(0)).not.toHaveProperty('prevResult')
  })

  test('that fails keeps the attachment, for another try', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    bed.answers.set('second DEL', PLUGIN_FAILURE)
    expect(await bed.cni.delNetworkList(network(), CONF)).toEqual({
      ok: false,
      error: PLUGIN_FAILURE,
    })
    expect(bed.calls()).not.toContain('first DEL')
    expect(await bed.cni.cachedResult(network(), CONF)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })

  test('goes on after a failure where it is told to, and keeps the attachment all the same', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    bed.answers.set('second DEL', PLUGIN_FAILURE)
    const done = await bed.cni.delNetworkList(network(), CONF, { goOn: true })
    expect(done).toEqual({ ok: false, error: PLUGIN_FAILURE })
    expect(bed.calls().slice(-2)).toEqual(['second DEL', 'first DEL'])
    expect(await bed.cni.cachedResult(network(), CONF)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })

  test('needs neither ADD nor a namespace', async () => {
    expect(await bed.cni.delNetworkList(network(), { ...CONF, netns: '' })).toMatchObject({
      ok: true,
    })
  })

  test('of a cached attachment needs no configuration', async () => {
    const plugins = [{ type: 'first', capabilities: { mac: true } }]
    await bed.cni.addNetworkList(network({ plugins }), {
      ...CONF,
      args: [['K', 'V']],
      capabilityArgs: { mac: 'x' },
    })
    bed.executions.length = 0
    const cached = await bed.cni.cachedAttachment({
      network: 'n',
      containerId: 'c',
      ifName: 'eth0',
    })
    if (!cached.ok || cached.value === undefined) throw new Error('not cached')
    expect(await bed.cni.delAttachment(cached.value)).toMatchObject({ ok: true })
    expect(bed.executions[0]?.env).toMatchObject({ CNI_ARGS: 'K=V', CNI_NETNS: '/run/netns/c' })
    expect(bed.stdin(0)).toMatchObject({ runtimeConfig: { mac: 'x' } })
  })
})

describe('a cached configuration', () => {
  const cachedAs = (config: string) => ({
    ...CONF,
    network: 'n',
    args: [],
    capabilityArgs: {},
    config,
  })

  test('of a single plugin, as libcni caches it, is a list of one', async () => {
    const config = '{"cniVersion":"1.0.0","name":"n","type":"first"}'
    expect(await bed.cni.delAttachment(cachedAs(config))).toMatchObject({ ok: true })
    expect(bed.calls()).toEqual(['first DEL'])
  })

  test('without plugins undoes nothing, and so the attachment is not forgotten', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    bed.executions.length = 0
    const done = await bed.cni.delAttachment(cachedAs('{"cniVersion":"1.0.0","name":"n"}'))
    expect(done).toMatchObject({ ok: false, error: { code: 'FL_CNI_CONFIG_INVALID' } })
    expect(bed.executions).toEqual([])
    expect(await bed.cni.cachedResult(network(), CONF)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })
})

describe('GC', () => {
  const current = () => network({ cniVersion: '1.1.0' })

  test('deletes what is not valid any more, then runs the plugins with what is', async () => {
    for (const containerId of ['old', 'new'])
      await bed.cni.addNetworkList(current(), { ...CONF, containerId })
    bed.executions.length = 0
    const report = await bed.cni.gcNetworkList(current(), [{ containerId: 'new', ifName: 'eth0' }])
    expect(report).toEqual({
      plugins: 'collected',
      deleted: [{ network: 'n', containerId: 'old', ifName: 'eth0' }],
      errors: [],
    })
    expect(bed.calls()).toEqual(['second DEL', 'first DEL', 'first GC', 'second GC'])
    const attachments = [{ containerID: 'new', ifname: 'eth0' }]
    expect(bed.stdin(2)).toEqual({
      name: 'n',
      cniVersion: '1.1.0',
      type: 'first',
      'cni.dev/valid-attachments': attachments,
      'cni.dev/attachments': attachments,
    })
    expect(bed.executions[2]?.env).toMatchObject({
      CNI_CONTAINERID: '',
      CNI_NETNS: '',
      CNI_IFNAME: '',
    })
  })

  test('leaves the attachments of other networks alone', async () => {
    await bed.cni.addNetworkList(network({ name: 'other' }), CONF)
    expect((await bed.cni.gcNetworkList(current(), [])).deleted).toEqual([])
  })

  test('goes on after an error and gives all of them', async () => {
    await bed.cni.addNetworkList(current(), CONF)
    bed.answers.set('second DEL', PLUGIN_FAILURE).set('first GC', PLUGIN_FAILURE)
    const report = await bed.cni.gcNetworkList(current(), [])
    expect(report).toEqual({
      plugins: 'collected',
      deleted: [],
      errors: [PLUGIN_FAILURE, PLUGIN_FAILURE],
    })
    expect(bed.calls()).toContain('second GC')
  })

  test('asks of each attachment whether it is valid, at that moment', async () => {
    for (const containerId of ['old', 'new']) {
      await bed.cni.addNetworkList(current(), { ...CONF, containerId })
    }
    bed.executions.length = 0
    const report = await bed.cni.gcNetworkList(
      current(),
      ({ containerId }) => containerId === 'new',
    )
    expect(report).toMatchObject({ plugins: 'collected', deleted: [{ containerId: 'old' }] })
    expect(bed.stdin(2)).toMatchObject({
      'cni.dev/valid-attachments': [{ containerID: 'new', ifname: 'eth0' }],
    })
  })

  test('does not run the plugins while an entry of the network cannot be read', async () => {
    await bed.cni.addNetworkList(current(), CONF)
    bed.executions.length = 0
    await writeFile(path.join(bed.cacheDir, 'results', 'n-half-eth0'), '{"kind":"cniCa')
    await writeFile(path.join(bed.cacheDir, 'results', 'other-half-eth0'), '')
    const report = await bed.cni.gcNetworkList(current(), [{ containerId: 'c', ifName: 'eth0' }])
    expect(report).toMatchObject({
      plugins: 'not-run',
      deleted: [],
      errors: [{ code: 'FL_CNI_CACHE' }],
    })
    expect(bed.executions).toEqual([])
  })

  test('before 1.1.0 only deletes, and where it is disabled does nothing', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    expect(await bed.cni.gcNetworkList(network({ disableGC: true }), [])).toMatchObject({
      plugins: 'disabled',
      deleted: [],
    })
    expect(await bed.cni.gcNetworkList(network(), [])).toMatchObject({
      plugins: 'not-supported',
      deleted: [{ containerId: 'c' }],
    })
    expect(bed.calls().filter((call) => call.endsWith('GC'))).toEqual([])
  })

  test('without a cache that can be read deletes nothing and says so', async () => {
    const cache = resultCacheDir('/proc/self/status')
    const blind = createCni({ binDirs: [], cache })
    const report = await blind.gcNetworkList(current(), [])
    expect(report).toMatchObject({ deleted: [], errors: [{ code: 'FL_CNI_CACHE' }] })
  })
})

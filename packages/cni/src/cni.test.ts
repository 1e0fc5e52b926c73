import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type CniTestbed,
  cniTestbed,
  CONF,
  network,
  PLUGIN_FAILURE,
  resultOf,
} from '../../../tests/cni-testbed.ts'
import { CniError } from './errors.ts'

let bed: CniTestbed

beforeEach(async () => {
  bed = await cniTestbed()
})

afterEach(() => bed[Symbol.asyncDispose]())

describe('ADD', () => {
  test('runs the plugins in turn, each with the result of the one before', async () => {
    const added = await bed.cni.addNetworkList(network(), CONF)
    expect(added).toMatchObject({ ok: true, value: { interfaces: [{ name: 'second' }] } })
    expect(bed.calls()).toEqual(['first ADD', 'second ADD'])
    expect(bed.stdin(0)).toEqual({ name: 'n', cniVersion: '1.0.0', type: 'first' })
    expect(bed.stdin(1)).toEqual({
      name: 'n',
      cniVersion: '1.0.0',
      type: 'second',
      prevResult: JSON.parse(resultOf('first')),
    })
  })

  test('gives plugins the six variables of the spec, over the rest of the environment', async () => {
    await bed.cni.addNetworkList(network(), {
      ...CONF,
      args: [
        ['K', 'V'],
        ['L', ''],
      ],
    })
    expect(bed.executions[0]?.env).toEqual({
      HOME: '/root',
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c',
      CNI_NETNS: '/run/netns/c',
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'K=V;L=',
      CNI_PATH: '/a:/b',
    })
  })

  test('gives each plugin the capability arguments that it asks for', async () => {
    const plugins = [
      { type: 'first', capabilities: { mac: true, ips: false }, runtimeConfig: { old: 1 } },
      { type: 'second', capabilities: { ips: true, other: true } },
      { type: 'third' },
    ]
    await bed.cni.addNetworkList(network({ plugins }), {
      ...CONF,
      capabilityArgs: { mac: '00:11', ips: ['10.0.0.9'] },
    })
    expect(bed.stdin(0)).toMatchObject({ runtimeConfig: { mac: '00:11' } })
    expect(bed.stdin(0)).not.toHaveProperty('capabilities')
    expect(bed.stdin(1)).toMatchObject({ runtimeConfig: { ips: ['10.0.0.9'] } })
    expect(bed.stdin(2)).not.toHaveProperty('runtimeConfig')
  })

  test('stops at the first failure and keeps nothing', async () => {
    bed.answers.set('first ADD', PLUGIN_FAILURE)
    expect(await bed.cni.addNetworkList(network(), CONF)).toEqual({
      ok: false,
      error: PLUGIN_FAILURE,
    })
    expect(bed.calls()).toEqual(['first ADD'])
    expect(await bed.cni.cachedResult(network(), CONF)).toEqual({ ok: true, value: undefined })
  })

  test.each([
    ['nothing', '', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['white space', ' \n', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['garbage', 'hello', 'FL_CNI_PLUGIN_GARBAGE'],
    ['an unknown version', '{"cniVersion":"7.0.0"}', 'FL_CNI_VERSION'],
  ])('of a plugin that prints %s fails', async (_, answer, code) => {
    bed.answers.set('second ADD', answer)
    const added = await bed.cni.addNetworkList(network(), CONF)
    expect(added).toMatchObject({
      ok: false,
      error: { code, plugin: 'second', network: 'n', verb: 'ADD' },
    })
  })

  test.each([
    { ...CONF, containerId: '' },
    { ...CONF, containerId: 'a/b' },
    { ...CONF, ifName: 'much-too-long-a-name' },
  ])('with %j runs nothing', async (wrong) => {
    const refused = { ok: false, error: { code: 'FL_CNI_ARGUMENT' } }
    expect(await bed.cni.addNetworkList(network(), wrong)).toMatchObject(refused)
    expect(await bed.cni.checkNetworkList(network(), wrong)).toMatchObject(refused)
    expect(await bed.cni.delNetworkList(network(), wrong)).toMatchObject(refused)
    expect(bed.executions).toEqual([])
  })

  test('with an argument that would smuggle in another runs nothing; DEL takes it as it was', async () => {
    const smuggling = { ...CONF, args: [['K', 'a;L=b']] as const }
    expect(await bed.cni.addNetworkList(network(), smuggling)).toMatchObject({
      error: { code: 'FL_CNI_ARGUMENT' },
    })
    expect(bed.executions).toEqual([])
    expect(await bed.cni.delNetworkList(network(), smuggling)).toMatchObject({ ok: true })
  })

  test('of a plugin that is not there names the network and the verb', async () => {
    const added = await bed.cni.addNetworkList(network({}, 'missing'), CONF)
    expect(added).toMatchObject({
      error: { code: 'FL_CNI_PLUGIN_NOT_FOUND', plugin: 'missing', network: 'n', verb: 'ADD' },
    })
  })
})

describe('CHECK', () => {
  test('gives every plugin the result of ADD', async () => {
    await bed.cni.addNetworkList(network(), CONF)
    bed.executions.length = 0
    expect(await bed.cni.checkNetworkList(network(), CONF)).toEqual({ ok: true, value: 'checked' })
    expect(bed.calls()).toEqual(['first CHECK', 'second CHECK'])
    expect(bed.stdin(0)).toMatchObject({ prevResult: JSON.parse(resultOf('second')) })
  })

  test('is not known before 0.4.0, and not run where it is disabled', async () => {
    expect(await bed.cni.checkNetworkList(network({ cniVersion: '0.3.1' }), CONF)).toMatchObject({
      error: { code: 'FL_CNI_VERSION' },
    })
    expect(await bed.cni.checkNetworkList(network({ disableCheck: true }), CONF)).toEqual({
      ok: true,
      value: 'disabled',
    })
    expect(bed.executions).toEqual([])
  })
})

describe('STATUS', () => {
  test('asks every plugin, and the first that is not ready has the word', async () => {
    const list = network({ cniVersion: '1.1.0' })
    expect(await bed.cni.statusNetworkList(list)).toEqual({ ok: true, value: 'ready' })
    expect(bed.calls()).toEqual(['first STATUS', 'second STATUS'])
    bed.answers.set('first STATUS', PLUGIN_FAILURE)
    expect(await bed.cni.statusNetworkList(list)).toEqual({ ok: false, error: PLUGIN_FAILURE })
  })

  test('is not asked before 1.1.0', async () => {
    expect(await bed.cni.statusNetworkList(network())).toEqual({ ok: true, value: 'not-supported' })
    expect(bed.executions).toEqual([])
  })
})

describe('VERSION', () => {
  test.each([
    ['{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}', ['0.4.0', '1.0.0']],
    ['{"cniVersion":"0.2.0"}', ['0.1.0', '0.2.0']],
  ])('%s means %j', async (answer, versions) => {
    bed.answers.set('x VERSION', answer)
    expect(await bed.cni.supportedVersions('x')).toEqual({ ok: true, value: versions })
    expect(bed.stdin(0)).toEqual({ cniVersion: '1.1.0' })
  })

  test('a plugin that does not know the verb is of 0.1.0', async () => {
    bed.answers.set(
      'x VERSION',
      new CniError('FL_CNI_PLUGIN_ERROR', 'unknown CNI_COMMAND: VERSION'),
    )
    expect(await bed.cni.supportedVersions('x')).toEqual({ ok: true, value: ['0.1.0'] })
  })

  test.each([
    ['', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['{', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"supportedVersions":["1.0.0"]}', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"cniVersion":"1.0.0"}', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"cniVersion":"1.0.0","supportedVersions":[1]}', 'FL_CNI_PLUGIN_GARBAGE'],
  ])('%j is no answer', async (answer, code) => {
    bed.answers.set('x VERSION', answer)
    expect(await bed.cni.supportedVersions('x')).toMatchObject({ ok: false, error: { code } })
  })
})

test('a validation gives every finding, not only the first', async () => {
  const versions = '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}'
  bed.answers.set('good VERSION', versions).set('old VERSION', '{"cniVersion":"0.2.0"}')
  bed.answers.set('crashes VERSION', PLUGIN_FAILURE)
  const plugins = [
    { type: 'good', ipam: { type: 'missing' } },
    { type: 'old' },
    { type: 'missing' },
    { type: 'crashes' },
  ]
  const findings = await bed.cni.validateNetworkList(network({ plugins }))
  expect(findings.map(({ keyPath, error }) => [keyPath, error.code])).toEqual([
    ['plugins[0].ipam.type', 'FL_CNI_PLUGIN_NOT_FOUND'],
    ['plugins[1].type', 'FL_CNI_VERSION'],
    ['plugins[2].type', 'FL_CNI_PLUGIN_NOT_FOUND'],
    ['plugins[3].type', 'FL_CNI_PLUGIN_ERROR'],
  ])
  expect(await bed.cni.validateNetworkList(network({}, 'good'))).toEqual([])
})

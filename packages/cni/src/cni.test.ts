import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { resultCacheDir } from './cache.ts'
import { type Cni, createCni } from './cni.ts'
import { type NetworkConfigList, networkConfigList } from './config/network-config.ts'
import { CniError } from './errors.ts'
import type { PluginExecution, PluginRunner } from './exec/plugin-runner.ts'

let cacheDir: string
let executions: PluginExecution[]
/** What plugins answer, by `type VERB`; the default is a result for ADD and nothing else. */
let answers: Map<string, string | CniError>
let cni: Cni

beforeEach(async () => {
  cacheDir = await mkdtemp(path.join(tmpdir(), 'cni-'))
  executions = []
  answers = new Map()
  const runner: PluginRunner = {
    find: async (plugin) =>
      plugin === 'missing'
        ? {
            ok: false,
            error: new CniError('FL_CNI_PLUGIN_NOT_FOUND', 'the plugin is not there', { plugin }),
          }
        : { ok: true, value: `/bin/${plugin}` },
    run: async (execution) => {
      executions.push(execution)
      const { plugin, verb } = execution
      const answer = answers.get(`${plugin} ${verb}`) ?? (verb === 'ADD' ? resultOf(plugin) : '')
      return answer instanceof CniError
        ? { ok: false, error: answer }
        : { ok: true, value: { stdout: answer, stderr: '' } }
    },
  }
  cni = createCni({
    binDirs: ['/a', '/b'],
    cacheDir,
    runner,
    env: { HOME: '/root', CNI_ARGS: 'stale' },
  })
})

afterEach(async () => {
  await rm(cacheDir, { recursive: true })
})

const resultOf = (plugin: string) => `{"cniVersion":"1.0.0","interfaces":[{"name":"${plugin}"}]}`
const conf = { containerId: 'c', netns: '/run/netns/c', ifName: 'eth0' }
const pluginFailure = new CniError('FL_CNI_PLUGIN_ERROR', 'no', { cniCode: 100 })

function network(more: object = {}, ...types: string[]): NetworkConfigList {
  const plugins = (types.length === 0 ? ['first', 'second'] : types).map((type) => ({ type }))
  const list = networkConfigList({ name: 'n', cniVersion: '1.0.0', plugins, ...more })
  if (!list.ok) throw list.error
  return list.value
}

function calls(): string[] {
  return executions.map(({ plugin, verb }) => `${plugin} ${verb}`)
}

function stdin(index: number): unknown {
  return JSON.parse(executions[index]?.stdin ?? 'null')
}

describe('ADD', () => {
  test('runs the plugins in turn, each with the result of the one before', async () => {
    const added = await cni.addNetworkList(network(), conf)
    expect(added).toMatchObject({ ok: true, value: { interfaces: [{ name: 'second' }] } })
    expect(calls()).toEqual(['first ADD', 'second ADD'])
    expect(stdin(0)).toEqual({ name: 'n', cniVersion: '1.0.0', type: 'first' })
    expect(stdin(1)).toEqual({
      name: 'n',
      cniVersion: '1.0.0',
      type: 'second',
      prevResult: JSON.parse(resultOf('first')),
    })
  })

  test('gives plugins the six variables of the spec, over the rest of the environment', async () => {
    await cni.addNetworkList(network(), {
      ...conf,
      args: [
        ['K', 'V'],
        ['L', ''],
      ],
    })
    expect(executions[0]?.env).toEqual({
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
    await cni.addNetworkList(network({ plugins }), {
      ...conf,
      capabilityArgs: { mac: '00:11', ips: ['10.0.0.9'] },
    })
    expect(stdin(0)).toMatchObject({ runtimeConfig: { mac: '00:11' } })
    expect(stdin(0)).not.toHaveProperty('capabilities')
    expect(stdin(1)).toMatchObject({ runtimeConfig: { ips: ['10.0.0.9'] } })
    expect(stdin(2)).not.toHaveProperty('runtimeConfig')
  })

  test('stops at the first failure and keeps nothing', async () => {
    answers.set('first ADD', pluginFailure)
    expect(await cni.addNetworkList(network(), conf)).toEqual({ ok: false, error: pluginFailure })
    expect(calls()).toEqual(['first ADD'])
    expect(await cni.cachedResult(network(), conf)).toEqual({ ok: true, value: undefined })
  })

  test.each([
    ['nothing', '', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['white space', ' \n', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['garbage', 'hello', 'FL_CNI_PLUGIN_GARBAGE'],
    ['an unknown version', '{"cniVersion":"7.0.0"}', 'FL_CNI_VERSION'],
  ])('of a plugin that prints %s fails', async (_, answer, code) => {
    answers.set('second ADD', answer)
    const added = await cni.addNetworkList(network(), conf)
    expect(added).toMatchObject({
      ok: false,
      error: { code, plugin: 'second', network: 'n', verb: 'ADD' },
    })
  })

  test.each([
    { ...conf, containerId: '' },
    { ...conf, containerId: 'a/b' },
    { ...conf, ifName: 'much-too-long-a-name' },
  ])('with %j runs nothing', async (wrong) => {
    const refused = { ok: false, error: { code: 'FL_CNI_ARGUMENT' } }
    expect(await cni.addNetworkList(network(), wrong)).toMatchObject(refused)
    expect(await cni.checkNetworkList(network(), wrong)).toMatchObject(refused)
    expect(await cni.delNetworkList(network(), wrong)).toMatchObject(refused)
    expect(executions).toEqual([])
  })

  test('with an argument that would smuggle in another runs nothing; DEL takes it as it was', async () => {
    const smuggling = { ...conf, args: [['K', 'a;L=b']] as const }
    expect(await cni.addNetworkList(network(), smuggling)).toMatchObject({
      error: { code: 'FL_CNI_ARGUMENT' },
    })
    expect(executions).toEqual([])
    expect(await cni.delNetworkList(network(), smuggling)).toMatchObject({ ok: true })
  })

  test('of a plugin that is not there names the network and the verb', async () => {
    const added = await cni.addNetworkList(network({}, 'missing'), conf)
    expect(added).toMatchObject({
      error: { code: 'FL_CNI_PLUGIN_NOT_FOUND', plugin: 'missing', network: 'n', verb: 'ADD' },
    })
  })
})

describe('CHECK', () => {
  test('gives every plugin the result of ADD', async () => {
    await cni.addNetworkList(network(), conf)
    executions.length = 0
    expect(await cni.checkNetworkList(network(), conf)).toEqual({ ok: true, value: 'checked' })
    expect(calls()).toEqual(['first CHECK', 'second CHECK'])
    expect(stdin(0)).toMatchObject({ prevResult: JSON.parse(resultOf('second')) })
  })

  test('is not known before 0.4.0, and not run where it is disabled', async () => {
    expect(await cni.checkNetworkList(network({ cniVersion: '0.3.1' }), conf)).toMatchObject({
      error: { code: 'FL_CNI_VERSION' },
    })
    expect(await cni.checkNetworkList(network({ disableCheck: true }), conf)).toEqual({
      ok: true,
      value: 'disabled',
    })
    expect(executions).toEqual([])
  })
})

describe('DEL', () => {
  test('runs the last plugin first, with the result of ADD, and forgets the attachment', async () => {
    await cni.addNetworkList(network(), conf)
    executions.length = 0
    expect(await cni.delNetworkList(network(), conf)).toEqual({ ok: true, value: undefined })
    expect(calls()).toEqual(['second DEL', 'first DEL'])
    expect(stdin(1)).toMatchObject({ prevResult: JSON.parse(resultOf('second')) })
    expect(await cni.cachedAttachments()).toMatchObject({ value: { attachments: [] } })
  })

  test('before 0.4.0 gives no result', async () => {
    const old = network({ cniVersion: '0.3.1' })
    await cni.addNetworkList(old, conf)
    executions.length = 0
    await cni.delNetworkList(old, conf)
    expect(stdin(0)).not.toHaveProperty('prevResult')
  })

  test('that fails keeps the attachment, for another try', async () => {
    await cni.addNetworkList(network(), conf)
    answers.set('second DEL', pluginFailure)
    expect(await cni.delNetworkList(network(), conf)).toEqual({ ok: false, error: pluginFailure })
    expect(calls()).not.toContain('first DEL')
    expect(await cni.cachedResult(network(), conf)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })

  test('goes on after a failure where it is told to, and keeps the attachment all the same', async () => {
    await cni.addNetworkList(network(), conf)
    answers.set('second DEL', pluginFailure)
    const done = await cni.delNetworkList(network(), conf, { goOn: true })
    expect(done).toEqual({ ok: false, error: pluginFailure })
    expect(calls().slice(-2)).toEqual(['second DEL', 'first DEL'])
    expect(await cni.cachedResult(network(), conf)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })

  test('needs neither ADD nor a namespace', async () => {
    expect(await cni.delNetworkList(network(), { ...conf, netns: '' })).toMatchObject({ ok: true })
  })

  test('of a cached attachment needs no configuration', async () => {
    const plugins = [{ type: 'first', capabilities: { mac: true } }]
    await cni.addNetworkList(network({ plugins }), {
      ...conf,
      args: [['K', 'V']],
      capabilityArgs: { mac: 'x' },
    })
    executions.length = 0
    const cached = await cni.cachedAttachment({ network: 'n', containerId: 'c', ifName: 'eth0' })
    if (!cached.ok || cached.value === undefined) throw new Error('not cached')
    expect(await cni.delAttachment(cached.value)).toMatchObject({ ok: true })
    expect(executions[0]?.env).toMatchObject({ CNI_ARGS: 'K=V', CNI_NETNS: '/run/netns/c' })
    expect(stdin(0)).toMatchObject({ runtimeConfig: { mac: 'x' } })
  })
})

describe('a cached configuration', () => {
  const cachedAs = (config: string) => ({
    ...conf,
    network: 'n',
    args: [],
    capabilityArgs: {},
    config,
  })

  test('of a single plugin, as libcni caches it, is a list of one', async () => {
    const config = '{"cniVersion":"1.0.0","name":"n","type":"first"}'
    expect(await cni.delAttachment(cachedAs(config))).toMatchObject({ ok: true })
    expect(calls()).toEqual(['first DEL'])
  })

  test('without plugins undoes nothing, and so the attachment is not forgotten', async () => {
    await cni.addNetworkList(network(), conf)
    executions.length = 0
    const done = await cni.delAttachment(cachedAs('{"cniVersion":"1.0.0","name":"n"}'))
    expect(done).toMatchObject({ ok: false, error: { code: 'FL_CNI_CONFIG_INVALID' } })
    expect(executions).toEqual([])
    expect(await cni.cachedResult(network(), conf)).toMatchObject({
      value: { cniVersion: '1.0.0' },
    })
  })
})

describe('GC', () => {
  const current = () => network({ cniVersion: '1.1.0' })

  test('deletes what is not valid any more, then runs the plugins with what is', async () => {
    for (const containerId of ['old', 'new'])
      await cni.addNetworkList(current(), { ...conf, containerId })
    executions.length = 0
    const report = await cni.gcNetworkList(current(), [{ containerId: 'new', ifName: 'eth0' }])
    expect(report).toEqual({
      plugins: 'collected',
      deleted: [{ network: 'n', containerId: 'old', ifName: 'eth0' }],
      errors: [],
    })
    expect(calls()).toEqual(['second DEL', 'first DEL', 'first GC', 'second GC'])
    const attachments = [{ containerID: 'new', ifname: 'eth0' }]
    expect(stdin(2)).toEqual({
      name: 'n',
      cniVersion: '1.1.0',
      type: 'first',
      'cni.dev/valid-attachments': attachments,
      'cni.dev/attachments': attachments,
    })
    expect(executions[2]?.env).toMatchObject({ CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '' })
  })

  test('leaves the attachments of other networks alone', async () => {
    await cni.addNetworkList(network({ name: 'other' }), conf)
    expect((await cni.gcNetworkList(current(), [])).deleted).toEqual([])
  })

  test('goes on after an error and gives all of them', async () => {
    await cni.addNetworkList(current(), conf)
    answers.set('second DEL', pluginFailure).set('first GC', pluginFailure)
    const report = await cni.gcNetworkList(current(), [])
    expect(report).toEqual({
      plugins: 'collected',
      deleted: [],
      errors: [pluginFailure, pluginFailure],
    })
    expect(calls()).toContain('second GC')
  })

  test('asks of each attachment whether it is valid, at that moment', async () => {
    for (const containerId of ['old', 'new']) {
      await cni.addNetworkList(current(), { ...conf, containerId })
    }
    executions.length = 0
    const report = await cni.gcNetworkList(current(), ({ containerId }) => containerId === 'new')
    expect(report).toMatchObject({ plugins: 'collected', deleted: [{ containerId: 'old' }] })
    expect(stdin(2)).toMatchObject({
      'cni.dev/valid-attachments': [{ containerID: 'new', ifname: 'eth0' }],
    })
  })

  test('does not run the plugins while an entry of the network cannot be read', async () => {
    await cni.addNetworkList(current(), conf)
    executions.length = 0
    await writeFile(path.join(cacheDir, 'results', 'n-half-eth0'), '{"kind":"cniCa')
    await writeFile(path.join(cacheDir, 'results', 'other-half-eth0'), '')
    const report = await cni.gcNetworkList(current(), [{ containerId: 'c', ifName: 'eth0' }])
    expect(report).toMatchObject({
      plugins: 'not-run',
      deleted: [],
      errors: [{ code: 'FL_CNI_CACHE' }],
    })
    expect(executions).toEqual([])
  })

  test('before 1.1.0 only deletes, and where it is disabled does nothing', async () => {
    await cni.addNetworkList(network(), conf)
    expect(await cni.gcNetworkList(network({ disableGC: true }), [])).toMatchObject({
      plugins: 'disabled',
      deleted: [],
    })
    expect(await cni.gcNetworkList(network(), [])).toMatchObject({
      plugins: 'not-supported',
      deleted: [{ containerId: 'c' }],
    })
    expect(calls().filter((call) => call.endsWith('GC'))).toEqual([])
  })

  test('without a cache that can be read deletes nothing and says so', async () => {
    const cache = resultCacheDir('/proc/self/status')
    const blind = createCni({ binDirs: [], cache })
    const report = await blind.gcNetworkList(current(), [])
    expect(report).toMatchObject({ deleted: [], errors: [{ code: 'FL_CNI_CACHE' }] })
  })
})

describe('STATUS', () => {
  test('asks every plugin, and the first that is not ready has the word', async () => {
    const list = network({ cniVersion: '1.1.0' })
    expect(await cni.statusNetworkList(list)).toEqual({ ok: true, value: 'ready' })
    expect(calls()).toEqual(['first STATUS', 'second STATUS'])
    answers.set('first STATUS', pluginFailure)
    expect(await cni.statusNetworkList(list)).toEqual({ ok: false, error: pluginFailure })
  })

  test('is not asked before 1.1.0', async () => {
    expect(await cni.statusNetworkList(network())).toEqual({ ok: true, value: 'not-supported' })
    expect(executions).toEqual([])
  })
})

describe('VERSION', () => {
  test.each([
    ['{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}', ['0.4.0', '1.0.0']],
    ['{"cniVersion":"0.2.0"}', ['0.1.0', '0.2.0']],
  ])('%s means %j', async (answer, versions) => {
    answers.set('x VERSION', answer)
    expect(await cni.supportedVersions('x')).toEqual({ ok: true, value: versions })
    expect(stdin(0)).toEqual({ cniVersion: '1.1.0' })
  })

  test('a plugin that does not know the verb is of 0.1.0', async () => {
    answers.set('x VERSION', new CniError('FL_CNI_PLUGIN_ERROR', 'unknown CNI_COMMAND: VERSION'))
    expect(await cni.supportedVersions('x')).toEqual({ ok: true, value: ['0.1.0'] })
  })

  test.each([
    ['', 'FL_CNI_PLUGIN_NO_OUTPUT'],
    ['{', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"supportedVersions":["1.0.0"]}', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"cniVersion":"1.0.0"}', 'FL_CNI_PLUGIN_GARBAGE'],
    ['{"cniVersion":"1.0.0","supportedVersions":[1]}', 'FL_CNI_PLUGIN_GARBAGE'],
  ])('%j is no answer', async (answer, code) => {
    answers.set('x VERSION', answer)
    expect(await cni.supportedVersions('x')).toMatchObject({ ok: false, error: { code } })
  })
})

test('a validation gives every finding, not only the first', async () => {
  const versions = '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}'
  answers.set('good VERSION', versions).set('old VERSION', '{"cniVersion":"0.2.0"}')
  answers.set('crashes VERSION', pluginFailure)
  const plugins = [
    { type: 'good', ipam: { type: 'missing' } },
    { type: 'old' },
    { type: 'missing' },
    { type: 'crashes' },
  ]
  const findings = await cni.validateNetworkList(network({ plugins }))
  expect(findings.map(({ keyPath, error }) => [keyPath, error.code])).toEqual([
    ['plugins[0].ipam.type', 'FL_CNI_PLUGIN_NOT_FOUND'],
    ['plugins[1].type', 'FL_CNI_VERSION'],
    ['plugins[2].type', 'FL_CNI_PLUGIN_NOT_FOUND'],
    ['plugins[3].type', 'FL_CNI_PLUGIN_ERROR'],
  ])
  expect(await cni.validateNetworkList(network({}, 'good'))).toEqual([])
})

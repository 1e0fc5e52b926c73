import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SPEC_VERSIONS } from '@fairlead/cni'
import { failWith, type NetTestbed, netTestbed } from '../../../../tests/net-testbed.ts'

let bed: NetTestbed

beforeEach(async () => {
  bed = await netTestbed()
})

afterEach(async () => {
  await bed[Symbol.asyncDispose]()
})

const add = (...argv: string[]) =>
  bed.fairlead('add', ...argv, '--netns', bed.netns, '--container-id', 'c1')

test('several networks are added in order, to eth0, net1, ...', async () => {
  expect(await add('a', 'b')).toEqual({
    code: 0,
    out:
      'NETWORK  INTERFACE  ADDRESS      GATEWAY   ROUTES     MAC                ON THE HOST\n' +
      'a        eth0       10.1.0.2/24  10.1.0.1  0.0.0.0/0  02:00:00:00:00:01  br0\n' +
      'b        net1       10.1.0.2/24  10.1.0.1  0.0.0.0/0  02:00:00:00:00:01  br0\n' +
      '\n' +
      'Namespace <tmp>/netns; container id c1.\n',
    err: '',
  })
  expect(await bed.log()).toEqual([
    'ADD one c1 <tmp>/netns eth0 args=',
    'ADD two c1 <tmp>/netns net1 args=',
  ])
})

test("cnitool's environment variables mean the same here", async () => {
  bed.env = { CNI_IFNAME: 'mgmt0', CNI_ARGS: 'A=1;B=2=3', CAP_ARGS: '{"mac":"02::1","ips":[]}' }
  const { code, err } = await bed.fairlead('add', 'a', 'b', '--netns', '/proc/self/ns/net')
  expect({ code, err }).toEqual({
    code: 0,
    err: 'note: no plugin of a, b has the capability ips\n',
  })
  expect(await bed.log()).toEqual([
    'ADD one cnitool-cd2667f4483f699b01b0 /proc/self/ns/net mgmt0 args=A=1;B=2=3',
    'ADD two cnitool-cd2667f4483f699b01b0 /proc/self/ns/net net1 args=A=1;B=2=3',
  ])
})

test('flags come before environment variables', async () => {
  bed.env = { CNI_IFNAME: 'x', CNI_ARGS: 'A=1', CAP_ARGS: '{', CNI_PATH: '/none', NETCONFPATH: '/' }
  const folders = ['--bin-dir', '/none', '--bin-dir', path.join(bed.folder, 'bin')]
  const conf = ['--conf-dir', path.join(bed.folder, 'net.d'), '--ifname', 'san0']
  const args = ['--args', 'K=V', '--args', 'L=W', '--capability-args', '{"mac":"02::1"}']
  const { code } = await add('a', ...folders, ...conf, ...args)
  expect(code).toBe(0)
  expect(await bed.log()).toEqual(['ADD one c1 <tmp>/netns san0 args=K=V;L=W'])
  expect(await bed.stdinOf('ADD')).toMatchObject({ runtimeConfig: { mac: '02::1' } })
})

test('the result is printed in the form of a spec version, in a list where there are several', async () => {
  const one = await add('a', '-o', '0.4.0')
  expect(JSON.parse(one.out)).toMatchObject({ cniVersion: '0.4.0', ips: [{ version: '4' }] })
  const two = await add('a', 'b', '-i', 'x', '-i', 'y', '-o', '0.2.0')
  expect(JSON.parse(two.out)).toMatchObject([{ ip4: { ip: '10.1.0.2/24' } }, { ip4: {} }])
  for (const [index, version] of SPEC_VERSIONS.entries()) {
    expect((await add('a', '-i', `v${index}`, '-o', version)).out).toContain(version)
  }
})

test('the report is there for programs', async () => {
  const { out } = await add('a', '-o', 'json')
  expect(JSON.parse(out)).toEqual({
    netns: '<tmp>/netns',
    containerId: 'c1',
    created: false,
    attachments: [
      { network: 'a', ifName: 'eth0', result: expect.objectContaining({ cniVersion: '1.1.0' }) },
    ],
    undone: [],
    unusedCapabilityArgs: [],
  })
})

test('where one fails, it and those before it are deleted, and the namespace that was made', async () => {
  await bed.hook('ADD', 'net1', failWith(100, 'no addresses left'))
  const { code, out, err } = await bed.fairlead('add', 'a', 'b', '--create', 'fl-unit')
  expect({ code, out, err }).toEqual({
    code: 1,
    out: '',
    err:
      'error: plugin two, network b, ADD: no addresses left\n' +
      'Everything that was added is deleted again, and the namespace that was made.\n',
  })
  expect((await bed.log()).map((line) => line.replace(/cnitool-\w+/, 'ID'))).toEqual([
    'ip netns add fl-unit',
    'ip -n fl-unit link set lo up',
    'ADD one ID /run/netns/fl-unit eth0 args=',
    'ADD two ID /run/netns/fl-unit net1 args=',
    'DEL two ID /run/netns/fl-unit net1 args=',
    'DEL one ID /run/netns/fl-unit eth0 args=',
    'ip netns del fl-unit',
  ])
})

test('an error of such a DEL comes after that of the ADD, and the others are still deleted', async () => {
  await bed.hook('ADD', 'net1', failWith(100, 'no addresses left'))
  await bed.hook('DEL', 'net1', failWith(101, 'stuck'))
  const { code, err } = await add('a', 'b')
  expect({ code, err }).toEqual({
    code: 1,
    err:
      'error: plugin two, network b, ADD: no addresses left\n' +
      'error: plugin two, network b, DEL: stuck\n' +
      'Not everything that was added could be deleted again; see above.\n',
  })
  expect((await bed.log()).at(-1)).toBe('DEL one c1 <tmp>/netns eth0 args=')
  const { out } = await add('a', 'b', '-o', 'json')
  expect(JSON.parse(out)).toMatchObject({
    attachments: [],
    error: { code: 'FL_CNI_PLUGIN_ERROR', cniCode: 100 },
    undone: [{ network: 'b', error: { cniCode: 101 } }, { network: 'a' }],
  })
})

test('ctrl-C ends the plugin and deletes what was added', async () => {
  await bed.hook('ADD', 'net1', `touch ${bed.folder}/begun; sleep 60`)
  const done = add('a', 'b')
  while (!existsSync(`${bed.folder}/begun`)) await new Promise(setImmediate)
  bed.interrupt.abort()
  const { code, err } = await done
  expect(code).toBe(130)
  expect(err).toContain('Everything that was added is deleted again.')
  expect((await bed.log()).slice(-2).map((line) => line.slice(0, 7))).toEqual([
    'DEL two',
    'DEL one',
  ])
})

test('a plugin that takes too long is ended', async () => {
  await bed.hook('ADD', 'eth0', 'sleep 60')
  const { code, err } = await add('a', '--timeout', '100ms')
  expect(code).toBe(1)
  expect(err).toContain('the plugin was not done after 100 ms')
})

test('an interface that is there already is refused, not deleted', async () => {
  await add('a')
  expect((await add('b')).err).toBe(
    'error: eth0 of <tmp>/netns is attached to a.\n' +
      'Delete that first (`fairlead net del a --netns <tmp>/netns`), or name another interface with --ifname.\n',
  )
  await bed.interfaces('lo', 'san0')
  expect(await add('b', '-i', 'san0')).toMatchObject({
    code: 2,
    err: expect.stringContaining('<tmp>/netns has an interface san0 already.'),
  })
  expect(await bed.log()).toHaveLength(1)
})

test.each([
  [['nosuch'], 'network nosuch: <tmp>/net.d has no network of that name\nIt has a, b.'],
  [['a', '--create', 'x'], 'Both --netns and --create are given.'],
  [['a', '--ifname', 'x', '--ifname', 'y'], 'more interface names (x, y) than networks (1)'],
  [['a', '--ifname', 'with/slash'], 'an interface name has no "/"'],
  [['a', 'b', '-i', 'x', '-i', 'x'], 'Two networks cannot both have the interface x.'],
  [['a', '--args', 'A'], '--args: expected KEY=VALUE without ";", not "A"'],
  [['a', '--args', 'A=1;B=2'], '--args: expected KEY=VALUE without ";", not "A=1;B=2"'],
  [['a', '--capability-args', '[]'], '--capability-args: expected a JSON object'],
  [['a', '--capability-args', '{'], '--capability-args: Expected property name'],
  [['a', '--timeout', 'soon'], 'Expected a length of time such as 300ms, 5s or 2m, not "soon".'],
  [['a', '--cache-dir', '/proc/x'], '/proc/x cannot be written'],
  [['a', '-o', '0.5.0'], 'Expected "0.5.0" to be one of'],
])('%j is refused, and nothing is run or written', async (argv, message) => {
  const { code, out, err } = await add(...argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(message)
  expect([await bed.log(), bed.exists('cache')]).toEqual([[], false])
})

test('a namespace that cannot be used is refused', async () => {
  expect((await bed.fairlead('add', 'a', '--netns', 'fl-none')).err).toContain(
    'There is no network namespace at /run/netns/fl-none.',
  )
  expect((await bed.fairlead('add', 'a', '--create', '../x')).code).toBe(2)
  expect((await bed.fairlead('add', 'a')).err).toContain('No network namespace is named.')
  expect(await bed.log()).toEqual([])
})

test('a network with a plugin that is not there is refused before another one is added', async () => {
  await bed.network('30-c.conf', { cniVersion: '1.0.0', name: 'c', type: 'three' })
  expect(await add('a', 'c')).toMatchObject({
    code: 1,
    err: expect.stringContaining('plugin three, network c: the plugin is not there'),
  })
  expect(await bed.log()).toEqual([])
})

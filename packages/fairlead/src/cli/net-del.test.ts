import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
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
const del = (...argv: string[]) => bed.fairlead('del', ...argv, '--netns', bed.netns)
const dels = async () => (await bed.log()).filter((line) => line.startsWith('DEL'))
const cached = () => readdir(path.join(bed.folder, 'cache', 'results'))

test('the last network is deleted first, from the interface that it has', async () => {
  await add('a', 'b')
  expect(await del('a', 'b')).toEqual({
    code: 0,
    out:
      'NETWORK  INTERFACE  DEL      CONTAINER\n' +
      'b        net1       deleted  c1\n' +
      'a        eth0       deleted  c1\n',
    err: '',
  })
  expect(await dels()).toEqual([
    'DEL two c1 <tmp>/netns net1 args=',
    'DEL one c1 <tmp>/netns eth0 args=',
  ])
  expect(await cached()).toEqual([])
})

test('what ADD was run with is enough: namespace, configuration and flags may be gone', async () => {
  await add('a', '--args', 'K=V', '--capability-args', '{"mac":"02::1"}')
  await rm(bed.netns)
  await rm(path.join(bed.folder, 'net.d'), { recursive: true })
  expect((await bed.fairlead('del', 'a', '--container-id', 'c1')).code).toBe(0)
  expect(await dels()).toEqual(['DEL one c1 <tmp>/netns eth0 args=K=V'])
  expect(await bed.stdinOf('DEL')).toMatchObject({
    runtimeConfig: { mac: '02::1' },
    prevResult: { ips: [{ address: '10.1.0.2/24' }] },
  })
})

test('it goes on after an error, and shows them all', async () => {
  await add('a', 'b')
  await bed.hook('DEL', 'net1', failWith(101, 'stuck'))
  const { code, out, err } = await del('a', 'nosuch', 'b', '-i', 'eth0', '-i', 'net7')
  expect({ code, err }).toEqual({
    code: 1,
    err:
      'error: plugin two, network b, DEL: stuck\n' +
      'error: network nosuch: <tmp>/net.d has no network of that name\n' +
      'It has a, b.\n',
  })
  expect(out).toContain('a        eth0       deleted')
  expect(await cached()).toEqual(['b-c1-net1'])
})

test('everything that a container has is deleted, and then its namespace', async () => {
  await add('a', 'b', 'a')
  expect((await del('--all', '--delete-netns')).err).toContain('takes a namespace of `ip netns`')
  const { code } = await del('--all', '-o', 'json')
  expect(code).toBe(0)
  expect((await dels()).map((line) => line.split(' ')[4])).toEqual(['net2', 'net1', 'eth0'])
  expect((await del('--all')).out).toBe('Nothing is attached.\n')
})

test('what the cache does not know is deleted as cnitool does it', async () => {
  bed.env = { CNI_ARGS: 'A=1' }
  expect((await bed.fairlead('del', 'a', '--netns', '/var/run/netns/testing')).code).toBe(0)
  expect(await dels()).toEqual([
    'DEL one cnitool-77383ca0a0715733ca6f /var/run/netns/testing eth0 args=A=1',
  ])
})

test("an interface that another network made is not deleted in that network's stead", async () => {
  await add('a')
  expect(await del('b')).toMatchObject({
    code: 1,
    err:
      'error: Network b is not attached to <tmp>/netns, whose eth0 is of network a.\n' +
      '`fairlead net list` shows what is attached where.\n',
  })
  expect(await dels()).toEqual([])
})

test('what names nothing to delete is refused', async () => {
  expect((await bed.fairlead('del', 'a')).err).toContain('Neither --netns nor --container-id')
  expect((await del()).err).toContain('No network is named.')
  expect(await del('a', '--all')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Both networks and --all are given.'),
  })
})

test('check runs with what ADD was run with, for one network or all', async () => {
  await add('a', 'b')
  await rm(path.join(bed.folder, 'net.d'), { recursive: true })
  await bed.hook('CHECK', 'net1', failWith(102, 'the address is gone'))
  expect(await bed.fairlead('check', 'a', '--netns', bed.netns)).toEqual({
    code: 0,
    out: 'NETWORK  INTERFACE  CHECK\na        eth0       ok\n',
    err: '',
  })
  const { code, out, err } = await bed.fairlead('check', '--netns', bed.netns)
  expect({ code, err }).toEqual({
    code: 1,
    err: 'error: plugin two, network b, CHECK: the address is gone\n',
  })
  expect(out).toContain('b        net1       failed')
  expect((await bed.fairlead('check', 'a', 'b', '-i', 'x', '--container-id', 'c1')).err).toContain(
    'Network a is not attached to container c1 as x.',
  )
  expect((await bed.fairlead('check', '--container-id', 'c2')).code).toBe(1)
})

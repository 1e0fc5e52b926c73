import { mkdir, mkdtemp, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { networkConfigList } from '@fairlead/cni'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bootedAtMs, reservationDirsOf, systemNodeState as node } from './node-state.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'networks-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function write(name: string, text: string): Promise<string> {
  const file = path.join(dir, 'net', name)
  await mkdir(path.dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

test("host-local's addresses are read, with whose they are and since when", async () => {
  // plugins v1.9.1 backend/disk `Reserve`: the id, CR LF, the interface.
  await utimes(await write('10.0.0.2', 'pod-1\r\neth0'), 1000, 1000)
  await utimes(await write('fd00::2', 'pod-2\nnet1\n'), 1000, 1000)
  // host-local before 0.8: the id alone.
  await utimes(await write('10.0.0.3', 'pod-3'), 1000, 1000)
  await write('lock', '')
  await write('last_reserved_ip.0', '10.0.0.3')
  const common = { dataDir: dir, network: 'net', reservedAtMs: 1_000_000 }
  expect(await node.reservations(dir, 'net')).toEqual({
    reservations: [
      { ...common, address: '10.0.0.2', containerId: 'pod-1', ifName: 'eth0' },
      { ...common, address: '10.0.0.3', containerId: 'pod-3', ifName: undefined },
      { ...common, address: 'fd00::2', containerId: 'pod-2', ifName: 'net1' },
    ],
    errors: [],
  })
  expect(await node.reservedNetworks(dir)).toEqual({ networks: ['net'], errors: [] })
})

test('one that does not say whose it is, or cannot be read, costs only itself', async () => {
  const empty = await write('10.0.0.2', '')
  await write('10.0.0.3', 'pod\r\neth0')
  await mkdir(path.join(dir, 'net', '10.0.0.4'))
  expect(await node.reservations(dir, 'net')).toMatchObject({
    reservations: [{ containerId: 'pod' }],
    errors: [
      { code: 'FL_NETWORKS_IPAM', message: `${empty} does not say whose address it is` },
      { code: 'FL_NETWORKS_IPAM', message: expect.stringContaining('10.0.0.4 cannot be read') },
    ],
  })
})

test('a folder that is not there keeps no addresses', async () => {
  const none = path.join(dir, 'none')
  expect(await node.reservations(none, 'net')).toEqual({ reservations: [], errors: [] })
  expect(await node.reservedNetworks(none)).toEqual({ networks: [], errors: [] })
})

test('a folder that cannot be read is told', async () => {
  const file = path.join(dir, 'loop')
  await symlink(file, file)
  expect(await node.reservedNetworks(file)).toMatchObject({
    networks: [],
    errors: [{ code: 'FL_NETWORKS_IPAM', message: expect.stringContaining('cannot be read') }],
  })
})

test('the folders are those of the configuration', () => {
  const list = networkConfigList({
    name: 'net',
    cniVersion: '1.0.0',
    plugins: [
      { type: 'bridge', ipam: { type: 'host-local', dataDir: '/run/ipam' } },
      { type: 'macvlan', ipam: { type: 'host-local' } },
      { type: 'ptp', ipam: { type: 'dhcp', dataDir: '/other' } },
      { type: 'portmap' },
    ],
  })
  expect(list.ok && reservationDirsOf(list.value)).toEqual(['/run/ipam', '/var/lib/cni/networks'])
})

test('the node has booted before this test wrote its file, and after 2020', async () => {
  const { mtimeMs } = await stat(await write('lock', ''))
  expect(await node.bootedAtMs()).toBeLessThan(mtimeMs)
  expect(await node.bootedAtMs()).toBeGreaterThan(new Date('2020-01-01').getTime())
})

describe('the boot', () => {
  const procStat = async (btimeS: number) => write('stat', `cpu 1\nbtime ${btimeS}\n`)

  test('does not move past what lives when the clock is set forward', async () => {
    const nowMs = Date.now()
    const stepped = await procStat(Math.ceil(nowMs / 1000) + 86_400)
    expect(await bootedAtMs(stepped, ['/dev'])).toBeLessThan(nowMs)
  })

  test('is when the kernel says where nothing in memory is older', async () => {
    expect(await bootedAtMs(await procStat(1000), ['/dev', '/none'])).toBe(1_000_000)
  })

  test('is not that of files on a disk, which outlive one', async () => {
    const btimeS = Math.ceil(Date.now() / 1000) + 86_400
    // Not in memory either way: /proc is of the kernel.
    expect(await bootedAtMs(await procStat(btimeS), ['/proc'])).toBe(btimeS * 1000)
  })
})

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debianPackages } from './debian.ts'
import { BIN, unable } from './support.ts'

/** Network and mount namespaces with a /run of their own, which end with this process. */
async function startMachine(): Promise<ChildProcess> {
  const script = 'mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec cat'
  const machine = spawn('unshare', ['--net', '--mount', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(machine.stdout, 'data')
  return machine
}

describe.skipIf(unable !== undefined)("net, with Debian's plugins", () => {
  let folder: string
  let machine: ChildProcess
  let env: Record<string, string | undefined>

  beforeAll(async () => {
    const packages = await debianPackages('forky', ['containernetworking-plugins'])
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-net-'))
    await mkdir(path.join(folder, 'net.d'))
    const dataDir = path.join(folder, 'leases')
    await writeNetwork('10-dbnet.conflist', {
      cniVersion: '1.0.0',
      name: 'dbnet',
      plugins: [
        {
          type: 'bridge',
          bridge: 'fl-e2e-br0',
          isGateway: true,
          ipam: { type: 'host-local', dataDir, subnet: '10.111.0.0/24' },
        },
        { type: 'tuning', capabilities: { mac: true } },
      ],
    })
    await writeNetwork('20-storage.conf', {
      cniVersion: '1.1.0',
      name: 'storage',
      type: 'ptp',
      ipam: { type: 'host-local', dataDir, subnet: '10.112.0.0/24' },
    })
    env = {
      ...process.env,
      CNI_PATH: path.join(packages, 'usr', 'lib', 'cni'),
      NETCONFPATH: path.join(folder, 'net.d'),
    }
    machine = await startMachine()
  })

  afterAll(async () => {
    machine.stdin?.end()
    await once(machine, 'exit')
    await rm(folder, { recursive: true })
  })

  const writeNetwork = (file: string, content: object) =>
    writeFile(path.join(folder, 'net.d', file), JSON.stringify(content))

  function onMachine(...argv: string[]): Promise<{ code: unknown; out: string; err: string }> {
    const args = [`--target=${machine.pid}`, '--net', '--mount', ...argv]
    return new Promise((resolve) => {
      execFile('nsenter', args, { env }, (error, out, err) => {
        resolve({ code: error === null ? 0 : error.code, out, err })
      })
    })
  }
  const net = (...argv: string[]) =>
    onMachine(process.execPath, BIN, 'net', ...argv, '--cache-dir', path.join(folder, 'cache'))
  const netJson = async (...argv: string[]) => JSON.parse((await net(...argv, '-o', 'json')).out)
  const addresses = async (netns: string) => {
    const { out } = await onMachine('ip', '-n', netns, '-4', '-br', 'addr')
    const lines = out.trim().split('\n')
    return lines.map((line) => line.replace(/@\w+/, '').trim().split(/\s+/))
  }
  const leases = async (network: string) =>
    (await readdir(path.join(folder, 'leases', network))).filter((name) => name.startsWith('10.'))
  const hostLinks = async () =>
    JSON.parse((await onMachine('ip', '-j', 'link')).out).map(
      ({ ifname }: { ifname: string }) => ifname,
    )

  test('two networks are attached at once, listed, checked, and found stale when the namespace goes', async () => {
    const added = await net('add', 'dbnet', 'storage', '--create', 'blue')
    expect(added.code, added.err).toBe(0)
    expect(added.out).toContain('dbnet    eth0       10.111.0.2/24  10.111.0.1')
    expect(await addresses('blue')).toEqual([
      ['lo', 'UNKNOWN', '127.0.0.1/8'],
      ['eth0', 'UP', '10.111.0.2/24'],
      ['net1', 'UP', '10.112.0.2/24'],
    ])
    expect(await netJson('list')).toMatchObject({
      networks: [{ name: 'dbnet' }, { name: 'storage' }],
      attachments: [
        { network: 'dbnet', ifName: 'eth0', addresses: ['10.111.0.2/24'], namespace: 'alive' },
        { network: 'storage', ifName: 'net1', addresses: ['10.112.0.2/24'], namespace: 'alive' },
      ],
    })
    for (const verb of ['check', 'status', 'validate']) {
      const { code, out, err } = await net(verb, ...(verb === 'check' ? ['--netns', 'blue'] : []))
      expect(code, out + err).toBe(0)
    }

    // Nothing is stale: a real collection, in which host-local takes part, keeps both.
    expect((await net('gc')).code).toBe(0)
    expect([await leases('dbnet'), await leases('storage')]).toEqual([
      ['10.111.0.2'],
      ['10.112.0.2'],
    ])

    await onMachine('ip', 'netns', 'del', 'blue')
    expect(await netJson('list')).toMatchObject({
      attachments: [{ namespace: 'gone' }, { namespace: 'gone' }],
    })
    const dryRun = await netJson('gc', '--dry-run')
    expect(dryRun.networks).toMatchObject([
      { network: 'dbnet', valid: 0, stale: [{ ifName: 'eth0', deleted: false }] },
      { network: 'storage', valid: 0, stale: [{ ifName: 'net1', deleted: false }] },
    ])
    expect(await leases('dbnet')).toEqual(['10.111.0.2'])
    expect((await net('gc')).code).toBe(0)
    expect([await leases('dbnet'), await leases('storage')]).toEqual([[], []])
    expect((await netJson('list')).attachments).toEqual([])
    expect(await hostLinks()).toEqual(['lo', 'fl-e2e-br0'])
  })

  test('what is added by name is deleted by name, and the namespace with it', async () => {
    await net('add', 'dbnet', 'storage', '--create', 'green')
    const one = await net('del', 'storage', '--netns', '/var/run/netns/green')
    expect(one.code, one.err).toBe(0)
    expect(await addresses('green')).toHaveLength(2)
    const rest = await net('del', '--all', '--netns', 'green', '--delete-netns')
    expect(rest.code, rest.err).toBe(0)
    expect((await onMachine('ip', 'netns', 'list')).out).not.toContain('green')
    expect([await leases('dbnet'), await leases('storage')]).toEqual([[], []])
  })

  test('it works when the namespace and the configuration are gone', async () => {
    await onMachine('ip', 'netns', 'add', 'red')
    await net('add', 'storage', '--netns', 'red', '--ifname', 'san0')
    expect((await addresses('red')).map(([name]) => name)).toEqual(['san0'])
    await onMachine('ip', 'netns', 'del', 'red')
    const { code, err } = await net(
      'del',
      'storage',
      '--netns',
      'red',
      '--conf-dir',
      '/nonexistent',
    )
    expect(code, err).toBe(0)
    expect(await leases('storage')).toEqual([])
  })

  test('a failed ADD leaves neither the attachment before it nor the namespace', async () => {
    await writeNetwork('30-full.conf', {
      cniVersion: '1.1.0',
      name: 'full',
      type: 'bridge',
      bridge: 'fl-e2e-br0',
      ipam: { type: 'static', addresses: [{ address: 'nonsense' }] },
    })
    const { code, out, err } = await net('add', 'dbnet', 'full', '--create', 'black')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^error: plugin bridge, network full, ADD: /)
    expect((await onMachine('ip', 'netns', 'list')).out).not.toContain('black')
    expect(await leases('dbnet')).toEqual([])
    expect((await netJson('list')).attachments).toEqual([])
    await rm(path.join(folder, 'net.d', '30-full.conf'))
  })

  test('an interface that is not ours survives an ADD of its name', async () => {
    await onMachine('ip', 'netns', 'add', 'white')
    await onMachine('ip', '-n', 'white', 'link', 'add', 'eth0', 'type', 'bridge')
    const { code, err } = await net('add', 'dbnet', '--netns', 'white')
    expect(code).toBe(2)
    expect(err).toContain('/run/netns/white has an interface eth0 already.')
    const { out } = await onMachine('ip', '-n', 'white', '-br', 'link')
    expect(out).toContain('eth0')
    await onMachine('ip', 'netns', 'del', 'white')
  })
})

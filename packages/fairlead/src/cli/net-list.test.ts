import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { failWith, type NetTestbed, netTestbed } from '../../../../tests/net-testbed.ts'
import { age } from './net-render.ts'

let bed: NetTestbed

beforeEach(async () => {
  bed = await netTestbed()
})

afterEach(async () => {
  await bed[Symbol.asyncDispose]()
})

const BROKEN = '{\n  "name": "c"\n  "plugins": []\n}\n'
/** Without the padding of tables, which depends on the folder's name. */
const narrow = (text: string) => text.replaceAll(/ {3,}/g, '  ')
const verbs = async () => (await bed.log()).map((line) => line.split(' ').slice(0, 2).join(' '))

/** b is attached and alive as net1, a is attached as eth0 and its namespace gone. */
async function addOneAliveOneGone(): Promise<void> {
  await bed.fairlead('add', 'a', '--netns', bed.netns, '--container-id', 'old')
  await rm(bed.netns)
  const living = ['--netns', '/proc/self/ns/net', '--container-id', 'new', '-i', 'net1']
  await bed.fairlead('add', 'b', ...living)
}

test('an empty machine is said to be one', async () => {
  const { code, out } = await bed.fairlead('list', '--conf-dir', '/nonexistent')
  expect({ code, out }).toEqual({
    code: 0,
    out: 'No networks in /nonexistent.\n\nNo attachments in <tmp>/cache.\n',
  })
})

test('networks come in load order, broken and hidden ones too; attachments with their state', async () => {
  await addOneAliveOneGone()
  await bed.network('05-c.conflist', BROKEN)
  await bed.network('30-a.conf', { name: 'a', type: 'two' })
  const old = path.join(bed.folder, 'cache', 'results', 'a-old-eth0')
  const hoursAgo = new Date(performance.timeOrigin + performance.now() - 3 * 3_600_000)
  await utimes(old, hoursAgo, hoursAgo)
  expect(narrow((await bed.fairlead('list')).out)).toBe(
    narrow(
      'Networks in <tmp>/net.d, in load order:\n' +
        'FILE           NETWORK  VERSION  PLUGINS\n' +
        '05-c.conflist  -        -        3:3: not JSON: expected "," or "}", found "\\""\n' +
        '10-a.conflist  a        1.0.0    one\n' +
        '20-b.conf      b        1.1.0    two\n' +
        '30-a.conf      a        0.1.0    two (not used: the name is that of 10-a.conflist)\n' +
        '\n' +
        'Attachments in <tmp>/cache:\n' +
        'NETWORK  INTERFACE  ADDRESS      AGE  NAMESPACE  PATH               CONTAINER\n' +
        'a        eth0       10.1.0.2/24  3 h  gone       <tmp>/netns        old\n' +
        'b        net1       10.1.0.2/24  0 s  alive      /proc/self/ns/net  new\n',
    ),
  )
  const { out } = await bed.fairlead('list', '-o', 'json')
  expect(JSON.parse(out)).toMatchObject({
    networks: [{ error: { code: 'FL_CNI_CONFIG_INVALID' } }, { plugins: ['one'] }, {}, {}],
    attachments: [
      { network: 'a', namespace: 'gone' },
      { network: 'b', namespace: 'alive' },
    ],
  })
})

test('an age is told in its greatest unit', () => {
  expect([0, 59_999, 60_000, 3_600_000, 86_399_999, 86_400_000 * 9].map(age)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '1 h',
    '23 h',
    '9 d',
  ])
})

test('garbage is what has no namespace; a dry run only says so', async () => {
  await addOneAliveOneGone()
  const { code, out } = await bed.fairlead('gc', '--dry-run')
  expect({ code, out: narrow(out) }).toEqual({
    code: 0,
    out: narrow(
      'NETWORK  INTERFACE  ADDRESS      AGE  NAMESPACE (GONE)  GC\n' +
        'a        eth0       10.1.0.2/24  0 s  <tmp>/netns       would be deleted\n' +
        '\n' +
        'NETWORK  VALID ATTACHMENTS  PLUGINS\n' +
        'a        0                  no GC: older than 1.1.0\n' +
        'b        1                  GC would be run\n',
    ),
  })
  expect(await verbs()).toEqual(['ADD one', 'ADD two'])

  expect((await bed.fairlead('gc')).out).toMatch(/<tmp>\/netns +deleted/)
  expect(await verbs()).toEqual(['ADD one', 'ADD two', 'DEL one', 'GC two'])
  expect(await bed.stdinOf('GC')).toMatchObject({
    'cni.dev/valid-attachments': [{ containerID: 'new', ifname: 'net1' }],
  })
  expect(await readdir(path.join(bed.folder, 'cache', 'results'))).toEqual(['b-new-net1'])
})

test('garbage of a network that is not configured any more is deleted, too', async () => {
  await addOneAliveOneGone()
  await rm(path.join(bed.folder, 'net.d', '10-a.conflist'))
  const { code, out } = await bed.fairlead('gc', 'a')
  expect(code).toBe(0)
  expect(out).toContain('no GC: not in the conf dir')
  expect(await verbs()).toEqual(['ADD one', 'ADD two', 'DEL one'])
  expect(await bed.fairlead('gc', 'nosuch')).toMatchObject({ code: 2, out: '' })
})

test('addresses from before the boot that no attachment accounts for are released; a younger one is told', async () => {
  const ipam = { type: 'host-local', dataDir: path.join(bed.folder, 'ipam') }
  await bed.network('10-a.conflist', { name: 'a', plugins: [{ type: 'one', ipam }] })
  await bed.plugin('host-local')
  const kept = path.join(ipam.dataDir, 'a')
  await mkdir(kept, { recursive: true })
  for (const [address, id] of [
    ['10.1.0.8', 'rebooted'],
    ['10.1.0.9', 'young'],
  ] as const) {
    await writeFile(path.join(kept, address), `${id}\r\neth0`)
  }
  await utimes(path.join(kept, '10.1.0.8'), 1000, 1000)
  await bed.hook('DEL', 'eth0', `rm ${kept}/10.1.0.8`)
  const why = 'kept: it is younger than the boot and the cache does not know its container'
  const tableOf = (fate: string) =>
    'NETWORK  ADDRESS  AGE  CONTAINER (NOT IN THE CACHE)  GC\n' +
    `a  10.1.0.8  <age>  rebooted  ${fate}\n` +
    `a  10.1.0.9  0 s  young  ${why}\n`
  const told = (out: string) => out.replaceAll(/ {2,}/g, '  ').replace(/\d+ d/, '<age>')
  const dry = await bed.fairlead('gc', '--dry-run')
  expect(told(dry.out)).toContain(tableOf('would be released'))
  expect(await bed.log()).toEqual([])
  expect(told((await bed.fairlead('gc')).out)).toContain(tableOf('released'))
  expect(await verbs()).toEqual(['DEL one', 'GC two'])
  expect((await bed.log())[0]).toMatch(/^DEL one rebooted {2}eth0 /)
  expect(await readdir(kept)).toEqual(['10.1.0.9'])
  const { networks } = JSON.parse((await bed.fairlead('gc', '-o', 'json')).out) as {
    readonly networks: readonly unknown[]
  }
  expect(networks).toMatchObject([
    { network: 'a', reservations: [{ address: '10.1.0.9', state: 'kept', ifName: 'eth0' }] },
    { network: 'b', reservations: [] },
  ])
})

test('what cannot be deleted is said, and kept', async () => {
  await addOneAliveOneGone()
  await bed.hook('DEL', 'eth0', failWith(101, 'stuck'))
  const { code, out, err } = await bed.fairlead('gc', 'a')
  expect({ code, err }).toEqual({ code: 1, err: 'error: plugin one, network a, DEL: stuck\n' })
  expect(out).toContain('failed')
  await bed.network('10-a.conflist', { name: 'a', disableGC: true, plugins: [{ type: 'one' }] })
  expect((await bed.fairlead('gc', 'a')).out).toContain('kept (disableGC)')
})

test('status says who is ready, and goes on after who is not', async () => {
  await bed.network('30-c.conf', { cniVersion: '1.1.0', name: 'c', type: 'two' })
  expect(await bed.fairlead('status')).toMatchObject({
    code: 0,
    out:
      'NETWORK  STATUS\n' +
      'a        not supported (older than 1.1.0)\nb        ready\nc        ready\n',
  })
  await bed.hook('STATUS', '', failWith(50, 'the daemon is away'))
  await bed.network('40-d.conflist', BROKEN)
  const { code, out, err } = await bed.fairlead('status')
  expect(code).toBe(1)
  expect(out).toContain('b              not ready\n')
  expect(out).toContain('40-d.conflist  broken\n')
  expect(err).toContain('error: plugin two, network b, STATUS: the daemon is away\n')
  expect((await bed.fairlead('status', 'nosuch')).code).toBe(2)
  expect((await bed.fairlead('status', '--conf-dir', '/nonexistent')).code).toBe(2)
})

test('validation finds everything at once', async () => {
  expect(await bed.fairlead('validate', 'a', 'b')).toEqual({
    code: 0,
    out: 'ok     a (1.0.0, one)\nok     b (1.1.0, two)\n\n2 validated, nothing wrong.\n',
    err: '',
  })
  await bed.network('30-c.conflist', BROKEN)
  await bed.network('40-d.conflist', {
    cniVersion: '0.3.1',
    name: 'd',
    plugins: [{ type: 'one', ipam: { type: 'none' } }],
  })
  const { code, out } = await bed.fairlead('validate')
  expect(code).toBe(1)
  expect(out).toBe(
    'ok     <tmp>/net.d/10-a.conflist: a (1.0.0, one)\n' +
      'ok     <tmp>/net.d/20-b.conf: b (1.1.0, two)\n' +
      'wrong  <tmp>/net.d/30-c.conflist:3:3: not JSON: expected "," or "}", found "\\""\n' +
      'wrong  <tmp>/net.d/40-d.conflist: plugins[0].type: plugin one, network d: ' +
      'the plugin does not support version 0.3.1, only 0.4.0, 1.0.0, 1.1.0\n' +
      '       Lower cniVersion, or install a newer plugin.\n' +
      'wrong  <tmp>/net.d/40-d.conflist: plugins[0].ipam.type: plugin none: ' +
      'the plugin is not there: not in <tmp>/bin\n' +
      '       Install the plugin, or name the folder it is in as a bin dir (CNI_PATH).\n' +
      '\n' +
      '4 validated, 3 wrong.\n',
  )
  const file = path.join(bed.folder, 'net.d', '30-c.conflist')
  expect((await bed.fairlead('validate', file, '-o', 'json')).code).toBe(1)
  expect((await bed.fairlead('validate', 'b')).out).toContain('The search for network b ends there')
  expect((await bed.fairlead('validate', './nosuch.conf')).code).toBe(2)
})

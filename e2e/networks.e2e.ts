import { execFile } from 'node:child_process'
import { mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createCni } from '../packages/cni/src/index.ts'
import { confDirAt, openNetworks } from '../packages/networks/src/index.ts'
import { pluginDir } from './plugins/test-on-node.ts'
import { unable } from './support.ts'

const STORM = fileURLToPath(new URL('networks/storm.ts', import.meta.url))
const LEFTOVERS = fileURLToPath(new URL('networks/leftovers.ts', import.meta.url))
const NO_WATCHES = fileURLToPath(new URL('networks/no-watches.ts', import.meta.url))

describe.skipIf(unable !== undefined)('the networks of a node', () => {
  test('bring 200 pods with two networks each up and down, 20 at a time, through a storm of writes and a restart, and leave nothing', async () => {
    const driver = [process.execPath, STORM, await pluginDir(), '200', '20']
    const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', ...driver])
    const seen: unknown = JSON.parse(stdout)
    expect(seen).toMatchObject({
      plan: [
        '1. 10-primary (10-primary.conflist) is attached as eth0.',
        '2. 20-storage (20-storage.conflist) is attached as net1.',
      ],
      attached: 200,
      failures: [],
      addresses: 400,
      bothInside: 200,
      ready: { ready: true },
      checks: [],
      removed: 200,
      again: [],
      left: { host: 'as before', cache: [], reservations: [] },
    })
  })

  test('collect what pods leave that died with Fairlead in the middle of ADD, or with the node, and nothing of those that live', async () => {
    const driver = [process.execPath, LEFTOVERS, await pluginDir()]
    const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', ...driver])
    const seen: unknown = JSON.parse(stdout)
    expect(seen).toEqual({
      leaked: ['dead', 'doomed-1', 'living'],
      dry: ['1 valid', 'dead left', 'address of doomed-1 undecided'],
      untouched: ['dead', 'doomed-1', 'living'],
      collected: ['1 valid', 'dead deleted', 'address of doomed-1 released'],
      kept: ['living'],
      again: ['1 valid'],
      livingChecks: [],
      afterBoot: ['1 valid', 'living deleted', 'address of doomed-2 released'],
      keptAfterBoot: ['newborn'],
      newbornChecks: [],
      cachedAfterBoot: ['pods-newborn-eth0'],
    })
  })
})

describe('the watch of a conf dir', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  test.skipIf(unable !== undefined)(
    'becomes a scan every 2 s where inotify is exhausted, says so once, and comes back',
    async () => {
      const machine = await readlink('/proc/self/ns/user')
      const driver = [process.execPath, NO_WATCHES, folder, machine]
      const unshare = ['--user', '--map-root-user', ...driver]
      const { stdout } = await promisify(execFile)('unshare', unshare)
      const seen: unknown = JSON.parse(stdout)
      // 2 s, 100 ms for the hint to settle, and some for a busy machine.
      const soon = expect.toSatisfy((ms: number) => ms < 3000)
      expect(seen).toEqual({
        reasons: [
          expect.stringContaining('net.d cannot be watched: EMFILE'),
          expect.stringContaining('net.d cannot be watched: ENOSPC'),
        ],
        toldWhileBlind: ['blind'],
        told: ['blind', 'sighted', 'blind', 'sighted'],
        blindMs: [soon, soon, soon],
        sightedMs: soon,
        sightedFoundMs: expect.toSatisfy((ms: number) => ms < 1000),
        blindAgainMs: soon,
        blindAgainFoundMs: soon,
      })
    },
  )

  test('outlives an overflow of its queue, and the folder that was replaced in it', async () => {
    const dir = path.join(folder, 'net.d')
    await mkdir(path.join(dir, 'last'), { recursive: true })
    let hints = 0
    const confDir = confDirAt(dir)
    using networks = await openNetworks({
      cni: createCni({ binDirs: [folder], cacheDir: folder }),
      confDir: {
        ...confDir,
        watch: (onHint) =>
          confDir.watch(() => {
            hints += 1
            onHint()
          }),
      },
      scanEveryMs: 3_600_000,
    })
    const queue = Number(await readFile('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
    // Nobody reads events while this runs; each round makes two at the least.
    for (let round = 0; round < queue; round += 1) {
      writeFileSync(path.join(dir, 'x'), '')
      unlinkSync(path.join(dir, 'x'))
    }
    renameSync(dir, `${dir}.old`)
    mkdirSync(path.join(dir, 'last'), { recursive: true })
    writeFileSync(path.join(dir, '10.conflist'), '{"name":"last","cniVersion":"1.0.0"}')
    writeFileSync(path.join(dir, 'last', '1.conf'), '{"type":"first"}')
    const types = () => networks.snapshot().networks[0]?.list.plugins.map(({ type }) => type)
    await expect.poll(types, { timeout: 5000 }).toEqual(['first'])
    expect(hints).toBeLessThan(2 * queue)
    await writeFile(path.join(dir, 'last', '2.conf'), '{"type":"second"}')
    await expect.poll(types, { timeout: 5000 }).toEqual(['first', 'second'])
  })
})

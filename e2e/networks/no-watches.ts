// A node whose system has no inotify left, then has again, then runs out of it once more, inside of a user
// namespace that `unshare --user` made and whose limits are its own: folder, user namespace of the machine.
// Prints one line of JSON: what was seen.
import { mkdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createCni } from '../../packages/cni/src/index.ts'
import { confDirAt, openNetworks } from '../../packages/networks/src/index.ts'

const [folder = '', machine = ''] = process.argv.slice(2)
if (readlinkSync('/proc/self/ns/user') === machine) throw new Error('no user namespace of its own')

const confDir = path.join(folder, 'net.d')
mkdirSync(confDir)
const told: string[] = []
const reasons: string[] = []

limit('instances', 0)
using networks = await openNetworks({
  cni: createCni({ binDirs: [folder], cacheDir: folder }),
  confDir: confDirAt(confDir),
  onEvent: (event) => {
    if (event.type === 'blind') reasons.push(event.error.message)
    if (event.type === 'blind' || event.type === 'sighted') told.push(event.type)
  },
})
const blindMs = [await foundAfterMs('one'), await foundAfterMs('two'), await foundAfterMs('three')]
const toldWhileBlind = [...told]

limit('instances', 128)
const sightedMs = await until(() => told.at(-1) === 'sighted')
const sightedFoundMs = await foundAfterMs('four')

// The folder is replaced, and for the new one there is no watch.
limit('watches', 0)
mkdirSync(`${confDir}.new`)
renameSync(confDir, `${confDir}.old`)
renameSync(`${confDir}.new`, confDir)
const blindAgainMs = await until(() => told.at(-1) === 'blind')
const blindAgainFoundMs = await foundAfterMs('five')
limit('watches', 1000)
await until(() => told.at(-1) === 'sighted')

process.stdout.write(
  `${JSON.stringify({
    reasons,
    toldWhileBlind,
    told,
    blindMs,
    sightedMs,
    sightedFoundMs,
    blindAgainMs,
    blindAgainFoundMs,
  })}\n`,
)

/** Of this user namespace (user_namespaces(7), /proc/sys/user). */
function limit(what: 'instances' | 'watches', count: number): void {
  writeFileSync(`/proc/sys/user/max_inotify_${what}`, String(count))
}

async function foundAfterMs(name: string): Promise<number> {
  rmSync(path.join(confDir, '10.conflist'), { force: true })
  const list = { name, cniVersion: '1.0.0', plugins: [{ type: 'none' }] }
  writeFileSync(path.join(confDir, '10.conflist'), JSON.stringify(list))
  return until(() => networks.snapshot().networks[0]?.name === name)
}

async function until(isSo: () => boolean): Promise<number> {
  const startMs = performance.now()
  while (!isSo()) {
    if (performance.now() - startMs > 20_000) return Number.POSITIVE_INFINITY
    await delay(5)
  }
  return Math.round(performance.now() - startMs)
}

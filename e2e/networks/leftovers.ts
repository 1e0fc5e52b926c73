// Pods that died with Fairlead or with the node, inside of namespaces that `unshare --net --mount` made:
// binDir. Prints one line of JSON: what was left, and what reconciliations made of it.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createCni } from '../../packages/cni/src/index.ts'
import {
  confDirAt,
  type Networks,
  openNetworks,
  type Reconciled,
} from '../../packages/networks/src/index.ts'

const [binDir = '', doomedId] = process.argv.slice(2)
const HANGS = '/run/hangs'
const KEPT = '/run/ipam/pods'
const CACHED = '/run/cache/results'

if (doomedId !== undefined) {
  // The one that is killed in the middle of an ADD.
  using doomed = await open()
  await doomed.setup(sandboxOf(doomedId))
  throw new Error('it should have been killed')
}

sh(`
  mount -t tmpfs run /run
  mkdir -p /run/netns /run/net.d /run/bin
  mount --bind --make-private /run/netns /run/netns
  ip link set lo up
`)
// A plugin that hangs in the ADD of whoever is doomed: the bridge and its address are there by then.
writeFileSync(
  '/run/bin/hang',
  `#!${process.execPath}
const { CNI_COMMAND, CNI_CONTAINERID = '' } = process.env
const config = JSON.parse(require('fs').readFileSync(0, 'utf8'))
if (CNI_COMMAND === 'ADD' && CNI_CONTAINERID.startsWith('doomed')) {
  require('fs').writeFileSync('${HANGS}', String(process.pid))
  setTimeout(() => {}, 60_000)
} else if (CNI_COMMAND === 'ADD') console.log(JSON.stringify(config.prevResult))
`,
  { mode: 0o755 },
)
writeFileSync(
  '/run/net.d/10-pods.conflist',
  JSON.stringify({
    name: 'pods',
    cniVersion: '1.0.0',
    plugins: [
      {
        type: 'bridge',
        bridge: 'br-pods',
        isGateway: true,
        ipam: { type: 'host-local', dataDir: '/run/ipam', ranges: [[{ subnet: '10.70.0.0/24' }]] },
      },
      { type: 'hang' },
    ],
  }),
)

using networks = await open()
for (const id of ['living', 'dead']) await setup(id)
sh('ip netns delete dead')
await killInTheMiddle('doomed-1')
const leaked = kept()

const store = new Set(['living'])
const livenessOf = (id: string) => (store.has(id) ? 'alive' : 'gone')
const dry = words(await networks.reconcile({ dryRun: true }))
const untouched = kept()
const collected = words(await networks.reconcile({ livenessOf }))
const keptNow = kept()
const again = words(await networks.reconcile({ livenessOf }))
const livingChecks = await networks.check(sandboxOf('living'))

// The node boots: no namespace is left, and what the disk has is older than the boot.
await killInTheMiddle('doomed-2')
sh('ip -all netns delete')
for (const dir of [KEPT, CACHED]) {
  for (const name of readdirSync(dir)) utimesSync(path.join(dir, name), 1_000_000, 1_000_000)
}
await setup('newborn')
const afterBoot = words(await networks.reconcile())

process.stdout.write(
  `${JSON.stringify({
    leaked,
    dry,
    untouched,
    collected,
    kept: keptNow,
    again,
    livingChecks: livingChecks.map(({ message }) => message),
    afterBoot,
    keptAfterBoot: kept(),
    newbornChecks: (await networks.check(sandboxOf('newborn'))).map(({ message }) => message),
    cachedAfterBoot: readdirSync(CACHED),
  })}\n`,
)

function open(): Promise<Networks> {
  return openNetworks({
    cni: createCni({ binDirs: [binDir, '/run/bin'], cacheDir: '/run/cache' }),
    confDir: confDirAt('/run/net.d'),
  })
}

async function setup(id: string): Promise<void> {
  sh(`ip netns add ${id}`)
  const done = await networks.setup(sandboxOf(id))
  if (!done.ok) throw done.error
}

async function killInTheMiddle(id: string): Promise<void> {
  sh(`ip netns add ${id}`)
  rmSync(HANGS, { force: true })
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), binDir, id], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  while (!existsSync(HANGS) || readFileSync(HANGS, 'utf8') === '') await delay(10)
  child.kill('SIGKILL')
  await once(child, 'exit')
  process.kill(Number(readFileSync(HANGS, 'utf8')), 'SIGKILL')
}

/** Whose addresses host-local keeps. */
function kept(): readonly string[] {
  const files = readdirSync(KEPT).filter((name) => /^\d/.test(name))
  return files
    .map((name) => readFileSync(path.join(KEPT, name), 'utf8').split('\r\n')[0] ?? '')
    .sort()
}

function words(networksDone: readonly Reconciled[]): readonly string[] {
  return networksDone.flatMap(({ valid, attachments, reservations, undecided, errors }) => [
    `${valid} valid`,
    ...attachments.map(
      ({ attachment, deleted }) => `${attachment.containerId} ${deleted ? 'deleted' : 'left'}`,
    ),
    ...reservations.map(
      ({ reservation, released }) =>
        `address of ${reservation.containerId} ${released ? 'released' : 'left'}`,
    ),
    ...undecided.map(({ reservation }) => `address of ${reservation.containerId} undecided`),
    ...errors.map(({ message }) => message),
  ])
}

function sandboxOf(id: string) {
  return { containerId: id, netns: `/run/netns/${id}` }
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

// A node full of pods with two networks each, inside of namespaces that `unshare --net --mount` made:
// binDir count atOnce. Prints one line of JSON: what was seen.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createCni, pluginShells } from '../../packages/cni/src/index.ts'
import { confDirAt, type Networks, openNetworks } from '../../packages/networks/src/index.ts'

const [binDir = '', countText = '', atOnceText = ''] = process.argv.slice(2)
const count = Number(countText)
const CONF_DIR = '/run/net.d'
const IPAM_DIR = '/run/ipam'
const CACHE_DIR = '/run/cache'

sh(`
  mount -t tmpfs run /run
  mkdir -p /run/netns ${CONF_DIR}
  mount --bind --make-private /run/netns /run/netns
  ip link set lo up
  ip link add uplink type veth peer name far
  ip link set uplink up
`)
const before = hostState()

writeList('10-primary', {
  type: 'bridge',
  bridge: 'br-pods',
  isGateway: true,
  ipam: ipam('10.50.0.0/16'),
})
writeList('20-storage', { type: 'macvlan', master: 'uplink', ipam: ipam('10.60.0.0/16') })

const ids = Array.from({ length: count }, (_, index) => `pod-${index}`)
for (const id of ids) sh(`ip netns add ${id}`)

const asked: number[] = []
using shells = pluginShells({ idleMax: Number(atOnceText) })
const first = await open()
const firstPlan = first.plan().words
const asking = setInterval(() => {
  const startMs = performance.now()
  first.status()
  asked.push(performance.now() - startMs)
  // A storm: an installer that writes its file again and again, in two halves.
  writeFileSync(`${CONF_DIR}/20-storage.conflist`, '{"name":"20-st')
  writeList('20-storage', { type: 'macvlan', master: 'uplink', ipam: ipam('10.60.0.0/16') })
}, 10)

const up = await Promise.all(ids.map((id) => first.setup(sandboxOf(id))))
clearInterval(asking)
const addresses = up.flatMap((outcome) =>
  outcome.ok ? outcome.attached.flatMap(({ result }) => result.ips.map((ip) => ip.address)) : [],
)
const inside = ids.map((id) => sh(`ip -n ${id} -br link`).match(/^(eth0|net1)@/gm)?.length)
const ready = first.status()

// Fairlead restarts: what the next one knows of the pods is what the first one kept on disk.
first[Symbol.dispose]()
using second = await open()
const checks = await second.check(sandboxOf('pod-0'))
// One pod's namespace is gone before its networks are.
sh('ip netns delete pod-1')
const down = await Promise.all(ids.map((id) => second.remove(sandboxOf(id))))
const again = await second.remove(sandboxOf('pod-0'))
for (const id of ids.filter((name) => name !== 'pod-1')) sh(`ip netns delete ${id}`)
sh('ip link delete br-pods')

process.stdout.write(
  `${JSON.stringify({
    plan: firstPlan,
    attached: up.filter((outcome) => outcome.ok).length,
    failures: up.flatMap((outcome) => (outcome.ok ? [] : [outcome.error.message])),
    addresses: new Set(addresses).size,
    bothInside: inside.filter((found) => found === 2).length,
    ready,
    statusMsMax: Math.max(...asked),
    statusCalls: asked.length,
    checks: checks.map(({ message }) => message),
    removed: down.filter((one) => one.every(({ error }) => error === undefined)).length,
    again: again.flatMap(({ error }) => (error === undefined ? [] : [error.message])),
    left: {
      host: hostState() === before ? 'as before' : hostState(),
      cache: readdirSync(`${CACHE_DIR}/results`),
      // host-local keeps its lock and the last address it gave (plugins v1.9.1 backend/disk).
      reservations: readdirSync(IPAM_DIR, { recursive: true })
        .map(String)
        .filter((name) => /\d+\.\d+\.\d+\.\d+$/.test(name)),
    },
  })}\n`,
)

function open(): Promise<Networks> {
  return openNetworks({
    cni: createCni({ binDirs: [binDir], cacheDir: CACHE_DIR, runner: shells }),
    confDir: confDirAt(CONF_DIR),
    policy: { kind: 'all' },
    atOnce: Number(atOnceText),
  })
}

function sandboxOf(id: string) {
  return { containerId: id, netns: `/run/netns/${id}` }
}

function ipam(subnet: string) {
  return { type: 'host-local', dataDir: IPAM_DIR, ranges: [[{ subnet }]] }
}

function writeList(name: string, plugin: object): void {
  mkdirSync(CONF_DIR, { recursive: true })
  const list = { name, cniVersion: '1.0.0', plugins: [plugin] }
  writeFileSync(`${CONF_DIR}/${name}.conflist`, JSON.stringify(list))
}

function hostState(): string {
  return sh('ip -br link; ip -br addr; ip route')
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

// Pods with two networks each on the embedded runtime, inside of namespaces that `unshare --net --mount`
// made: binDir count atOnce. Prints one line of JSON: what was seen.
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { criStubs, PodSandboxState } from '../../packages/cri/src/index.ts'
import { call, end, IPAM_DIR, kill, left, makeNode, pod, SOCKET, start } from './driver.ts'

const [binDir = '', countText = '', atOnceText = ''] = process.argv.slice(2)
const count = Number(countText)
const atOnce = Number(atOnceText)
const deadlineMs = performance.now() + 240_000

const DELEGATES = [
  {
    type: 'bridge',
    name: 'primary',
    bridge: 'br-pods',
    isGateway: true,
    ipam: ipam('10.50.0.0/16'),
  },
  { type: 'macvlan', name: 'storage', master: 'uplink', ipam: ipam('10.60.0.0/16') },
].map((delegate) => ({ cniVersion: '1.0.0', ...delegate }))

makeNode(
  {
    cniVersion: '1.0.0',
    name: 'multus-cni-network',
    plugins: [{ type: 'multus', delegates: DELEGATES }],
  },
  // Stands in for Multus: the first delegate is eth0, whose result counts, the second net1; what it has
  // begun it undoes when the second fails (multus-cni v4.1.4 pkg/multus/multus.go, CmdAdd).
  {
    multus: `
run() { CNI_IFNAME=$1 ${binDir}/$2 </run/delegate-$1; }
cat >/dev/null
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' ;;
  ADD)
    primary=$(run eth0 bridge) || { echo "$primary"; exit 1; }
    storage=$(run net1 macvlan) || {
      echo "$storage"
      export CNI_COMMAND=DEL
      run eth0 bridge >/dev/null
      exit 1
    }
    echo "$primary"
    ;;
  DEL)
    failed=0
    run net1 macvlan || failed=1
    run eth0 bridge || failed=1
    exit $failed
    ;;
esac
`,
  },
)
for (const [index, name] of ['eth0', 'net1'].entries()) {
  writeFileSync(`/run/delegate-${name}`, JSON.stringify(DELEGATES[index]))
}

let running = await start(binDir)
let restarts = 0

const names = Array.from({ length: count }, (_, index) => `pod-${index}`)
const retriedUp = await forEach(names, async (name) => {
  const made = await running.cri.runPodSandbox(pod(name), call)
  // It was made, and the runtime killed before it could say so: kubelet finds it in the list.
  return made.ok || made.error.message.includes('is reserved for')
})

using stubs = criStubs(SOCKET)
const { items } = await stubs.runtime.listPodSandbox({}, call)
const { stats } = await stubs.runtime.listPodSandboxStats({}, call)
const interfaces = stats.map(({ linux }) =>
  [linux?.network?.defaultInterface, ...(linux?.network?.interfaces ?? [])]
    .map((one) => one?.name)
    .join(),
)
const addresses = await Promise.all(
  items.map(async ({ id }) => {
    const { status } = await stubs.runtime.podSandboxStatus({ podSandboxId: id }, call)
    return status?.network?.ip
  }),
)

const retriedDown = await forEach(
  items.map(({ id }) => id),
  async (id) => {
    const stopped = await running.cri.stopPodSandbox(id, call)
    return stopped.ok && (await running.cri.removePodSandbox(id, call)).ok
  },
)
const after = await running.cri.listPodSandbox(call)
await end(running)

process.stdout.write(
  `${JSON.stringify({
    names: new Set(items.map(({ metadata }) => metadata?.name)).size,
    ready: items.filter(({ state }) => state === PodSandboxState.SANDBOX_READY).length,
    bothInside: interfaces.filter((found) => found === 'eth0,net1').length,
    addresses: new Set(addresses).size,
    restarts,
    // What was in flight when the runtime was killed is tried again, as kubelet does: how often, is a
    // matter of how long a start takes here.
    retried: [retriedUp, retriedDown].map((retried) => retried > 0),
    after: after.ok ? after.value.items : after.error.message,
    left: left(),
  })}\n`,
)

/** Does it for each, `atOnce` at a time, until it succeeds; kill -9 and a restart come in the middle. */
async function forEach(
  targets: readonly string[],
  once: (target: string) => Promise<boolean>,
): Promise<number> {
  const waiting = [...targets]
  let done = 0
  let retried = 0
  const work = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      while (!(await once(target))) {
        retried += 1
        if (performance.now() > deadlineMs) throw new Error(`${target} is not done`)
        await delay(250)
      }
      done += 1
    }
  }
  const restart = async () => {
    while (done < targets.length / 2) await delay(5)
    await kill(running)
    running = await start(binDir)
    restarts += 1
  }
  await Promise.all([restart(), ...Array.from({ length: atOnce }, work)])
  return retried
}

function ipam(subnet: string) {
  return { type: 'host-local', dataDir: IPAM_DIR, ranges: [[{ subnet }]] }
}

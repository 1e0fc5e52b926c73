// The embedded runtime with Debian's plugins, killed and started again, inside of namespaces that
// `unshare --net --mount` made: binDir. Prints one line of JSON: what was seen.
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { criStubs, NamespaceMode, PodSandboxState } from '../../packages/cri/src/index.ts'
import {
  call,
  end,
  IPAM_DIR,
  kill,
  left,
  makeNode,
  pauses,
  pod,
  type Running,
  SOCKET,
  start as startWith,
} from './driver.ts'

const [binDir = ''] = process.argv.slice(2)
const start = () => startWith(binDir)
const PODS = 10

makeNode(
  {
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'br-pods',
        isGateway: true,
        ipam: { type: 'host-local', dataDir: IPAM_DIR, ranges: [[{ subnet: '10.7.0.0/16' }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'late' },
    ],
  },
  // For pods of the name `late` it is done only after the runtime was killed and has started again.
  {
    late: `
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}'; exit ;;
  ADD) ;;
  *) exit ;;
esac
cat >/dev/null
case $CNI_ARGS in *K8S_POD_NAME=late\\;*) : >/run/late-begun; sleep 2; : >/run/late ;; esac
echo '{"cniVersion":"1.0.0","ips":[{"address":"10.7.0.2/16"}]}'
`,
  },
)

const first = await start()
const one = await first.cri.runPodSandbox(pod('one'), call)
const twice = await first.cri.runPodSandbox(pod('one'), call)
const onHost = await first.cri.runPodSandbox(pod('on-host', NamespaceMode.NODE), call)
await kill(first)

// Killed in the middle of ten pods that start, and of as many that stop, at some moments.
const pausesOfThatMoment = []
for (const [round, afterMs] of [5, 20, 60, 120, 250, 400].entries()) {
  const running = await start()
  const starting = Array.from({ length: PODS }, (_, index) =>
    running.cri.runPodSandbox(pod(`pod-${round}-${index}`), call),
  )
  await delay(afterMs)
  await kill(running)
  await Promise.all(starting)
  const stopping = await start()
  const list = await stopping.cri.listPodSandbox(call)
  pausesOfThatMoment.push(list.ok && readyIn(list.value.items) === pauses().length)
  const mine = list.ok ? list.value.items.filter(({ metadata }) => isOfRound(metadata, round)) : []
  const ending = mine.slice(0, 5).map(({ id }) => removed(stopping, id))
  await delay(afterMs / 4)
  await kill(stopping)
  await Promise.all(ending)
}

const slow = await start()
const late = slow.cri.runPodSandbox(pod('late'), call)
while (!existsSync('/run/late-begun')) {
  await delay(20)
}
await kill(slow)
await late

const last = await start()
await delay(2500)
const known = await last.cri.listPodSandbox(call)
const ids = known.ok ? known.value.items.map(({ id }) => id) : []
const readyAfterStart = known.ok ? readyIn(known.value.items) : 0
const leftAfterStart = left()
// A pause that somebody ends: the sandbox is as dead as with containerd, and can be stopped.
using stubs = criStubs(SOCKET)
const victim = one.ok ? one.value : ''
const info = await stubs.runtime.podSandboxStatus({ podSandboxId: victim, verbose: true }, call)
const pid = Number(/"pid":(\d+)/.exec(info.info['info'] ?? '')?.[1])
const stats = await stubs.runtime.podSandboxStats({ podSandboxId: victim }, call)
process.kill(pid, 'SIGKILL')
await delay(50)
const dead = await stubs.runtime.podSandboxStatus({ podSandboxId: victim }, call)
const stopped = await Promise.all(ids.map((id) => last.cri.stopPodSandbox(id, call)))
const again = await Promise.all(ids.map((id) => last.cri.stopPodSandbox(id, call)))
const gone = await Promise.all(ids.map((id) => last.cri.removePodSandbox(id, call)))
const unknown = await last.cri.removePodSandbox('0123', call)
const code = await end(last)

process.stdout.write(
  `${JSON.stringify({
    one: one.ok,
    twice: twice.ok ? '' : twice.error.message,
    onHost: onHost.ok,
    // Every ready sandbox that is not on the host's network has one, and there is none beside those of
    // sandboxes: one that was killed in its stop, after its pause, keeps it until it is stopped again.
    namespacesAreThoseOfSandboxes:
      leftAfterStart.namespaces.length >= readyAfterStart - 1 &&
      leftAfterStart.namespaces.every((name) =>
        ids.some((id) => name === `fairlead-${id.slice(0, 16)}`),
      ),
    pausesAreThoseOfSandboxes:
      pausesOfThatMoment.every(Boolean) && leftAfterStart.pauses.length === readyAfterStart,
    hostname: info.info['info']?.includes('"hostname":"one"'),
    counted: Number(stats.stats?.linux?.network?.defaultInterface?.txBytes?.value ?? 0) > 0,
    states: [info, dead].map(({ status }) => status?.state),
    stopped: stopped.every(({ ok }) => ok),
    again: again.every(({ ok }) => ok),
    removed: gone.every(({ ok }) => ok),
    unknown: unknown.ok,
    exitCode: code,
    lateIsEnded: !existsSync('/run/late'),
    left: left(),
  })}\n`,
)

async function removed(running: Running, id: string): Promise<void> {
  await running.cri.stopPodSandbox(id, call)
  await running.cri.removePodSandbox(id, call)
}

function isOfRound(metadata: { readonly name: string } | undefined, round: number): boolean {
  return metadata?.name.startsWith(`pod-${round}-`) === true
}

/** What is stopped and not yet removed has neither a namespace nor a pause. */
function readyIn(items: readonly { readonly state: PodSandboxState }[]): number {
  return items.filter(({ state }) => state === PodSandboxState.SANDBOX_READY).length
}

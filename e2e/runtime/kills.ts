// The embedded runtime with Debian's plugins, killed and started again, inside of namespaces that
// `unshare --net --mount` made: fairlead.js binDir. Prints one line of JSON: what was seen.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type CriClient,
  connectCri,
  criStubs,
  NamespaceMode,
  PodSandboxState,
} from '../../packages/cri/src/index.ts'

const [fairlead = '', binDir = ''] = process.argv.slice(2)
const SOCKET = '/run/f.sock'
const STATE = '/run/state'
const PODS = 10
const call = { timeoutMs: 20_000 }

sh(`
  mount -t tmpfs run /run
  mkdir -p /run/netns /run/net.d
  mount --bind --make-private /run/netns /run/netns
  ip link set lo up
`)
mkdirSync('/run/net.d', { recursive: true })
writeFileSync(
  '/run/net.d/10-pods.conflist',
  JSON.stringify({
    cniVersion: '1.0.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: 'br-pods',
        isGateway: true,
        ipam: { type: 'host-local', dataDir: '/run/ipam', ranges: [[{ subnet: '10.7.0.0/16' }]] },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
      { type: 'late' },
    ],
  }),
)

// For pods of the name `late` it is done only after the runtime was killed and has started again.
mkdirSync('/run/bin')
writeFileSync(
  '/run/bin/late',
  `#!/bin/sh
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}'; exit ;;
  ADD) ;;
  *) exit ;;
esac
cat >/dev/null
case $CNI_ARGS in *K8S_POD_NAME=late\\;*) : >/run/late-begun; sleep 2; : >/run/late ;; esac
echo '{"cniVersion":"1.0.0","ips":[{"address":"10.7.0.2/16"}]}'
`,
  { mode: 0o755 },
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
const namespacesAfterStart = namespaces()
const pausesAfterStart = pauses()
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
last.child.kill('SIGTERM')
const [code] = await once(last.child, 'exit')

process.stdout.write(
  `${JSON.stringify({
    one: one.ok,
    twice: twice.ok ? '' : twice.error.message,
    onHost: onHost.ok,
    // Of every ready sandbox that is not on the host's network there is one namespace, and none beside.
    namespacesAreThoseOfSandboxes: namespacesAfterStart === readyAfterStart - 1,
    pausesAreThoseOfSandboxes:
      pausesOfThatMoment.every(Boolean) && pausesAfterStart.length === readyAfterStart,
    hostname: info.info['info']?.includes('"hostname":"one"'),
    counted: Number(stats.stats?.linux?.network?.defaultInterface?.txBytes?.value ?? 0) > 0,
    states: [info, dead].map(({ status }) => status?.state),
    stopped: stopped.every(({ ok }) => ok),
    again: again.every(({ ok }) => ok),
    removed: gone.every(({ ok }) => ok),
    unknown: unknown.ok,
    exitCode: code,
    lateIsEnded: !existsSync('/run/late'),
    left: {
      namespaces: namespaces(),
      pauses: pauses(),
      sandboxes: readdirSync(`${STATE}/sandboxes`),
      attachments: readdirSync(`${STATE}/cni/results`),
      reservations: readdirSync('/run/ipam/pods').filter((name) => /^\d/.test(name)),
      veths: sh('ip -br link show type veth').trim(),
      shells: readdirSync('/run').filter((name) => name.startsWith('fairlead-cni-')),
    },
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

interface Running {
  readonly child: ChildProcess
  readonly cri: CriClient
}

async function start(): Promise<Running> {
  const child = spawn(
    process.execPath,
    // prettier-ignore
    [
      fairlead, 'runtime', 'serve', '--socket', SOCKET, '--conf-dir', '/run/net.d',
      '--bin-dir', binDir, '--bin-dir', '/run/bin', '--state-dir', STATE,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const cri = connectCri(SOCKET)
  for (let tries = 0; tries < 400; tries += 1) {
    const status = await cri.status({}, call)
    if (status.ok && status.value.status?.conditions.every((condition) => condition.status)) {
      return { child, cri }
    }
    await delay(25)
  }
  throw new Error('the runtime did not become ready within 10 s')
}

async function kill({ child, cri }: Running): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
  cri[Symbol.dispose]()
}

function pod(name: string, network: NamespaceMode = NamespaceMode.POD) {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    linux: { securityContext: { namespaceOptions: { network } } },
    portMappings: name === 'one' ? [{ hostPort: 8080, containerPort: 80 }] : [],
  }
}

/** The command lines of the pauses of this state. */
function pauses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((line) => line.startsWith(`${STATE}/pause\0`))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}

function namespaces(): number {
  return readdirSync('/run/netns').length
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

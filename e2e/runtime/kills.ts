// The embedded runtime with Debian's plugins, killed and started again, inside of namespaces that
// `unshare --net --mount` made: fairlead.js binDir. Prints one line of JSON: what was seen.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type CriClient, connectCri, NamespaceMode } from '../../packages/cri/src/index.ts'

const [fairlead = '', binDir = ''] = process.argv.slice(2)
const SOCKET = '/run/f.sock'
const STATE = '/run/state'
const PODS = 30
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
    ],
  }),
)

const first = await start()
const one = await first.cri.runPodSandbox(pod('one'), call)
const twice = await first.cri.runPodSandbox(pod('one'), call)
const onHost = await first.cri.runPodSandbox(pod('on-host', NamespaceMode.NODE), call)
await kill(first)

// Killed in the middle of thirty pods, at three moments.
const undone = []
for (const [round, afterMs] of [20, 120, 400].entries()) {
  const running = await start()
  const starting = Array.from({ length: PODS }, (_, index) =>
    running.cri.runPodSandbox(pod(`pod-${round}-${index}`), call),
  )
  await delay(afterMs)
  await kill(running)
  await Promise.all(starting)
  undone.push(namespaces())
}

const last = await start()
const known = await last.cri.listPodSandbox(call)
const ids = known.ok ? known.value.items.map(({ id }) => id) : []
const namespacesAfterStart = namespaces()
const stopped = await Promise.all(ids.map((id) => last.cri.stopPodSandbox(id, call)))
const again = await Promise.all(ids.map((id) => last.cri.stopPodSandbox(id, call)))
const removed = await Promise.all(ids.map((id) => last.cri.removePodSandbox(id, call)))
const unknown = await last.cri.removePodSandbox('0123', call)
last.child.kill('SIGTERM')
const [code] = await once(last.child, 'exit')

process.stdout.write(
  `${JSON.stringify({
    one: one.ok,
    twice: twice.ok ? '' : twice.error.message,
    onHost: onHost.ok,
    // Of every sandbox that is not on the host's network there is one namespace, and none beside.
    namespacesAreThoseOfSandboxes: namespacesAfterStart === ids.length - 1,
    stopped: stopped.every(({ ok }) => ok),
    again: again.every(({ ok }) => ok),
    removed: removed.every(({ ok }) => ok),
    unknown: unknown.ok,
    exitCode: code,
    left: {
      namespaces: namespaces(),
      sandboxes: readdirSync(`${STATE}/sandboxes`),
      attachments: readdirSync(`${STATE}/cni/results`),
      reservations: readdirSync('/run/ipam/pods').filter((name) => /^\d/.test(name)),
      veths: sh('ip -br link show type veth').trim(),
      shells: readdirSync('/run').filter((name) => name.startsWith('fairlead-cni-')),
    },
  })}\n`,
)

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
      '--bin-dir', binDir, '--state-dir', STATE,
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
    linux: { securityContext: { namespaceOptions: { network } } },
    portMappings: name === 'one' ? [{ hostPort: 8080, containerPort: 80 }] : [],
  }
}

function namespaces(): number {
  return readdirSync('/run/netns').length
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

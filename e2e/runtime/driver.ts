// A node for the embedded runtime, inside of namespaces that `unshare --net --mount` made.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type CriClient, connectCri, NamespaceMode } from '../../packages/cri/src/index.ts'
import { BIN } from '../support.ts'

export const SOCKET = '/run/f.sock'
/** Where plugins of a test's own are. */
const OWN_BIN_DIR = '/run/bin'
export const IPAM_DIR = '/run/ipam'
export const call = { timeoutMs: 30_000 }

const STATE = '/run/state'
const OWN_LINKS = new Set(['uplink', 'far'])

/** Makes the node: `/run` is its own, and `uplink` is its way out. */
export function makeNode(config: object, plugins: Readonly<Record<string, string>>): void {
  sh(`
    mount -t tmpfs run /run
    mkdir -p /run/netns /run/net.d ${OWN_BIN_DIR} ${IPAM_DIR}
    mount --bind --make-private /run/netns /run/netns
    ip link set lo up
    ip link add uplink type veth peer name far
    ip link set uplink up
  `)
  writeFileSync('/run/net.d/10-pods.conflist', JSON.stringify(config))
  for (const [name, script] of Object.entries(plugins)) {
    writeFileSync(`${OWN_BIN_DIR}/${name}`, `#!/bin/sh\n${script}`, { mode: 0o755 })
  }
}

/** A runtime that serves. */
export interface Running {
  readonly child: ChildProcess
  readonly cri: CriClient
}

/** Starts the runtime with what an earlier one has left, and waits until the node is ready. */
export async function start(binDir: string): Promise<Running> {
  const child = spawn(
    process.execPath,
    // prettier-ignore
    [
      BIN, 'runtime', 'serve', '--socket', SOCKET, '--conf-dir', '/run/net.d',
      '--bin-dir', binDir, '--bin-dir', OWN_BIN_DIR, '--state-dir', STATE,
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

/** kill -9. */
export async function kill({ child, cri }: Running): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
  cri[Symbol.dispose]()
}

/** SIGTERM; resolves to its exit code when what it kept has gone, too. */
export async function end({ child, cri }: Running): Promise<unknown> {
  child.kill('SIGTERM')
  const [code]: unknown[] = await once(child, 'exit')
  cri[Symbol.dispose]()
  for (let tries = 0; tries < 80 && left().shells.length > 0; tries += 1) await delay(25)
  return code
}

/** What RunPodSandbox is told of a pod of this name. */
export function pod(name: string, network: NamespaceMode = NamespaceMode.POD) {
  return {
    metadata: { name, namespace: 'default', uid: `uid-${name}`, attempt: 0 },
    hostname: name,
    linux: { securityContext: { namespaceOptions: { network } } },
    portMappings: name === 'one' ? [{ hostPort: 8080, containerPort: 80 }] : [],
  }
}

/** What of sandboxes is left on the node: nothing, after they were removed. */
export function left() {
  return {
    namespaces: readdirSync('/run/netns'),
    pauses: pauses(),
    sandboxes: readdirSync(`${STATE}/sandboxes`),
    attachments: readdirSync(`${STATE}/cni/results`),
    // host-local keeps its lock and the last address it gave (plugins v1.9.1 backend/disk).
    reservations: readdirSync(IPAM_DIR, { recursive: true })
      .map(String)
      .filter((name) => /\d+\.\d+\.\d+\.\d+$/.test(name)),
    links: sh('ip -br link show type veth; ip -br link show type macvlan')
      .split('\n')
      .map((line) => line.split(/[ @]/)[0])
      .filter((name) => name !== '' && !OWN_LINKS.has(name ?? '')),
    shells: readdirSync('/run').filter((name) => name.startsWith('fairlead-cni-')),
  }
}

/** The command lines of the pauses of this state. */
export function pauses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => mountsOf(pid) === mountsOf('self'))
    .map(commandLine)
    .filter((line) => line.startsWith(`${STATE}/pause\0`))
}

/** The mount namespace of a process: other nodes have the same paths. */
function mountsOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    // It has ended since it was listed.
    return ''
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}

function sh(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

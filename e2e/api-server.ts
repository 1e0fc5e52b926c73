import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ClusterAccess } from '../packages/fairlead/src/kube/access.ts'
import { connectKube } from '../packages/fairlead/src/kube/http-api.ts'
import { NODES } from '../packages/fairlead/src/kube/resources.ts'
import { isThere } from '../packages/fairlead/src/files.ts'
import { systemClock, waitUntil } from '../packages/fairlead/src/ports.ts'

/** Where kube-apiserver and etcd are, as controller-runtime's envtest has it; no Debian suite carries the former. */
export const ASSETS = process.env['KUBEBUILDER_ASSETS']
if (ASSETS === undefined) {
  process.stderr.write(
    '\n*** SKIPPED: the tests of a real API server, since KUBEBUILDER_ASSETS names none. ***\n\n',
  )
}

/** What the kubelet of a node is called, before the name of its node. */
export const NODE_USER = 'system:node:'

/** A real API server on loopback, with RBAC, that lets a kubelet do what one may, and etcd behind it. */
export interface RealApiServer extends AsyncDisposable {
  /** For somebody of `tokens`, or `admin`, who may do everything. */
  readonly access: (token: string) => ClusterAccess
}

/** Starts both, with these users by their tokens. */
export async function startApiServer(
  assets: string,
  tokens: Readonly<Record<string, string>> = {},
): Promise<RealApiServer> {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-api-server-'))
  const file = (name: string) => path.join(dir, name)
  const users = Object.entries(tokens).map(
    ([token, user]) =>
      `${token},${user},${user}${user.startsWith(NODE_USER) ? ',system:nodes' : ''}\n`,
  )
  await writeFile(file('tokens.csv'), `admin,admin,admin,system:masters\n${users.join('')}`)
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await writeFile(file('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await writeFile(file('sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
  const [etcdPort, port] = [await freePort(), await freePort()]
  const etcdUrl = `http://127.0.0.1:${etcdPort}`
  const log = openSync(file('log'), 'a')
  // prettier-ignore
  const programs = [
    start(log, path.join(assets, 'etcd'), [
      '--data-dir', file('etcd'), '--unsafe-no-fsync', '--log-level', 'warn',
      '--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl,
      '--listen-peer-urls', 'http://127.0.0.1:0',
    ]),
    start(log, path.join(assets, 'kube-apiserver'), [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1', `--secure-port=${port}`, '--advertise-address=192.0.2.1',
      '--endpoint-reconciler-type=none', `--cert-dir=${file('certs')}`,
      `--token-auth-file=${file('tokens.csv')}`, '--authorization-mode=Node,RBAC',
      '--service-cluster-ip-range=198.51.100.0/24', '--service-account-issuer=https://fairlead.local',
      `--service-account-key-file=${file('sa.pub')}`, `--service-account-signing-key-file=${file('sa.key')}`,
      '--disable-admission-plugins=ServiceAccount', '--enable-admission-plugins=NodeRestriction',
      // As kubeadm and k3s start it, for pods that work on a node.
      '--profiling=false', '--allow-privileged',
    ]),
  ]
  closeSync(log)
  const certificate = file('certs/apiserver.crt')
  const access = async (token: string): Promise<ClusterAccess> => ({
    server: `https://127.0.0.1:${port}`,
    // The authority that signed it is in the same file.
    ca: await readFile(certificate, 'utf8'),
    credentials: async () => ({ token }),
  })
  const isServing = async () => {
    if (!(await isThere(certificate))) return false
    using api = connectKube(await access('admin'))
    return (await api.list(NODES, {}, { timeoutMs: 2_000 })).ok && (await hasNamespace(api))
  }
  const inTime = await waitUntil(isServing, { clock: systemClock, everyMs: 100, timeoutMs: 60_000 })
  const end = async () => {
    for (const program of programs.toReversed()) await stop(program)
    await rm(dir, { recursive: true })
  }
  if (!inTime) {
    const text = await readFile(file('log'), 'utf8')
    await end()
    throw new Error(`the API server does not serve: ${text.slice(-2_000)}`)
  }
  const ready = await access('')
  return {
    access: (token) => ({ ...ready, credentials: async () => ({ token }) }),
    [Symbol.asyncDispose]: end,
  }
}

/** It makes the namespaces itself, some time after it serves. */
async function hasNamespace(api: ReturnType<typeof connectKube>): Promise<boolean> {
  const names = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace' }
  const ref = { resource: { ...names, namespaced: false, status: true }, name: 'default' }
  return (await api.get(ref, { timeoutMs: 2_000 })).ok
}

function start(log: number, program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ['ignore', log, log] })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}

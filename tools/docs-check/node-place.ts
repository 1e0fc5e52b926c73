import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connectCri } from '@fairlead/cri'
import { debianContainerd } from '../../e2e/debian.ts'
import { PLUGIN, QUICK } from '../../e2e/slots/node.ts'
import { podsOf } from '../../e2e/slots/pods.ts'
import { BIN } from '../../e2e/support.ts'
import { startTrialNode, type TrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import { prepareContainerd } from '../../packages/fairlead/src/lab/runtimes/containerd.ts'
import type { ContainerdInstall } from '../../packages/fairlead/src/lab/runtimes/install.ts'
import { systemClock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { endOf, type Place, ROOT } from './place.ts'

export const HOST_NAME = 'worker-1'
export const HOME = '/root'
const SOCKET = '/run/containerd/containerd.sock'
const PROGRAMS = ['containerd', 'containerd-shim-runc-v2', 'ctr'] as const

/** A script that does nothing but start the real program: what it takes is the program's time, and not that of its bytes. */
const startsReal = (program: string) => `#!/bin/sh\nexec ${program} "$@"\n`

/** A version of which nobody can tell before it runs that it does not. */
const doesNotStart = (real: string, version: string) => `#!/bin/sh
case "$*" in
  --version) echo 'containerd github.com/containerd/containerd/v2 ${version} 0' ;;
  *'config dump') exec ${real} "$@" ;;
  *) echo 'containerd: this one does not start' >&2; exit 1 ;;
esac
`

/** Has the machine's folders in the node, and what is written there is the node's. */
const COVER = `
set -eu
for dir in etc opt root usr; do
  mkdir -p /run/fairlead/cover/$dir/upper /run/fairlead/cover/$dir/work
  mount -t overlay fairlead-$dir /$dir \\
    -o lowerdir=/$dir,upperdir=/run/fairlead/cover/$dir/upper,workdir=/run/fairlead/cover/$dir/work
done
rm -rf /etc/containerd /etc/fairlead /etc/cni ${HOME}/* ${HOME}/.kube
ln -s ${ROOT}/deploy ${HOME}/deploy
`

/** A node on which Debian's containerd 1.7 is installed and runs, with pods. */
export interface NodePlace extends Place {
  readonly node: TrialNode
  readonly write: (file: string, content: string, mode?: number) => Promise<void>
}

/**
 * A node as a runbook finds it. In the home folder lie the releases that are to be staged. A script stands for
 * systemd, and the windows of slots are short.
 */
export async function nodePlace(): Promise<NodePlace> {
  const own = new AsyncDisposableStack()
  const node = own.use(await startTrialNode(systemClock))
  const shell = (command: string) => ['unshare', '--uts', 'bash', '-c', command]
  const argvOf = (command: string) =>
    shell(`hostname ${HOST_NAME}; cd ${HOME}; export HOME=${HOME} SHELL=/bin/bash\n${command}`)
  const mustRun = async (command: string) => {
    const { code, stderr } = await node.run(argvOf(command), { timeoutMs: 60_000 })
    if (code !== 0) throw new Error(`${command}: ${stderr}`)
  }
  const write = async (file: string, content: string, mode = 0o644) => {
    await mkdir(path.dirname(node.outside(file)), { recursive: true })
    await writeFile(node.outside(file), content, { mode })
  }
  await mustRun(COVER)
  const [old, recent] = [await debianContainerd('trixie'), await debianContainerd('forky')]
  for (const name of ['systemctl', 'journalctl']) {
    await copyFile(path.join(import.meta.dirname, 'systemctl'), node.outside(`/usr/bin/${name}`))
  }
  await write('/usr/local/bin/fairlead', `#!/bin/sh\nexec ${process.execPath} ${BIN} "$@"\n`, 0o755)
  await write('/etc/fairlead/slots.yaml', JSON.stringify({ watch: QUICK }))
  await install(old, node, write)
  await release(recent, '2.1.9', write, mustRun)
  await release(recent, '2.1.10', write, mustRun, doesNotStart(recent.containerd, '2.1.10'))
  await mustRun('systemctl start containerd')

  const cri = own.use(connectCri(node.outside(SOCKET)))
  const answers = async () => (await cri.version({ timeoutMs: 2_000 })).ok
  if (!(await waitUntil(answers, { clock: systemClock, everyMs: 50, timeoutMs: 30_000 }))) {
    throw new Error('containerd does not start')
  }
  await mustRun('ctr --namespace k8s.io images import --no-unpack /run/fairlead/image/pause.tar')
  const pods = podsOf(cri, (file) => node.outside(file))
  const before = await pods.start(3)
  return {
    node,
    write,
    run: (command, signal) => {
      const child = node.spawn(argvOf(command))
      signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true })
      return endOf(child)
    },
    problem: async () => {
      const now = await pods.ready()
      const lost = [...before].filter(([id, process]) => now.get(id) !== process)
      return lost.length === 0 ? undefined : `${lost.length} of ${before.size} pods have ended`
    },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  }
}

type Write = NodePlace['write']

/** Puts a containerd where its package does, with a config, a network and its unit. */
async function install(containerd: ContainerdInstall, node: TrialNode, write: Write) {
  await prepareContainerd(containerd, node)
  for (const name of ['net', 'loopback']) await write(`/opt/cni/bin/${name}`, PLUGIN, 0o755)
  await write('/run/fairlead/probe-takes', '0')
  await write('/run/fairlead/status-hangs-after', '100000')
  const conf = { cniVersion: '1.0.0', name: 'net', plugins: [{ type: 'net' }] }
  await write('/etc/cni/net.d/10-net.conflist', JSON.stringify(conf))
  const config = await readFile(node.outside('/run/fairlead/containerd.toml'), 'utf8')
  const usual = config
    .replace(/^root = .*/m, 'root = "/var/lib/containerd"')
    .replace(/conf_dir = .*/, 'conf_dir = "/etc/cni/net.d"')
    .replace(/bin_dir = .*/, 'bin_dir = "/opt/cni/bin"')
  await write('/etc/containerd/config.toml', usual)
  const bin = path.dirname(containerd.containerd)
  for (const name of PROGRAMS) await write(`/usr/bin/${name}`, startsReal(`${bin}/${name}`), 0o755)
  const unit = path.resolve(bin, '../lib/systemd/system/containerd.service')
  await write('/usr/lib/systemd/system/containerd.service', await readFile(unit, 'utf8'))
}

/** A tarball of a version as containerd's own releases are, with its checksum beside it. */
async function release(
  containerd: ContainerdInstall,
  version: string,
  write: Write,
  mustRun: (command: string) => Promise<void>,
  instead = startsReal(containerd.containerd),
) {
  const bin = path.dirname(containerd.containerd)
  for (const name of PROGRAMS) {
    const script = name === 'containerd' ? instead : startsReal(`${bin}/${name}`)
    await write(`${HOME}/bin/${name}`, script, 0o755)
  }
  const file = `containerd-${version}-linux-amd64.tar.gz`
  await mustRun(`tar -czf ${file} bin && sha256sum ${file} >${file}.sha256sum && rm -r bin`)
}

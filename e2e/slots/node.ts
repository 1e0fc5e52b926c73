import type { ChildProcess } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connectCri, type CriClient } from '@fairlead/cri'
import { startTrialNode, type TrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import { prepareContainerd } from '../../packages/fairlead/src/lab/runtimes/containerd.ts'
import type { ContainerdInstall } from '../../packages/fairlead/src/lab/runtimes/install.ts'
import { systemClock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { BIN } from '../support.ts'
import { podsOf } from './pods.ts'

/** What stands for systemd: starts what the link picks, again and again, and stops only that. */
const UNIT = `#!/bin/sh
set -u
mkdir -p /run/unit
cd /run/unit
slot=/var/lib/fairlead/slots/current
case $1 in
  start)
    [ -e $slot/bin/containerd ] || { echo "there is no $slot/bin/containerd" >&2; exit 1; }
    date +%s.%N >turn
    setsid "$0" run "$(cat turn)" </dev/null >/dev/null 2>&1 &
    ;;
  run)
    PATH=/var/lib/fairlead/slots/shim/bin:$slot/bin:$PATH
    while [ "$(cat turn)" = "$2" ]; do
      $slot/bin/containerd --config $slot/config.toml >>log 2>&1 &
      echo $! >pid
      wait $!
      echo "ended with $?" >>log
      sleep 0.5
    done
    ;;
  stop)
    echo none >turn
    pid=$(cat pid 2>/dev/null) || exit 0
    kill -TERM "$pid" 2>/dev/null || exit 0
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      kill -0 "$pid" 2>/dev/null || exit 0
      sleep 0.1
    done
    kill -KILL "$pid"
    ;;
esac
`

/** Answers as a bridge would, and makes nothing. STATUS of 1.1.0 hangs once the file says so. */
export const PLUGIN = `#!/bin/sh
cat >/dev/null
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}' ;;
  ADD)
    case $CNI_ARGS in *K8S_POD_NAMESPACE=fairlead-probe*) sleep "$(cat /run/fairlead/probe-takes)" ;; esac
    printf '{"cniVersion":"1.0.0","interfaces":[{"name":"%s","sandbox":"%s"}],"ips":[{"address":"10.9.0.2/16","interface":0}]}' \\
      "$CNI_IFNAME" "$CNI_NETNS" ;;
  STATUS)
    began=/run/fairlead/status-began
    [ -e $began ] || date +%s >$began
    hangs=$(cat /run/fairlead/status-hangs-after)
    [ $(($(date +%s) - $(cat $began))) -lt "$hangs" ] || sleep 1000 ;;
esac
`

const SLOTS_DIR = '/var/lib/fairlead/slots'
const SOCKET = '/run/containerd/containerd.sock'

/** Times that a test can wait for; all else is as on a node. */
export const QUICK = {
  every: '100ms',
  startWithin: '8s',
  steadyFor: '3s',
  within: '20s',
  patience: '2s',
  commandWithin: '10s',
}

/** A node with slots, on a real containerd, and with pods. */
export interface SlotNode extends AsyncDisposable {
  readonly node: TrialNode
  readonly cri: CriClient
  /** Runs `fairlead runtime-slot ...` in it. */
  readonly slot: (
    ...argv: readonly string[]
  ) => Promise<{ code: number | null; out: string; err: string }>
  /** The same, to be killed. */
  readonly startSlot: (...argv: readonly string[]) => ChildProcess
  /** A slot that is the real version with some files of the folder or of the config changed. */
  readonly stage: (name: string, install: ContainerdInstall, more?: SlotFiles) => Promise<string>
  /** Starts so many pods; what their processes are, by the id of each. */
  readonly startPods: (count: number) => Promise<ReadonlyMap<string, string>>
  /** The pods that are ready, with their processes. */
  readonly pods: () => Promise<ReadonlyMap<string, string>>
  /** The version that answers; undefined where none does. */
  readonly version: () => Promise<string | undefined>
  readonly unit: (verb: 'start' | 'stop') => Promise<void>
  readonly log: () => Promise<string>
}

/** What a slot has in place of the real version's. */
export interface SlotFiles {
  /** A script in place of containerd; `$REAL` is that. */
  readonly containerd?: string
  readonly config?: (real: string) => string
  /** The real containerd, for a machine of this number. */
  readonly machine?: number
}

/** Makes a node that runs `first` from a slot of that name. */
export async function startSlotNode(
  first: ContainerdInstall,
  settings: {
    /** With the windows of a real node. */
    readonly isReal?: boolean
    readonly probe?: object
    readonly cniVersion?: string
  } = {},
): Promise<SlotNode> {
  const node = await startTrialNode(systemClock)
  const prepared = await prepareContainerd(first, node)
  const outside = (file: string) => node.outside(file)
  const write = async (file: string, content: string, mode = 0o644) => {
    await mkdir(path.dirname(outside(file)), { recursive: true })
    await writeFile(outside(file), content, { mode })
  }
  await write('/run/fairlead/unit', UNIT, 0o755)
  for (const name of ['net', 'loopback'])
    await write(`${prepared.binDir.inside}/${name}`, PLUGIN, 0o755)
  await write('/run/fairlead/probe-takes', '0')
  await write('/run/fairlead/status-hangs-after', '100000')
  const conf = {
    cniVersion: settings.cniVersion ?? '1.0.0',
    name: 'net',
    plugins: [{ type: 'net' }],
  }
  await write(`${prepared.confDir.inside}/10-net.conflist`, JSON.stringify(conf))
  const config = {
    slotsDir: SLOTS_DIR,
    socket: SOCKET,
    stop: ['/run/fairlead/unit', 'stop'],
    start: ['/run/fairlead/unit', 'start'],
    watch: settings.isReal === true ? {} : QUICK,
    probe: settings.probe ?? {},
  }
  await write('/run/fairlead/slots.yaml', JSON.stringify(config))
  const cri = connectCri(outside(SOCKET))
  const argvOf = (argv: readonly string[]) => [
    process.execPath,
    BIN,
    'runtime-slot',
    ...argv,
    '--config',
    '/run/fairlead/slots.yaml',
  ]
  const pods = podsOf(cri, outside)

  const slotNode: SlotNode = {
    node,
    cri,
    slot: async (...argv) => {
      const { code, stdout, stderr } = await node.run(argvOf(argv), { timeoutMs: 900_000 })
      return { code, out: stdout, err: stderr }
    },
    startSlot: (...argv) => node.spawn(argvOf(argv)),
    stage: async (name, install, more = {}) => {
      const from = `/run/fairlead/staged/${name}`
      await mkdir(outside(from), { recursive: true })
      const real = path.dirname(install.containerd)
      for (const program of ['containerd', 'containerd-shim-runc-v2', 'ctr']) {
        // Small: what it takes is the programs' time, and not that of their bytes.
        const script = `#!/bin/sh\nexec ${path.join(real, program)} "$@"\n`
        const instead = program === 'containerd' ? more.containerd : undefined
        await write(
          `${from}/${program}`,
          instead?.replaceAll('$REAL', install.containerd) ?? script,
          0o755,
        )
      }
      if (more.machine !== undefined) {
        const head = (await readFile(install.containerd)).subarray(0, 4096)
        head.writeUInt16LE(more.machine, 18)
        await writeFile(outside(`${from}/containerd`), head)
      }
      await prepareContainerd(install, node)
      const realConfig = await readFile(outside('/run/fairlead/containerd.toml'), 'utf8')
      await write(`${from}/config.toml`, more.config?.(realConfig) ?? realConfig)
      const own = ['--from', from, '--containerd-config', `${from}/config.toml`]
      const { code, out, err } = await slotNode.slot('stage', name, ...own)
      return code === 0 ? out : err
    },
    startPods: pods.start,
    pods: pods.ready,
    version: async () => {
      const version = await cri.version({ timeoutMs: 5_000 })
      return version.ok ? version.value.runtimeVersion.replace(/^v/, '') : undefined
    },
    unit: async (verb) => {
      const { code, stderr } = await node.run(['/run/fairlead/unit', verb], { timeoutMs: 10_000 })
      if (code !== 0) throw new Error(stderr)
    },
    log: () => readFile(outside('/run/unit/log'), 'utf8'),
    [Symbol.asyncDispose]: async () => {
      cri[Symbol.dispose]()
      await node[Symbol.asyncDispose]()
    },
  }
  await begin(slotNode, first)
  return slotNode
}

/** The first version, picked and started, with the image that pods are made of. */
async function begin(
  { node, cri, stage, unit }: SlotNode,
  first: ContainerdInstall,
): Promise<void> {
  const run = async (...argv: readonly string[]) => {
    const { code, stderr } = await node.run(argv, { timeoutMs: 20_000 })
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
  }
  await stage(first.version.text, first)
  for (const link of ['current', 'shim']) {
    await run('ln', '-s', first.version.text, `${SLOTS_DIR}/${link}`)
  }
  await unit('start')
  const answers = async () => (await cri.version({ timeoutMs: 2_000 })).ok
  if (!(await waitUntil(answers, { clock: systemClock, everyMs: 50, timeoutMs: 30_000 }))) {
    throw new Error('containerd does not start')
  }
  // prettier-ignore
  await run(
    first.ctr, '--address', SOCKET, '--namespace', 'k8s.io',
    'images', 'import', '--no-unpack', '/run/fairlead/image/pause.tar',
  )
}

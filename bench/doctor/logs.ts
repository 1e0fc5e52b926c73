import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Advisory } from '../../packages/fairlead/src/advisories/advisory.ts'

/** One line in so many may tell something. During an outage kubelet alone writes ten a second that do. */
const LINES_PER_HIT = 200
/** Of those, so many have one of a dozen texts of the advisories, and the rest are what a NotReady node repeats. */
const RARE_SHARE = 0.25
const RARE_TEXTS = 12
const NODES = ['worker-1', 'worker-2', 'worker-3']
const BATCH_CHARACTERS = 4_000_000
const START_MS = Date.UTC(2026, 10, 25, 4)

/** The same numbers for the same seed (Mulberry32), so that every run is over the same bytes. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }

  below(end: number): number {
    return Math.floor(this.unit() * end)
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new Error('nothing to choose from')
    return item
  }

  hex(digits: number): string {
    let text = ''
    while (text.length < digits) text += this.below(0x10000).toString(16).padStart(4, '0')
    return text.slice(0, digits)
  }
}

/** A time as each format writes it. */
interface Stamp {
  readonly iso: string
  readonly ms: number
}

/** How a program writes what it has to say, and in which file of a node. */
interface Log {
  readonly file: string
  readonly source: Advisory['symptoms'][number]['source']
  readonly said: (dice: Dice) => string
  readonly repeated: readonly string[]
  readonly line: (message: string, at: Stamp, node: string, dice: Dice) => string
}

const klog = (message: string, { iso }: Stamp, dice: Dice) =>
  `${dice.of(['I', 'I', 'W', 'E'])}${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}` +
  `${dice.hex(3).replace(/\D/g, '7')}     812 ${message}`

const pod = (dice: Dice) => `shop/cart-${dice.hex(9)}-${dice.hex(5)}`

const KUBELET_SAYS: readonly ((dice: Dice) => string)[] = [
  (dice) =>
    `reconciler_common.go:245] "operationExecutor.VerifyControllerAttachedVolume started for volume \\"kube-api-access-${dice.hex(5)}\\" (UniqueName: \\"kubernetes.io/projected/${dice.hex(32)}-kube-api-access\\") pod \\"${pod(dice)}\\"" pod="${pod(dice)}"`,
  (dice) =>
    `kubelet.go:2430] "SyncLoop (PLEG): event for pod" pod="${pod(dice)}" event={"ID":"${dice.hex(32)}","Type":"ContainerStarted","Data":"${dice.hex(64)}"}`,
  (dice) => `kubelet.go:2407] "SyncLoop UPDATE" source="api" pods=["${pod(dice)}"]`,
  (dice) =>
    `prober.go:107] "Probe failed" probeType="Readiness" pod="${pod(dice)}" podUID="${dice.hex(32)}" containerName="cart" probeResult="failure" output="Get \\"http://10.244.3.${dice.below(255)}:8080/healthz\\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"`,
  (dice) =>
    `pod_startup_latency_tracker.go:104] "Observed pod startup duration" pod="${pod(dice)}" podStartSLOduration=${dice.below(90)}.${dice.hex(6)} podStartE2EDuration="${dice.below(90)}s"`,
]

const CONTAINERD_SAYS: readonly ((dice: Dice) => string)[] = [
  (dice) => `level=info msg="StartContainer for \\"${dice.hex(64)}\\" returns successfully"`,
  (dice) =>
    `level=info msg="CreateContainer within sandbox \\"${dice.hex(64)}\\" for container &ContainerMetadata{Name:cart,Attempt:${dice.below(9)},}"`,
  (dice) => `level=info msg="shim disconnected" id=${dice.hex(64)} namespace=k8s.io`,
  (dice) =>
    `level=info msg="RunPodSandbox for &PodSandboxMetadata{Name:cart-${dice.hex(9)},Uid:${dice.hex(32)},Namespace:shop,Attempt:0,} returns sandbox id \\"${dice.hex(64)}\\""`,
  (dice) =>
    `level=warning msg="cleaning up after shim disconnected" id=${dice.hex(64)} namespace=k8s.io`,
  (dice) =>
    `level=info msg="ImageUpdate event name:\\"registry.example/shop/cart@sha256:${dice.hex(64)}\\" labels:{key:\\"io.cri-containerd.image\\" value:\\"managed\\"}"`,
]

const CILIUM_SAYS: readonly ((dice: Dice) => string)[] = [
  (dice) =>
    `level=info msg="Rewrote endpoint BPF program" ciliumEndpointName=${pod(dice)} containerID=${dice.hex(10)} datapathPolicyRevision=${dice.below(900)} endpointID=${dice.below(4000)} identity=${dice.below(60000)} ipv4=10.244.3.${dice.below(255)} subsys=endpoint`,
  (dice) =>
    `level=info msg="Create endpoint request" addressing="&{10.244.3.${dice.below(255)} ${dice.hex(32)} default }" containerID=${dice.hex(64)} datapathConfiguration="&{false false false false false <nil>}" interface=lxc${dice.hex(12)} subsys=daemon`,
  (dice) =>
    `level=info msg="Conntrack garbage collector interval recalculated" deleteRatio=0.00${dice.hex(9)} newInterval=${dice.below(900)}s subsys=map-ct`,
]

const APP_SAYS: readonly ((dice: Dice) => string)[] = [
  (dice) =>
    `{"level":"info","trace":"${dice.hex(32)}","msg":"GET /cart/${dice.hex(8)} 200","took_ms":${dice.below(900)},"user":"${dice.hex(12)}","agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}`,
  (dice) =>
    `{"level":"warn","trace":"${dice.hex(32)}","msg":"retrying the payment service after an error of the connection","attempt":${dice.below(9)},"err":"dial tcp 10.96.${dice.below(255)}.${dice.below(255)}:443: i/o timeout"}`,
]

const quoted = (text: string) => JSON.stringify(text).slice(1, -1)
const RUNTIME_DOWN =
  'kubelet.go:2412] "Skipping pod synchronization" err="container runtime is down"'
const STATUS_FAILED =
  'log.go:32] "Status from runtime service failed" err="rpc error: code = DeadlineExceeded desc = context deadline exceeded"'
const SANDBOX_FAILED =
  'level=error msg="RunPodSandbox for &PodSandboxMetadata{Name:cart-5d9c6f7b8-tq2lw,Namespace:shop,Attempt:0,} failed, error" error="rpc error: code = Unknown desc = failed to setup network for sandbox: plugin type=\\"multus\\" failed (add)"'

/** The five formats that a node has most of: syslog around klog, logfmt, journald's export, CRI around logfmt and around JSON. */
const LOGS: readonly Log[] = [
  {
    file: 'kubelet.log',
    source: 'kubelet-log',
    said: (dice) => dice.of(KUBELET_SAYS)(dice),
    repeated: [RUNTIME_DOWN, RUNTIME_DOWN, STATUS_FAILED],
    line: (message, at, node, dice) =>
      `${at.iso.slice(0, 19)}+0000 ${node} kubelet[812]: ${klog(message, at, dice)}\n`,
  },
  {
    file: 'containerd.log',
    source: 'containerd-log',
    said: (dice) => dice.of(CONTAINERD_SAYS)(dice),
    repeated: [SANDBOX_FAILED],
    line: (message, { iso }) => `time="${iso}" ${message}\n`,
  },
  {
    file: 'journal.export',
    source: 'kubelet-log',
    said: (dice) => dice.of(KUBELET_SAYS)(dice),
    repeated: [RUNTIME_DOWN, STATUS_FAILED],
    line: (message, at, node, dice) =>
      `__CURSOR=s=${dice.hex(32)};i=${dice.hex(6)};b=${dice.hex(32)}\n` +
      `__REALTIME_TIMESTAMP=${at.ms}000\n__MONOTONIC_TIMESTAMP=${dice.below(1e9)}\n` +
      `_BOOT_ID=${dice.hex(32)}\n_TRANSPORT=stdout\nPRIORITY=6\n_HOSTNAME=${node}\n` +
      `SYSLOG_IDENTIFIER=kubelet\n_PID=812\n_UID=0\n_GID=0\n_COMM=kubelet\n` +
      `_SYSTEMD_UNIT=kubelet.service\n_SYSTEMD_CGROUP=/system.slice/kubelet.service\n` +
      `MESSAGE=${klog(message, at, dice)}\n\n`,
  },
  {
    file: 'pods/kube-system_cilium-7xk2p_3f1c2a0b/cilium-agent/0.log',
    source: 'plugin-log',
    said: (dice) => dice.of(CILIUM_SAYS)(dice),
    repeated: ['level=warning msg="Unable to contact k8s api-server" subsys=k8s'],
    line: (message, { iso }) => `${iso} stderr F time="${iso}" ${message}\n`,
  },
  {
    file: 'pods/shop_cart-5d9c6f7b8-tq2lw_9d8e4c7f/cart/0.log',
    source: 'plugin-log',
    said: (dice) => dice.of(APP_SAYS)(dice),
    repeated: ['{"level":"error","msg":"the cart is closed"}'],
    line: (message, { iso }) => `${iso} stdout F ${message}\n`,
  },
]

/** Writes the logs of several nodes below a folder, as many bytes in all as are asked for; returns the count. */
export function writeLogs(dir: string, bytes: number, advisories: readonly Advisory[]): number {
  let written = 0
  for (const [nodeIndex, node] of NODES.entries()) {
    for (const [index, log] of LOGS.entries()) {
      const file = path.join(dir, 'nodes', node, log.file)
      mkdirSync(path.dirname(file), { recursive: true })
      const rare = advisories
        .flatMap(({ symptoms }) => symptoms)
        .filter(({ source }) => source === log.source)
        .map(({ text }) => text)
        .slice(0, RARE_TEXTS)
      const dice = new Dice(nodeIndex * LOGS.length + index + 1)
      written += writeLog(file, log, node, bytes / NODES.length / LOGS.length, rare, dice)
    }
  }
  return written
}

function writeLog(
  file: string,
  log: Log,
  node: string,
  bytes: number,
  rare: readonly string[],
  dice: Dice,
): number {
  const handle = openSync(file, 'w')
  let ms = START_MS
  let written = 0
  while (written < bytes) {
    const lines: string[] = []
    for (let length = 0; length < Math.min(BATCH_CHARACTERS, bytes - written);) {
      ms += dice.below(20)
      const at = { ms, iso: `${new Date(ms).toISOString().slice(0, 23)}${dice.below(1e6)}Z` }
      const line = log.line(message(log, rare, dice), at, node, dice)
      lines.push(line)
      length += line.length
    }
    written += writeSync(handle, lines.join(''))
  }
  closeSync(handle)
  return written
}

function message(log: Log, rare: readonly string[], dice: Dice): string {
  if (dice.below(LINES_PER_HIT) > 0) return log.said(dice)
  if (rare.length === 0 || dice.unit() > RARE_SHARE) return dice.of(log.repeated)
  const text = quoted(dice.of(rare))
  return log.file.endsWith('kubelet.log') || log.file.endsWith('.export')
    ? `kubelet.go:1] "It failed" err="${text}"`
    : `level=error msg="It failed" error="${text}"`
}

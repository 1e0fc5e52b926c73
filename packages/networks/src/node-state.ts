import { lstat, readdir, readFile, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import type { NetworkConfigList } from '@fairlead/cni'
import { NetworksError } from './errors.ts'

/** Whether something lives; `unknown` where that cannot be told. */
export type Liveness = 'alive' | 'gone' | 'unknown'

/** An address that host-local keeps for a container. */
export interface Reservation {
  /** The folder of host-local, which has one for each network. */
  readonly dataDir: string
  /** The network that the address is of. */
  readonly network: string
  /** Without a prefix length. */
  readonly address: string
  /** Whom it is kept for. */
  readonly containerId: string
  /** Undefined in what host-local before 0.8 has written. */
  readonly ifName: string | undefined
  /** Ms since 1970. */
  readonly reservedAtMs: number
}

/** What a folder of reservations holds; what cannot be read costs only itself. */
export interface Reservations {
  /** In the order of the addresses as texts. */
  readonly reservations: readonly Reservation[]
  /** FL_NETWORKS_IPAM: files that cannot be read or say nothing. */
  readonly errors: readonly NetworksError[]
}

/** The networks that a folder of host-local has; none where it cannot be read. */
export interface ReservedNetworks {
  /** Their names. */
  readonly networks: readonly string[]
  /** FL_NETWORKS_IPAM: the folder cannot be read. */
  readonly errors: readonly NetworksError[]
}

/** What a node knows of containers beside the result cache: the door to it. */
export interface NodeState {
  /** The addresses of a network in a folder of host-local; none where that is not there. */
  readonly reservations: (dataDir: string, network: string) => Promise<Reservations>
  /** The networks that have a folder there. */
  readonly reservedNetworks: (dataDir: string) => Promise<ReservedNetworks>
  /** Whether there is a network namespace at a path. */
  readonly netnsState: (netns: string) => Promise<Liveness>
  /** When the node booted, ms since 1970, or earlier: nothing that lives was made before. */
  readonly bootedAtMs: () => Promise<number>
}

/** This machine. */
export const systemNodeState: NodeState = {
  reservations,
  reservedNetworks,
  netnsState,
  bootedAtMs: () => (booted ??= bootedAtMs('/proc/stat', BOOT_DIRS)),
}

// As long as this process lives it stays the same.
let booted: Promise<number> | undefined

/**
 * The folders that host-local keeps the addresses of a network in: `ipam.dataDir`, by default
 * `/var/lib/cni/networks` (containernetworking plugins v1.9.1 plugins/ipam/host-local/backend/disk).
 */
export function reservationDirsOf({ plugins }: NetworkConfigList): readonly string[] {
  return plugins.filter(({ ipamType }) => ipamType === 'host-local').map(({ json }) => dirOf(json))
}

const DEFAULT_DATA_DIR = '/var/lib/cni/networks'
// /usr/include/linux/magic.h; devtmpfs has it, too.
const NSFS_MAGIC = 0x6e_73_66_73
const TMPFS_MAGIC = 0x01_02_19_94
const SIZE_MAX = 4096
// In a container /run is seldom in memory. Not /dev first: without a clock of its own a board makes it in 1970.
const BOOT_DIRS = ['/run', '/dev']

function dirOf(pluginJson: string): string {
  const plugin = JSON.parse(pluginJson) as { readonly ipam?: unknown }
  const { ipam } = plugin
  const isObject = typeof ipam === 'object' && ipam !== null
  const dataDir: unknown = isObject && 'dataDir' in ipam ? ipam.dataDir : undefined
  return typeof dataDir === 'string' && dataDir !== '' ? dataDir : DEFAULT_DATA_DIR
}

async function reservations(dataDir: string, network: string): Promise<Reservations> {
  const found: Reservation[] = []
  const errors: NetworksError[] = []
  for (const name of await namesIn(path.join(dataDir, network), errors)) {
    // The others are `lock` and `last_reserved_ip.0`.
    if (!/^[\da-f.:]+$/i.test(name)) continue
    const reservation = await readReservation(dataDir, network, name, errors)
    if (reservation !== undefined) found.push(reservation)
  }
  return { reservations: found, errors }
}

/** Undefined where it is released by now, or cannot be read. */
async function readReservation(
  dataDir: string,
  network: string,
  address: string,
  errors: NetworksError[],
): Promise<Reservation | undefined> {
  const file = path.join(dataDir, network, address)
  try {
    const { size, mtimeMs } = await stat(file)
    const text = size > SIZE_MAX ? '' : await readFile(file, 'utf8')
    const [containerId = '', ifName = ''] = text.split('\n').map((line) => line.trim())
    if (containerId !== '') {
      const owner = { containerId, ifName: ifName === '' ? undefined : ifName }
      return { dataDir, network, address, ...owner, reservedAtMs: mtimeMs }
    }
    errors.push(
      new NetworksError(
        'FL_NETWORKS_IPAM',
        `${file} does not say whose address it is`,
        'host-local was ended while it wrote. If no container has the address, remove the file.',
      ),
    )
  } catch (error) {
    if (!isNotThere(error)) errors.push(unreadable(file, error))
  }
  return undefined
}

async function reservedNetworks(dataDir: string): Promise<ReservedNetworks> {
  const errors: NetworksError[] = []
  return { networks: await namesIn(dataDir, errors), errors }
}

async function namesIn(dir: string, errors: NetworksError[]): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort()
  } catch (error) {
    if (!isNotThere(error)) errors.push(unreadable(dir, error))
    return []
  }
}

/**
 * Whether there is a namespace at a path. A file without one says nothing: the namespace may be mounted
 * on it in another mount namespace, as seen from a pod.
 */
async function netnsState(netns: string): Promise<Liveness> {
  if (netns === '') return 'unknown'
  try {
    return (await statfs(netns)).type === NSFS_MAGIC ? 'alive' : 'unknown'
  } catch (error) {
    return isNotThere(error) ? 'gone' : 'unknown'
  }
}

/**
 * By the kernel (proc(5), /proc/stat `btime`; 0 where it does not say), or by the oldest file of the
 * first of `dirs` that is in memory, whichever is earlier. For the kernel reckons from the clock of now:
 * when that is set forward, as on a machine that boots before it knows the time, the boot moves forward,
 * too, past what has been made since. The times of files stay; ctime, since that can be set by nobody.
 */
export async function bootedAtMs(procStat: string, dirs: readonly string[]): Promise<number> {
  const text = await readFile(procStat, 'utf8').catch(() => '')
  const btimeMs = Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000
  for (const dir of dirs) {
    const oldestMs = await oldestInMemoryMs(dir)
    if (oldestMs !== undefined) return Math.min(btimeMs, oldestMs)
  }
  return btimeMs
}

/** Undefined where a folder is not in memory: what is on disk is older than the boot. */
async function oldestInMemoryMs(dir: string): Promise<number | undefined> {
  try {
    if ((await statfs(dir)).type !== TMPFS_MAGIC) return undefined
    const { dev } = await lstat(dir)
    const files = await Promise.all(
      (await readdir(dir)).map((name) => lstat(path.join(dir, name)).catch(() => undefined)),
    )
    // What is mounted in it may be on disk.
    const times = files.flatMap((file) => (file?.dev === dev ? [file.ctimeMs] : []))
    return times.length === 0 ? undefined : Math.min(...times)
  } catch {
    // Not there, or not to be read: it tells nothing.
    return undefined
  }
}

function unreadable(file: string, cause: unknown): NetworksError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new NetworksError('FL_NETWORKS_IPAM', `${file} cannot be read: ${text}`)
}

function isNotThere(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))
  )
}

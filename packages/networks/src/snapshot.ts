import {
  CniError,
  type CniOutcome,
  isSpecVersion,
  type NetworkConfigList,
  SPEC_VERSIONS,
} from '@fairlead/cni'

/** A network that a node has. */
export interface Network {
  /** What it is called; the first file of a name counts. */
  readonly name: string
  /** The file it was read from, without the folder. */
  readonly file: string
  /** Its configuration. */
  readonly list: NetworkConfigList
  /** The file cannot be used as it is now; this is what it said before. */
  readonly isLastGood: boolean
}

/** A file that does not count as it is. */
export interface Rejection {
  /** Its name, without the folder. */
  readonly file: string
  /** Why, with line and column. */
  readonly error: CniError
  /** The network that stays in force nevertheless, as the file had it before. */
  readonly keeps?: string
}

/**
 * The networks of a node at one moment. It never changes; a reload makes the next one, and whoever
 * works with this one finishes with it.
 */
export interface Snapshot {
  /** Counts the snapshots that differ. */
  readonly generation: number
  /** All networks, in the order of their files. */
  readonly networks: readonly Network[]
  /** In the order of the files. */
  readonly rejections: readonly Rejection[]
  /** Why the folder itself could not be read; the networks are then those of before. */
  readonly dirError?: CniError
}

/** What a conf dir holds: each file in order, with its network or what is wrong with it. */
export type ConfDirReading = CniOutcome<readonly ConfFileReading[]>

/** One file of a conf dir. */
export interface ConfFileReading {
  /** Its name, without the folder. */
  readonly file: string
  /** What it says, or what is wrong with it. */
  readonly list: CniOutcome<NetworkConfigList>
}

/** The snapshot before anything was read. */
export const NOTHING_LOADED: Snapshot = { generation: 0, networks: [], rejections: [] }

/**
 * The snapshot that follows when the folder reads so. A fault stays where it is: a file that is half
 * written, empty, invalid or not readable is rejected, the network that it had before stays in force,
 * and the files behind it count all the same. (go-cni empties its list before a load, so that one bad
 * file costs every network.) A file that is gone takes its network with it.
 */
export function nextSnapshot(previous: Snapshot, reading: ConfDirReading): Snapshot {
  if (!reading.ok) return { ...previous, dirError: reading.error }
  const files = reading.value.map(usable)
  const good = goodNetworks(files)
  const networks: Network[] = []
  const rejections: Rejection[] = []
  for (const { file, list } of files) {
    if (list.ok) {
      const owner = good.get(list.value.name)
      if (owner === file) {
        const { name } = list.value
        networks.push({ name, file, list: sameOrNew(previous, list.value), isLastGood: false })
      } else rejections.push({ file, error: nameTaken(list.value.name, owner ?? '') })
      continue
    }
    const before = previous.networks.find((network) => network.file === file)
    const isKept = before !== undefined && !good.has(before.name)
    if (isKept) networks.push({ ...before, isLastGood: true })
    rejections.push({ file, error: list.error, ...(isKept ? { keeps: before.name } : {}) })
  }
  const next = { networks, rejections }
  const isSame = previous.generation > 0 && previous.dirError === undefined && same(previous, next)
  return isSame ? previous : { generation: previous.generation + 1, ...next }
}

/**
 * libcni loads a list of any version, and the ADD then fails since nobody can read its result. Said here,
 * it costs no pod, and the version before stays in force.
 */
function usable({ file, list }: ConfFileReading): ConfFileReading {
  if (!list.ok || isSpecVersion(list.value.cniVersion)) return { file, list }
  const { name, cniVersion } = list.value
  const error = new CniError('FL_CNI_VERSION', `cniVersion "${cniVersion}" is not known`, {
    network: name,
    hint: `Results can be read of the versions ${SPEC_VERSIONS.join(', ')}.`,
  })
  return { file, list: { ok: false, error } }
}

/** Which file has the word on a network: the first good one that names it. */
function goodNetworks(files: readonly ConfFileReading[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  for (const { file, list } of files) {
    if (list.ok && !owners.has(list.value.name)) owners.set(list.value.name, file)
  }
  return owners
}

/** The list of before where it says the same: what belongs to a network outlives a reload. */
function sameOrNew({ networks }: Snapshot, list: NetworkConfigList): NetworkConfigList {
  const before = networks.find(({ name }) => name === list.name)?.list
  return before !== undefined && contentOf(before) === contentOf(list) ? before : list
}

function nameTaken(name: string, owner: string): CniError {
  return new CniError('FL_CNI_CONFIG_INVALID', `the name ${name} is that of ${owner} already`, {
    network: name,
    hint: 'Attachments are kept by the name of their network: give each its own.',
  })
}

function same(left: Pick<Snapshot, 'networks' | 'rejections'>, right: typeof left): boolean {
  return text(left) === text(right)
}

function text({ networks, rejections }: Pick<Snapshot, 'networks' | 'rejections'>): string {
  return JSON.stringify([
    networks.map(({ file, list, isLastGood }) => [file, contentOf(list), isLastGood]),
    rejections.map(({ file, error, keeps }) => [file, error.message, keeps]),
  ])
}

/** The whole text of a list: plugins may come from a folder beside it. */
function contentOf({ json, plugins }: NetworkConfigList): string {
  return JSON.stringify([json, plugins.map((plugin) => plugin.json)])
}

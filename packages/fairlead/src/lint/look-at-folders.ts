import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import { lint } from './lint.ts'
import type { Probe } from '../advisories/probes.ts'
import { safeText } from '../safe-text.ts'

/** What the folders of a node are compared with. */
export interface LookOptions {
  readonly confDir: string
  readonly binDirs: readonly string[]
  /** As `containerd@2.1.9`. */
  readonly runtime: string
  /** Its number in `procDir`; undefined where it is not known. */
  readonly pid: number | undefined
  readonly procDir: string
  /** The networks that the runtime says it has loaded; undefined where it does not say. */
  readonly loaded: readonly string[] | undefined
  /** The sandboxes that the runtime lists; undefined where it does not, or pods are just made or removed. */
  readonly sandboxes: readonly { readonly id: string; readonly isReady: boolean }[] | undefined
  /** What is younger may belong to a pod that is being made. */
  readonly minAgeMs: number
  readonly now: number
  /** Default: `/var/lib/cni/results`, `/run/netns`. */
  readonly resultsDir?: string
  readonly netnsDir?: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Something that was seen in a folder. */
export interface Seen {
  readonly probe: Probe
  /** One sentence, printable. */
  readonly text: string
  readonly place: { readonly source: string; readonly line?: number }
}

/**
 * Compares the folders of a node with what its runtime says: which configs it would load and has not, whether
 * it still watches the folder, and what pods that are gone have left behind.
 */
export async function lookAtFolders(options: LookOptions): Promise<readonly Seen[]> {
  const [conf, results, namespaces] = await Promise.all([
    lookAtConf(options),
    resultsLeft(options),
    namespacesLeft(options),
  ])
  return [...conf, ...watching(options), ...results, ...namespaces]
}

/** The file of a conf dir that was changed last, or the folder itself where one was added or removed. */
export async function lastChangeOf(
  confDir: string,
  now: number,
): Promise<{ readonly file: string; readonly ageMs: number } | undefined> {
  const names = await readdir(confDir).catch(() => [])
  const files = [confDir, ...names.slice(0, MOST_FILES).map((name) => path.join(confDir, name))]
  const changes = await Promise.all(
    files.map(async (file) => {
      const stats = await stat(file).catch(() => undefined)
      return stats === undefined
        ? []
        : [{ file, ageMs: now - Math.max(stats.mtimeMs, stats.ctimeMs) }]
    }),
  )
  return changes.flat().toSorted((a, b) => a.ageMs - b.ageMs)[0]
}

async function lookAtConf(options: LookOptions): Promise<readonly Seen[]> {
  const { confDir, binDirs, runtime, loaded, env, signal } = options
  const world = { env, signal, advisories: new Map() }
  const { outcome, problems } = await lint({ dir: confDir, runtime, binDirs }, world)
  const seen = problems
    // Notes are true of many nodes that are well.
    .filter(({ severity }) => severity !== 'note')
    .map(({ probe, text, file, line }) => ({
      probe,
      text: safeText(text),
      place: { source: file, ...(line === undefined ? {} : { line }) },
    }))
  const wanted = outcome.networks.map(({ name }) => name)
  if (loaded === undefined || outcome.load.state !== 'ok' || wanted.join() === loaded.join()) {
    return seen
  }
  const files = outcome.networks.map(({ file }) => path.basename(file)).join(', ')
  const text =
    `${files} would be loaded (${wanted.join(', ')}), and the runtime has loaded ` +
    (loaded.length === 0 ? 'nothing' : loaded.join(', '))
  return [...seen, { probe: 'conf-not-loaded', text: safeText(text), place: { source: confDir } }]
}

/** inotify(7), proc_pid_fdinfo(5): `inotify wd:1 ino:4b5 sdev:800013 mask:...`, in hex. */
function watching({ confDir, pid, procDir }: LookOptions): Seen[] {
  if (pid === undefined) return []
  try {
    const { ino } = statSync(confDir, { bigint: true })
    const watched = inotifyDescriptors(`${procDir}/${pid}`).flatMap((number) => {
      const text = readFileSync(`${procDir}/${pid}/fdinfo/${number}`, 'latin1')
      return [...text.matchAll(/^inotify wd:\S+ ino:([0-9a-f]+)/gm)].map(([, hex]) =>
        BigInt(`0x${hex}`),
      )
    })
    const place = { source: confDir }
    return watched.includes(ino)
      ? [{ probe: 'conf-dir-watched', text: 'The runtime watches the conf dir', place }]
      : [
          {
            probe: 'conf-dir-not-watched',
            text: 'The runtime does not watch the conf dir that is there now: no change of it is seen',
            place,
          },
        ]
  } catch {
    // The runtime has ended, the folder is gone, or this may not look.
    return []
  }
}

function inotifyDescriptors(dir: string): string[] {
  return readdirSync(`${dir}/fd`).filter((number) => {
    try {
      return readlinkSync(`${dir}/fd/${number}`).startsWith('anon_inode:inotify')
    } catch {
      // It has been closed meanwhile.
      return false
    }
  })
}

// containernetworking/cni@v1.3.0:libcni/api.go, cachedInfo
const cached = z.object({ containerId: z.string(), networkName: z.string(), ifName: z.string() })

/** Attachments that libcni remembers of sandboxes that the runtime does not know any more. */
async function resultsLeft(options: LookOptions): Promise<Seen[]> {
  const { resultsDir = '/var/lib/cni/results', sandboxes, loaded } = options
  if (sandboxes === undefined) return []
  const known = new Set(sandboxes.map(({ id }) => id))
  const left: z.output<typeof cached>[] = []
  for (const file of await olderFiles(resultsDir, options)) {
    const text = await readFile(file, 'utf8').catch(() => '')
    const parsed = cached.safeParse(jsonOrUndefined(text))
    if (parsed.success && !known.has(parsed.data.containerId)) left.push(parsed.data)
  }
  const place = { source: resultsDir }
  const of = (probe: 'cni-result-left' | 'cni-result-of-other-network', those: typeof left) => {
    const networks = [...new Set(those.map(({ networkName }) => networkName))].join(', ')
    const text = `libcni remembers ${those.length} attachments (${networks}) of sandboxes that are gone: no DEL has ended well`
    return those.length === 0 ? [] : [{ probe, text: safeText(text), place }]
  }
  const isOther = ({ networkName }: (typeof left)[number]) =>
    loaded !== undefined && loaded.length > 0 && !loaded.includes(networkName)
  return [
    ...of(
      'cni-result-left',
      left.filter(({ networkName }) => networkName !== 'cni-loopback'),
    ),
    ...of(
      'cni-result-of-other-network',
      left.filter((each) => each.networkName !== 'cni-loopback' && isOther(each)),
    ),
  ]
}

/** More network namespaces than sandboxes. */
async function namespacesLeft(options: LookOptions): Promise<Seen[]> {
  const { netnsDir = '/run/netns', sandboxes } = options
  if (sandboxes === undefined) return []
  const ready = sandboxes.filter(({ isReady }) => isReady).length
  const files = await olderFiles(netnsDir, options)
  if (files.length <= ready) return []
  const text = `${files.length} network namespaces are there, and ${ready} sandboxes that run`
  return [{ probe: 'netns-left', text, place: { source: netnsDir } }]
}

async function olderFiles(dir: string, { minAgeMs, now }: LookOptions): Promise<string[]> {
  const names = await readdir(dir).catch(() => [])
  const files = await Promise.all(
    names.slice(0, MOST_FILES).map(async (name) => {
      const file = path.join(dir, name)
      const stats = await stat(file).catch(() => undefined)
      return stats !== undefined && now - stats.mtimeMs >= minAgeMs ? file : undefined
    }),
  )
  return files.filter((file) => file !== undefined)
}

/** A node runs some hundred pods at most. */
const MOST_FILES = 5000

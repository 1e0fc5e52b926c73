import { readdir } from 'node:fs/promises'
import { messageOf } from '../../errors.ts'
import { VERSION } from '../../version.ts'
import type { RuntimeInstall } from './install.ts'
import { findInPath } from './programs.ts'
import { cachedRuntime, type ResolveOptions, resolveRuntime } from './resolve.ts'
import { parseRuntimeName } from './runtime-name.ts'

/** Suites of Debian that carry containerd, oldest first, and the version line they carry. */
const SUITES = [
  ['bookworm', '1.6'],
  ['trixie', '1.7'],
  ['forky', '2.1'],
] as const

/** A name for `--runtime`, where it comes from, and what of it is here. */
export interface ListedRuntime {
  readonly name: string
  readonly from: string
  readonly state: string
}

/** What can be named on this machine. */
export async function listRuntimes(options: ResolveOptions): Promise<ListedRuntime[]> {
  const hasApt = (await findInPath('apt-get', options.env)) !== undefined
  const suites = SUITES.map(async ([suite, line]) => {
    const name = `containerd@debian:${suite}`
    const absent = hasApt ? 'not fetched yet' : 'cannot be had here: there is no apt-get'
    return {
      name,
      from: `Debian ${suite}, ${line}`,
      state: await cacheState(name, options, absent),
    }
  })
  return [
    { name: 'fairlead', from: 'this Fairlead', state: VERSION },
    ...(await inPath(options)),
    ...(await Promise.all(suites)),
    ...(await cachedReleases(options)),
    {
      name: 'cri=unix:///PATH.sock',
      from: 'this machine',
      state: 'any runtime that runs already; see --allow-destructive',
    },
    {
      name: 'containerd@X.Y.Z',
      from: options.mirror,
      state: 'any release, fetched when it is named',
    },
  ]
}

async function inPath(options: ResolveOptions): Promise<ListedRuntime[]> {
  const listed: ListedRuntime[] = []
  for (const program of ['containerd', 'crio']) {
    const file = await findInPath(program, options.env)
    if (file === undefined) continue
    const name = `${program}=${file}`
    const state = await describe(resolveRuntime(parseRuntimeName(name), options))
    listed.push({ name, from: 'PATH', state })
  }
  return listed
}

async function cachedReleases(options: ResolveOptions): Promise<ListedRuntime[]> {
  const entries = await readdir(options.cacheDir).catch(() => [])
  const names = entries
    .map((entry) => /^containerd-release-(.+)$/.exec(entry)?.[1])
    .filter((version) => version !== undefined)
    .map((version) => `containerd@${version}`)
  return Promise.all(
    names.map(async (name) => ({
      name,
      from: 'a release',
      state: await cacheState(name, options, 'not fetched yet'),
    })),
  )
}

async function cacheState(name: string, options: ResolveOptions, absent: string): Promise<string> {
  return describe(cachedRuntime(parseRuntimeName(name), options), absent)
}

/** What is unusable is listed too, with its reason: one bad entry costs only itself. */
async function describe(
  runtime: Promise<RuntimeInstall | undefined>,
  absent = 'not there',
): Promise<string> {
  return runtime.then(
    (install) =>
      install === undefined
        ? absent
        : install.kind === 'containerd'
          ? `${install.version.text} in ${install.containerd}`
          : install.version.text,
    (error: unknown) => `unusable: ${messageOf(error)}`,
  )
}

import path from 'node:path'
import { VERSION } from '../../version.ts'
import { cached, cachedEntry } from './cache.ts'
import { unpackDebian } from './debian.ts'
import { inspectContainerd } from './inspect-containerd.ts'
import { inspectCrio } from './inspect-crio.ts'
import type { ContainerdInstall, RuntimeInstall } from './install.ts'
import { findInPath } from './programs.ts'
import { unpackRelease } from './release.ts'
import { parseRuntimeName, type RuntimeName } from './runtime-name.ts'
import { inspectSocket } from './socket.ts'

/** Where runtimes are fetched from and kept. */
export interface ResolveOptions {
  readonly cacheDir: string
  /** A site with the layout of containerd's release downloads. */
  readonly mirror: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Told before a download begins. */
  readonly onFetch: (name: string) => void
}

/**
 * Finds or fetches the programs of a runtime.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY when a program is missing or does not run,
 * FL_RUNTIME_VERSION when it is not what its name says, FL_RUNTIME_SILENT when nothing answers on a socket, and
 * whatever fetching throws.
 */
export async function resolveRuntime(
  name: RuntimeName,
  options: ResolveOptions,
): Promise<RuntimeInstall> {
  switch (name.from) {
    case 'embedded':
      return { kind: 'embedded', name: name.text, version: { text: VERSION } }
    case 'socket':
      return inspectSocket(name.text, name.socketPath, options)
    case 'path':
      return name.program === 'crio'
        ? inspectCrio(name.text, path.resolve(name.path), options.env)
        : inspectContainerd(name.text, path.resolve(name.path), options.env)
    case 'debian':
    case 'release': {
      const root = await cached(options.cacheDir, cacheName(name), async (dir) => {
        options.onFetch(name.text)
        await (name.from === 'debian'
          ? unpackDebian(name.suite, ['containerd'], dir, options.signal)
          : unpackRelease(name.version, dir, options))
      })
      return inspectContainerd(name.text, path.join(root, 'usr', 'bin', 'containerd'), options.env)
    }
  }
}

/** The containerd that is already in the cache under this name, if there is one. */
export async function cachedRuntime(
  name: RuntimeName,
  options: ResolveOptions,
): Promise<ContainerdInstall | undefined> {
  if (name.from !== 'debian' && name.from !== 'release') return undefined
  const root = await cachedEntry(options.cacheDir, cacheName(name))
  if (root === undefined) return undefined
  return inspectContainerd(name.text, path.join(root, 'usr', 'bin', 'containerd'), options.env)
}

/**
 * The runtime to test when none is named: root's containerd in PATH, which is the machine's own; else the
 * embedded one, which takes neither root nor a network. Nothing is fetched that was not asked for.
 */
export async function defaultRuntime(
  env: NodeJS.ProcessEnv,
  isRoot: boolean,
): Promise<RuntimeName> {
  const inPath = isRoot ? await findInPath('containerd', env) : undefined
  return parseRuntimeName(inPath === undefined ? 'fairlead' : `containerd=${inPath}`)
}

function cacheName(name: Extract<RuntimeName, { from: 'debian' | 'release' }>): string {
  return name.from === 'debian'
    ? `containerd-debian-${name.suite}`
    : `containerd-release-${name.version}`
}

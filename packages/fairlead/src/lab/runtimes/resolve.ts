import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../../errors.ts'
import { VERSION } from '../../version.ts'
import { cached, cachedEntry } from './cache.ts'
import { parseContainerdVersion } from './containerd-version.ts'
import { unpackDebian } from './debian.ts'
import type { ContainerdInstall, RuntimeInstall } from './install.ts'
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
 * FL_RUNTIME_VERSION when it is no containerd, FL_RUNTIME_SILENT when nothing answers on a socket, and
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
      return inspect(name.text, path.resolve(name.path), options)
    case 'debian':
    case 'release': {
      const root = await cached(options.cacheDir, cacheName(name), async (dir) => {
        options.onFetch(name.text)
        await (name.from === 'debian'
          ? unpackDebian(name.suite, ['containerd'], dir, options.signal)
          : unpackRelease(name.version, dir, options))
      })
      return inspect(name.text, path.join(root, 'usr', 'bin', 'containerd'), options)
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
  return inspect(name.text, path.join(root, 'usr', 'bin', 'containerd'), options)
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

/** The first executable of that name in PATH. */
export async function findInPath(
  program: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  for (const dir of (env['PATH'] ?? '').split(':').filter((entry) => entry !== '')) {
    const candidate = path.join(dir, program)
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

function cacheName(name: Extract<RuntimeName, { from: 'debian' | 'release' }>): string {
  return name.from === 'debian'
    ? `containerd-debian-${name.suite}`
    : `containerd-release-${name.version}`
}

async function inspect(
  name: string,
  containerd: string,
  { env }: ResolveOptions,
): Promise<ContainerdInstall> {
  if (!(await isExecutable(containerd))) {
    throw new FairleadError(
      'FL_RUNTIME_BINARY',
      `${name}: ${containerd} is not there, or not executable.`,
      { hint: 'Give the path of a containerd binary.' },
    )
  }
  const dir = path.dirname(containerd)
  // One after the other: where both are missing, the same one is told of each time.
  const ctr = await companion(name, 'ctr', dir, env)
  await companion(name, 'containerd-shim-runc-v2', dir, env)
  const output = await promisify(execFile)(containerd, ['--version'], { timeout: 10_000 }).catch(
    (error: unknown) => {
      throw new FairleadError(
        'FL_RUNTIME_BINARY',
        `${name}: ${containerd} does not run here: ${messageOf(error).trim()}`,
        { hint: 'Is it built for this machine?', cause: error },
      )
    },
  )
  const version = parseContainerdVersion(output.stdout)
  if (version === undefined) {
    throw new FairleadError(
      'FL_RUNTIME_VERSION',
      `${name}: ${containerd} --version prints "${output.stdout.trim()}", which is no containerd's.`,
      { hint: 'Give the path of a containerd binary.' },
    )
  }
  return { kind: 'containerd', name, version, containerd, ctr, pathDirs: [dir] }
}

/** A program that comes with containerd: beside it, or in PATH. */
async function companion(
  name: string,
  program: string,
  dir: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const beside = path.join(dir, program)
  if (await isExecutable(beside)) return beside
  const inPath = await findInPath(program, env)
  if (inPath !== undefined) return inPath
  throw new FairleadError(
    'FL_RUNTIME_BINARY',
    `${name}: ${program} is neither beside containerd in ${dir} nor in PATH.`,
    { hint: 'A containerd comes with ctr and containerd-shim-runc-v2; put them in one folder.' },
  )
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

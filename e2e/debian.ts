import { cached } from '../packages/fairlead/src/lab/runtimes/cache.ts'
import { unpackDebian } from '../packages/fairlead/src/lab/runtimes/debian.ts'
import type { ContainerdInstall } from '../packages/fairlead/src/lab/runtimes/install.ts'
import { resolveRuntime } from '../packages/fairlead/src/lab/runtimes/resolve.ts'
import { parseRuntimeName } from '../packages/fairlead/src/lab/runtimes/runtime-name.ts'
import { CACHE } from './support.ts'

/** A large package over a slow line. */
const FETCH_TIMEOUT_MS = 300_000

/** A folder with packages of a Debian suite unpacked in it, fetched once; nothing is installed. */
export async function debianPackages(
  suite: string,
  packages: readonly string[],
  name = packages.join('+'),
): Promise<string> {
  return cached(CACHE, `${name}-debian-${suite}`, (dir) =>
    unpackDebian(suite, packages, dir, AbortSignal.timeout(FETCH_TIMEOUT_MS)),
  )
}

/** The containerd of a Debian suite, fetched once. */
export async function debianContainerd(suite: string): Promise<ContainerdInstall> {
  const name = `containerd@debian:${suite}`
  const install = await resolveRuntime(parseRuntimeName(name), {
    cacheDir: CACHE,
    mirror: '',
    env: process.env,
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    onFetch: () => {
      // Seen by how long it takes.
    },
  })
  if (install.kind !== 'containerd') throw new Error(`${name} is no containerd`)
  return install
}

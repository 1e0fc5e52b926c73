import { cached } from '../packages/fairlead/src/lab/runtimes/cache.ts'
import { unpackDebian } from '../packages/fairlead/src/lab/runtimes/debian.ts'
import { CACHE } from './support.ts'

/** A folder with packages of a Debian suite unpacked in it, fetched once; nothing is installed. */
export async function debianPackages(
  suite: string,
  packages: readonly string[],
  name = packages.join('+'),
): Promise<string> {
  return cached(CACHE, `${name}-debian-${suite}`, (dir) =>
    unpackDebian(suite, packages, dir, AbortSignal.timeout(300_000)),
  )
}

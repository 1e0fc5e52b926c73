import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { cached } from '../packages/fairlead/src/lab/runtimes/cache.ts'
import { debianPackages } from './debian.ts'
import { CACHE } from './support.ts'

/**
 * A program of Go `files`, built with Debian's Go over the Debian packages that `libraries` unpacks: its
 * path. Built once for each state of the sources.
 */
export async function goProgram(
  name: string,
  files: readonly string[],
  libraries: () => Promise<string>,
): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  const entry = `${name}-${hash.digest('hex').slice(0, 16)}`
  const dir = await cached(CACHE, entry, async (temporary) => {
    const library = await libraries()
    const go = await debianPackages('trixie', ['golang-1.24-go', 'golang-1.24-src'])
    const root = path.join(go, 'usr', 'lib', 'go-1.24')
    await promisify(execFile)(
      path.join(root, 'bin', 'go'),
      ['build', '-trimpath', '-o', path.join(temporary, 'program'), ...files],
      {
        env: {
          ...process.env,
          GOROOT: root,
          GOPATH: path.join(library, 'usr', 'share', 'gocode'),
          GOCACHE: path.join(CACHE, 'go-build'),
          GO111MODULE: 'off',
          GOTOOLCHAIN: 'local',
          GOFLAGS: '',
          CGO_ENABLED: '0',
        },
      },
    )
  })
  return path.join(dir, 'program')
}

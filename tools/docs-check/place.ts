import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** What running a command came to. */
interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Where the commands of a page are run, one after another. */
export interface Place extends AsyncDisposable {
  readonly run: (command: string, signal: AbortSignal) => Promise<Ended>
  /** What is not as it has to be when all of them have run; undefined where nothing is. */
  readonly problem?: () => Promise<string | undefined>
}

export const ROOT: string = path.resolve(import.meta.dirname, '../..')

/** A folder that looks like the checkout, and takes what the commands write. */
export async function checkout(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fl-docs-check-'))
  for (const dir of ['node_modules', 'tests', 'advisories', 'scenarios', 'deploy']) {
    await symlink(path.join(ROOT, dir), path.join(folder, dir))
  }
  return {
    run: (command, signal) =>
      endOf(
        spawn('bash', ['-c', command], {
          cwd: folder,
          stdio: ['ignore', 'pipe', 'pipe'],
          signal,
        }),
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** How a process ends, and what it has printed until then. */
export function endOf(child: ChildProcess): Promise<Ended> {
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      written[name] += chunk.toString()
    })
  }
  return new Promise((resolve) => {
    child.once('error', ({ message }) => {
      resolve({ code: null, ...written, stderr: `${written.stderr}${message}\n` })
    })
    child.once('close', (code) => {
      resolve({ code, ...written })
    })
  })
}

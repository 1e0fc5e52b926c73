import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { FairleadError, messageOf, systemCodeOf } from '../../errors.ts'

/** Where Debian's packages come from when the machine's own apt sources name no mirror. */
const DEFAULT_MIRROR = 'http://deb.debian.org/debian'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const APT_TIMEOUT_MS = 120_000

/**
 * Unpacks packages of a Debian suite into `dir`. apt fetches them with a state of its own, so nothing
 * is installed and no list of the machine's changes; signatures are checked as always. What the
 * packages depend on is not fetched.
 *
 * @throws {FairleadError} FL_TOOL_MISSING without apt, FL_RUNTIME_UNKNOWN when there is no such suite,
 * FL_FETCH when the suite or a package cannot be had.
 */
export async function unpackDebian(
  suite: string,
  packages: readonly string[],
  dir: string,
  signal: AbortSignal,
): Promise<void> {
  const work = path.join(dir, 'apt')
  for (const folder of ['lists/partial', 'archives/partial', 'debs']) {
    await mkdir(path.join(work, folder), { recursive: true })
  }
  const sources = path.join(work, 'sources.list')
  await writeFile(sources, `deb [signed-by=${KEYRING}] ${await mirror(signal)} ${suite} main\n`)
  const options = Object.entries({
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State': work,
    'Dir::State::lists': path.join(work, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': work,
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const what = `${packages.join(', ')} of Debian ${suite}`
  await apt(suite, what, [...options, '--error-on=any', 'update'], work, signal)
  await apt(suite, what, [...options, 'download', ...packages], path.join(work, 'debs'), signal)
  for (const deb of await readdir(path.join(work, 'debs'))) {
    await run('dpkg-deb', ['-x', path.join(work, 'debs', deb), dir], { signal })
  }
  await rm(work, { recursive: true })
}

/** The mirror that the machine's apt uses for Debian itself. */
async function mirror(signal: AbortSignal): Promise<string> {
  const format = '$(REPO_URI) $(LABEL) $(COMPONENT)'
  const { stdout } = await run('apt-get', ['indextargets', '--format', format], { signal })
  const uris = stdout
    .split('\n')
    .filter((line) => /\/debian\/? /.test(line))
    .map((line) => line.split(' ')[0])
  return uris[0] ?? DEFAULT_MIRROR
}

async function apt(
  suite: string,
  what: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    // A Fairlead that is killed takes the download with it.
    await run('setpriv', ['--pdeathsig', 'KILL', 'apt-get', '-q', ...args], { signal, cwd })
  } catch (error) {
    if (signal.aborted || error instanceof FairleadError) throw error
    const complaint = /^[EW]: (.*)$/m.exec(stderrOf(error))?.[1] ?? messageOf(error)
    if (complaint.includes('does not have a Release file')) {
      throw new FairleadError('FL_RUNTIME_UNKNOWN', `Debian has no suite "${suite}".`, {
        hint: 'bookworm, trixie and forky carry containerd; fairlead lab runtimes lists them.',
        cause: error,
      })
    }
    throw new FairleadError('FL_FETCH', `${what} could not be fetched: ${complaint.trim()}`, {
      hint: "Is the mirror of the machine's apt reachable?",
      cause: error,
    })
  }
}

async function run(
  program: string,
  args: readonly string[],
  options: { signal: AbortSignal; cwd?: string },
): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(program, args, {
      timeout: APT_TIMEOUT_MS,
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, LC_ALL: 'C' },
      ...options,
    })
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error
    throw new FairleadError('FL_TOOL_MISSING', `${program} is not on this machine.`, {
      hint: 'Debian packages can be had on Debian; elsewhere name a release (containerd@2.1.4) or a path.',
    })
  }
}

function stderrOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
}

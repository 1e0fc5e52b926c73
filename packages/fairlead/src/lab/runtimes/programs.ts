import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../../errors.ts'

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

/** A program says its version at once; on a machine that is busy it may be some seconds until it is there. */
export const VERSION_TIMEOUT_MS = 10_000

/**
 * What a program prints when it is asked for its version.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY when it is missing or does not run.
 */
export async function versionOutput(name: string, program: string): Promise<string> {
  if (!(await isExecutable(program))) {
    throw new FairleadError(
      'FL_RUNTIME_BINARY',
      `${name}: ${program} is not there, or not executable.`,
      { hint: `Give the path of a ${path.basename(program)} binary.` },
    )
  }
  const output = await promisify(execFile)(program, ['--version'], {
    timeout: VERSION_TIMEOUT_MS,
  }).catch((error: unknown) => {
    throw new FairleadError(
      'FL_RUNTIME_BINARY',
      `${name}: ${program} does not run here: ${messageOf(error).trim()}`,
      { hint: 'Is it built for this machine?', cause: error },
    )
  })
  return output.stdout
}

/** A program without which another one cannot be put through a trial. */
export interface Companion {
  /** For messages: the runtime, as the user named it. */
  readonly name: string
  readonly program: string
  /** The program that it comes with. */
  readonly besides: string
  readonly env: NodeJS.ProcessEnv
  readonly hint: string
}

/**
 * A program that comes with another one: beside it, or in PATH.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY when it is in neither.
 */
export async function companion({ name, program, besides, env, hint }: Companion): Promise<string> {
  const dir = path.dirname(besides)
  const beside = path.join(dir, program)
  if (await isExecutable(beside)) return beside
  const inPath = await findInPath(program, env)
  if (inPath !== undefined) return inPath
  throw new FairleadError(
    'FL_RUNTIME_BINARY',
    `${name}: ${program} is neither beside ${path.basename(besides)} in ${dir} nor in PATH.`,
    { hint },
  )
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}

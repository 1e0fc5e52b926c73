import { FairleadError } from '../../errors.ts'
import type { CrioInstall } from './install.ts'
import { companion, versionOutput } from './programs.ts'

const HINT = 'A CRI-O comes with pinns, and takes conmon; put them in one folder.'

/**
 * Asks a CRI-O what it is, and finds what it needs.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY when a program is missing or does not run,
 * FL_RUNTIME_VERSION when it is no CRI-O.
 */
export async function inspectCrio(
  name: string,
  crio: string,
  env: NodeJS.ProcessEnv,
): Promise<CrioInstall> {
  const output = await versionOutput(name, crio)
  const text = parseCrioVersion(output)
  if (text === undefined) {
    throw new FairleadError(
      'FL_RUNTIME_VERSION',
      `${name}: ${crio} --version prints "${output.trim()}", which is no CRI-O's.`,
      { hint: 'Give the path of a crio binary.' },
    )
  }
  const besides = { name, besides: crio, env, hint: HINT }
  const conmon = await companion({ ...besides, program: 'conmon' })
  const pinns = await companion({ ...besides, program: 'pinns' })
  return { kind: 'crio', name, version: { text }, crio, conmon, pinns }
}

/** Reads the first line of `crio --version`, e.g. `crio version 1.36.3`. Undefined if it is not that. */
export function parseCrioVersion(output: string): string | undefined {
  return /^crio version v?(\d+\.\d+\.\d+\S*)/.exec(output)?.[1]
}

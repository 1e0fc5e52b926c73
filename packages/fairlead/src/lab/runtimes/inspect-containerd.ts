import path from 'node:path'
import { FairleadError } from '../../errors.ts'
import { parseContainerdVersion } from './containerd-version.ts'
import type { ContainerdInstall } from './install.ts'
import { companion, versionOutput } from './programs.ts'

const HINT = 'A containerd comes with ctr and containerd-shim-runc-v2; put them in one folder.'

/**
 * Asks a containerd what it is, and finds what it needs.
 *
 * @throws {FairleadError} FL_RUNTIME_BINARY when a program is missing or does not run,
 * FL_RUNTIME_VERSION when it is no containerd.
 */
export async function inspectContainerd(
  name: string,
  containerd: string,
  env: NodeJS.ProcessEnv,
): Promise<ContainerdInstall> {
  const output = await versionOutput(name, containerd)
  const version = parseContainerdVersion(output)
  if (version === undefined) {
    throw new FairleadError(
      'FL_RUNTIME_VERSION',
      `${name}: ${containerd} --version prints "${output.trim()}", which is no containerd's.`,
      { hint: 'Give the path of a containerd binary.' },
    )
  }
  const besides = { name, besides: containerd, env, hint: HINT }
  // One after the other: where both are missing, the same one is told of each time.
  const ctr = await companion({ ...besides, program: 'ctr' })
  await companion({ ...besides, program: 'containerd-shim-runc-v2' })
  return {
    kind: 'containerd',
    name,
    version,
    containerd,
    ctr,
    pathDirs: [path.dirname(containerd)],
  }
}

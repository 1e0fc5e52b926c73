import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { connectCri } from '@fairlead/cri'
import { versionSaid } from '../../doctor/node/cri-facts.ts'
import { FairleadError } from '../../errors.ts'
import { parsePredictedRuntime, type PredictedRuntime } from '../../lint/runtime.ts'
import { ownCommand } from '../../own-command.ts'
import type { Distribution } from './distributions.ts'
import { INSTALLED, NODE_FLAGS } from './units.ts'

const TIMEOUT_MS = 5_000

/** What runs Fairlead on a node: this very program, or, in an image that is prepared, where it is installed. */
export function commandOf(root: string): readonly string[] {
  const [program = '', ...script] = ownCommand()
  // The single-file executable takes no flags of Node.js: they would be its own.
  if (script.length === 0) return [root === '/' ? program : INSTALLED]
  return root === '/'
    ? [program, ...NODE_FLAGS, ...script]
    : ['/usr/bin/env', 'node', ...NODE_FLAGS, INSTALLED]
}

/**
 * The containerd of a node: as it was named, as the one that runs says, or as its program does.
 *
 * @throws {FairleadError} FL_INSTALL where none is found, or it is another runtime.
 */
export async function containerdOf(
  name: string | undefined,
  { socket }: Pick<Distribution, 'socket'>,
  { isThisNode, signal }: { readonly isThisNode: boolean; readonly signal: AbortSignal },
): Promise<Extract<PredictedRuntime, { kind: 'containerd' }>> {
  const found = name ?? (isThisNode ? await containerdHere(socket, signal) : undefined)
  if (found === undefined) {
    throw new FairleadError('FL_INSTALL', 'It is not known which containerd the node has.', {
      hint: 'Name it by --runtime containerd@VERSION; `containerd --version` prints the version.',
    })
  }
  const runtime = parsePredictedRuntime(found)
  if (runtime.kind === 'containerd') return runtime
  throw new FairleadError('FL_INSTALL', `${found} is no containerd.`, {
    hint: 'For CRI-O set network_dir of [crio.network] to /run/fairlead/net.d by hand; docs/agent.md tells.',
  })
}

async function containerdHere(socket: string, signal: AbortSignal): Promise<string | undefined> {
  using cri = connectCri(socket)
  const answer = await cri.version({ timeoutMs: TIMEOUT_MS, signal })
  const said = answer.ok ? versionSaid(answer.value) : undefined
  if (said !== undefined)
    return `${said.component === 'cri-o' ? 'crio' : said.component}@${said.version}`
  const { stdout } = await promisify(execFile)('containerd', ['--version'], {
    timeout: TIMEOUT_MS,
    signal,
  }).catch(() => ({ stdout: '' }))
  // containerd github.com/containerd/containerd/v2 v2.1.9 <commit>; Debian's says 2.1.9~ds1 without v
  const version = /^containerd \S+ v?(\d\S*)/m.exec(stdout)?.[1]
  return version === undefined ? undefined : `containerd@${version}`
}

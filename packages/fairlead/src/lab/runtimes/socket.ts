import { mkdir } from 'node:fs/promises'
import { connectCri } from '@fairlead/cri'
import { FairleadError } from '../../errors.ts'
import { type Clock, waitUntil } from '../../ports.ts'
import type { TrialNode } from '../node/trial-node.ts'
import type { SocketInstall } from './install.ts'
import type { PreparedRuntime } from './running-runtime.ts'

const CALL_TIMEOUT_MS = 5000
/** How long a runtime may take to see that its configs are others, each time. */
const SETTLE_TIMEOUT_MS = 10_000
const POLL_MS = 100

/**
 * Asks the runtime on a CRI socket what it is.
 *
 * @throws {FairleadError} FL_RUNTIME_SILENT when it does not answer.
 */
export async function inspectSocket(
  name: string,
  socketPath: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<SocketInstall> {
  using cri = connectCri(socketPath)
  const answer = await cri.version({ timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!answer.ok) {
    throw new FairleadError(
      'FL_RUNTIME_SILENT',
      `${name}: no CRI runtime answers there: ${answer.error.message}`,
      { hint: 'Is it running, and is this its socket? Does it serve CRI v1?', cause: answer.error },
    )
  }
  const { runtimeName, runtimeVersion } = answer.value
  return { kind: 'socket', name, version: { text: `${runtimeName} ${runtimeVersion}` }, socketPath }
}

/**
 * A runtime that runs already. Where the lab may not write to its folders, it has others, which the
 * runtime knows nothing of.
 */
export async function prepareSocket(
  { socketPath, folders }: SocketInstall,
  node: TrialNode,
): Promise<PreparedRuntime> {
  const { confDir, binDir } = folders ?? {
    confDir: `${node.dir}/net.d`,
    binDir: `${node.dir}/cni-bin`,
  }
  if (folders === undefined) for (const dir of [confDir, binDir]) await mkdir(dir)
  const refuse = async () => {
    throw new FairleadError('FL_STEP', 'The lab does not end a runtime that it has not started.')
  }
  return {
    confDir: { outside: confDir, inside: confDir },
    binDir: { outside: binDir, inside: binDir },
    socket: { outside: socketPath, inside: socketPath },
    start: () => ({
      serving: Promise.resolve(),
      exited: new Promise(() => {
        // Its process is not the lab's to see.
      }),
      stop: refuse,
      kill: refuse,
      // Nor is its log.
      dump: () => Promise.resolve(),
    }),
  }
}

/**
 * Waits until NetworkReady is as expected: what the runtime still says of configs that are gone is not of
 * the trial. One that does not come to it is watched as it is.
 */
export async function settleNetwork(
  socketPath: string,
  isReady: boolean,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  using cri = connectCri(socketPath)
  await waitUntil(
    async () => {
      const answer = await cri.status({}, { timeoutMs: CALL_TIMEOUT_MS, signal })
      if (!answer.ok) return false
      const condition = answer.value.status?.conditions.find(({ type }) => type === 'NetworkReady')
      return condition?.status === isReady
    },
    { clock, everyMs: POLL_MS, timeoutMs: SETTLE_TIMEOUT_MS, signal },
  )
}

import { type Cni, parseNetworkConfig } from '@fairlead/cni'
import type { PublishPolicy } from './config.ts'
import type { Candidate } from './decide.ts'

/** What is looked at before a network comes. */
export interface CheckWorld {
  readonly cni: Pick<Cni, 'validateNetworkList' | 'findPlugin'>
  /** Whether a daemon listens at a unix socket. */
  readonly isListening: (socket: string) => Promise<boolean>
}

const CHECK_TIMEOUT_MS = 5_000

/**
 * Says why a candidate cannot come yet although its source is ready; undefined where it can. That a
 * text suits its plugins is asked for once, all else each time: it may be mended.
 */
export function createChecks(
  { cni, isListening }: CheckWorld,
  { loopback }: Pick<PublishPolicy, 'loopback'>,
): (candidate: Candidate, signal: AbortSignal) => Promise<string | undefined> {
  const suits = new Set<string>()

  const loopbackProblem = async (): Promise<string | undefined> => {
    const found = loopback ? await cni.findPlugin('loopback') : undefined
    return found?.ok === false ? `every pod needs loopback: ${found.error.message}` : undefined
  }

  /** The text that the runtime is given may differ from the source's, which has been observed. */
  const textProblem = async (
    { file, text }: Candidate,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const key = `${file}\0${text}`
    if (suits.has(key)) return undefined
    const list = parseNetworkConfig(text, file)
    if (!list.ok) return list.error.message
    const call = { timeoutMs: CHECK_TIMEOUT_MS, signal }
    const [finding] = await cni.validateNetworkList(list.value, call)
    if (finding === undefined) suits.add(key)
    return finding?.error.message
  }

  /** Before it listens every ADD waits for it, and a DEL undoes nothing. */
  const daemonProblem = async ({ daemonSocket }: Candidate): Promise<string | undefined> =>
    daemonSocket === undefined || (await isListening(daemonSocket))
      ? undefined
      : `its daemon does not listen at ${daemonSocket}`

  return async (candidate, signal) =>
    (await loopbackProblem()) ??
    (await textProblem(candidate, signal)) ??
    (await daemonProblem(candidate))
}

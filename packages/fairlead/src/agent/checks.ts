import { type Cni, parseNetworkConfig } from '@fairlead/cni'
import type { Clock } from '../ports.ts'
import { candidatesOf } from './candidates.ts'
import type { PublishPolicy } from './config.ts'
import type { Candidate } from './decide.ts'
import type { Files } from './publication.ts'
import type { Sources } from './sources.ts'

/** What is looked at before a network comes. */
export interface CheckWorld extends Pick<Sources, 'networks' | 'loadedAtMs'> {
  readonly cni: Pick<Cni, 'validateNetworkList' | 'findPlugin'>
  /** Whether a daemon listens at a unix socket. */
  readonly isListening: (socket: string) => Promise<boolean>
  readonly clock: Clock
}

const CHECK_TIMEOUT_MS = 5_000

/**
 * Looks at the sources again and again: which candidates there are, and whether they could be used as
 * they would be published. What is published stays, whatever becomes of it, and is not checked.
 */
export function candidateChecks(
  world: CheckWorld,
  policy: PublishPolicy,
): (published: Files, signal: AbortSignal) => Promise<readonly Candidate[]> {
  const { networks, loadedAtMs, clock } = world
  const problemOf = createChecks(world, policy)
  return (published, signal) => {
    const nowMs = clock.now()
    const sources = {
      plan: networks.plan(),
      status: networks.status(),
      loadedForMs: ({ name }: { readonly name: string }) => nowMs - loadedAtMs(name),
    }
    const checked = candidatesOf(sources, policy).map(async (candidate) => {
      const { file, text, readiness } = candidate
      if (!readiness.ready || published.get(file) === text) return candidate
      const reason = await problemOf(candidate, signal)
      return reason === undefined
        ? candidate
        : { ...candidate, readiness: { ready: false, reason } as const }
    })
    return Promise.all(checked)
  }
}

/**
 * Says why a candidate cannot come yet although its source is ready; undefined where it can. That a
 * text suits its plugins is asked for once, all else each time: it may be mended.
 */
function createChecks(
  { cni, isListening }: CheckWorld,
  { loopback }: Pick<PublishPolicy, 'loopback'>,
): (candidate: Candidate, signal: AbortSignal) => Promise<string | undefined> {
  /** The text that was found good, by file. */
  const good = new Map<string, string>()

  const loopbackProblem = async (): Promise<string | undefined> => {
    const found = loopback ? await cni.findPlugin('loopback') : undefined
    return found?.ok === false ? `every pod needs loopback: ${found.error.message}` : undefined
  }

  const textProblem = async (
    { file, text, isRewritten }: Candidate,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    if (!isRewritten || good.get(file) === text) return undefined
    const list = parseNetworkConfig(text, file)
    if (!list.ok) return list.error.message
    const call = { timeoutMs: CHECK_TIMEOUT_MS, signal }
    const [finding] = await cni.validateNetworkList(list.value, call)
    if (finding === undefined) good.set(file, text)
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

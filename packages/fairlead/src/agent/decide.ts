import type { PublishPolicy } from './config.ts'
import type { Files } from './publication.ts'

/** A network that the sources hold, as it would be published. */
export interface Candidate {
  readonly network: string
  /** The file it is published as. */
  readonly file: string
  readonly text: string
  /** Whether its text is another than the source's, which has been observed. */
  readonly isRewritten: boolean
  /** Whether it could be used now, as it stands there. */
  readonly readiness: { readonly ready: true } | { readonly ready: false; readonly reason: string }
  /** The networks that it delegates to. */
  readonly needs: readonly string[]
  /** Where its daemon has to listen before it comes. */
  readonly daemonSocket?: string
}

/** What a decision is made from. */
export interface Situation {
  /** In the order of their files. */
  readonly candidates: readonly Candidate[]
  /** Files of the sources that cannot be used as they are; what they said before stays. */
  readonly rejected: ReadonlySet<string>
  readonly published: Files
  /** For how long a published file has been gone from the sources, in ms; undefined where it is not known to be. */
  readonly goneForMs: (file: string) => number | undefined
  /** Why this text of a file was withdrawn; it is not published again as it is. */
  readonly quarantined: (file: string, text: string) => string | undefined
  /** How long the runtime has been Ready without a break; undefined where it is not. */
  readonly steadyForMs: number | undefined
}

/** What the conf dir shall hold now. */
export interface Decision {
  /** What it shall hold; what it holds already where there is nothing to do. */
  readonly files: Files
  /** What changes, in a sentence; undefined where nothing does. */
  readonly change: string | undefined
  /** Why a network is not published as its source has it, by network. */
  readonly waiting: ReadonlyMap<string, string>
}

/**
 * What to publish next. Changes of what is published come first, then what is new, then what goes: one
 * kind at a time, so that the runtime is seen to bear one before the next comes. What was published
 * stays when its source breaks or its plugin fails for a while, for an empty conf dir is worse.
 */
export function decide(situation: Situation, policy: PublishPolicy): Decision {
  const { candidates, published, quarantined } = situation
  const waiting = new Map<string, string>()
  const usable = candidates.filter(({ network, file, text, readiness }) => {
    if (published.get(file) === text) return false
    const refused = quarantined(file, text)
    const why = refused === undefined ? undefined : `it was withdrawn: ${refused}`
    const reason = why ?? (readiness.ready ? undefined : readiness.reason)
    if (reason !== undefined) waiting.set(network, reason)
    return reason === undefined
  })
  const changed = usable.filter(({ file }) => published.has(file))
  const arriving = inOrder(
    usable.filter(({ file }) => !published.has(file)),
    situation,
    policy,
    waiting,
  )
  const come = changed.length > 0 ? changed : arriving
  if (come.length > 0) {
    const files = new Map(published)
    for (const { file, text } of come) files.set(file, text)
    const verb = changed.length > 0 ? 'changes' : 'comes'
    return { files, change: come.map(({ network }) => `${network} ${verb}`).join(', '), waiting }
  }
  const going = goingOf(situation, policy)
  if (going.length === 0) return { files: published, change: undefined, waiting }
  const files = new Map(published)
  for (const file of going) files.delete(file)
  return { files, change: going.map((file) => `${file} goes`).join(', '), waiting }
}

/** Those of `arriving` whose turn it is. */
function inOrder(
  arriving: readonly Candidate[],
  situation: Situation,
  policy: PublishPolicy,
  waiting: Map<string, string>,
): readonly Candidate[] {
  const { candidates, published, steadyForMs } = situation
  const isPublished = (network: string) =>
    candidates.some((one) => one.network === network && published.has(one.file))
  const free = arriving.filter(({ network, needs }) => {
    const first = policy.primary
    const missing =
      needs.find((need) => !isPublished(need)) ??
      (first !== undefined && first !== network && !isPublished(first) ? first : undefined)
    if (missing !== undefined) waiting.set(network, `${missing} comes first`)
    return missing === undefined
  })
  if (!policy.staged) return free
  const [next, ...later] = free
  if (next === undefined) return []
  const tell = (one: Candidate, reason: string) => waiting.set(one.network, reason)
  // Where all that is published has gone, nothing is left that has to be borne first: it may be why the
  // runtime is not Ready, and the last of it only goes when something else has come.
  const hasToBeBorne = goneOf(situation, policy).length < published.size
  if (hasToBeBorne && (steadyForMs ?? 0) < policy.steadyFor) {
    const lasts = steadyForMs === undefined ? 'is not Ready' : 'has not been Ready for long'
    for (const one of free) tell(one, `the runtime ${lasts}`)
    return []
  }
  for (const one of later) tell(one, `${next.network} comes first`)
  return [next]
}

function goingOf(situation: Situation, policy: PublishPolicy): readonly string[] {
  const gone = goneOf(situation, policy)
  return gone.length === situation.published.size && !policy.withdrawLast ? [] : gone
}

/** The published files that have been gone from the sources for long. */
function goneOf(
  { published, candidates, rejected, goneForMs }: Situation,
  policy: PublishPolicy,
): readonly string[] {
  const isThere = (file: string) =>
    rejected.has(file) || candidates.some((candidate) => candidate.file === file)
  return [...published.keys()].filter((file) => {
    const forMs = goneForMs(file)
    return !isThere(file) && forMs !== undefined && forMs >= policy.sourceGoneFor
  })
}

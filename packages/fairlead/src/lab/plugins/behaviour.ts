/**
 * What a steerable plugin does when it is run; a scenario chooses one for each plugin and verb.
 *
 * - `answer`: the right answer, at once.
 * - `hold`: the right answer, once released.
 * - `delay`: the right answer, after `ms`.
 * - `fail`: the spec's error object and exit code 1.
 * - `crash`: ends itself by SIGSEGV.
 * - `garbage`: prints something that is no JSON and exits with 0.
 * - `flood`: prints so many MB and exits with 0.
 * - `orphan`: the right answer at once, from a plugin that leaves a child behind which keeps its stdout
 *   open for `ms`.
 */
export type Behaviour =
  | { readonly kind: 'answer' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly code: number; readonly msg: string }
  | { readonly kind: 'crash' }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'flood'; readonly mb: number }
  | { readonly kind: 'orphan'; readonly ms: number }

/** What the host tells a waiting plugin to do. */
export type Reply =
  | {
      readonly action: 'exit'
      readonly exitCode: number
      readonly stdout: string
      /** A child stays behind for so long, with the plugin's stdout. */
      readonly orphanMs?: number
    }
  | { readonly action: 'flood'; readonly mb: number }
  | { readonly action: 'signal'; readonly signal: 'SEGV' }
  | { readonly action: 'delegate'; readonly executable: string; readonly stdin: string }

/** A reply, and the word for it in a trace. */
export interface Outcome {
  readonly reply: Reply
  readonly outcome: string
}

/** Exit code 0 with `value` as the result; nothing on stdout for `undefined`. */
export function succeed(value?: unknown): Outcome {
  const stdout = value === undefined ? '' : JSON.stringify(value)
  return { reply: { action: 'exit', exitCode: 0, stdout }, outcome: 'succeeded' }
}

/** The code that skel answers with for any plain error (libcni types.ErrInternal). */
export const ERR_INTERNAL = 999

/** The error object of CNI spec 1.1.0 section 5, "Error". */
export function fail(cniVersion: string, code: number, msg: string): Outcome {
  const stdout = JSON.stringify({ cniVersion, code, msg })
  return { reply: { action: 'exit', exitCode: 1, stdout }, outcome: `failed: ${msg}` }
}

/** Ends by SIGSEGV. */
export const CRASH: Outcome = { reply: { action: 'signal', signal: 'SEGV' }, outcome: 'crashed' }

/** Success by exit code, nonsense by content. */
export const GARBAGE: Outcome = {
  reply: { action: 'exit', exitCode: 0, stdout: 'Segmentation fault (core dumped)\n' },
  outcome: 'printed garbage',
}

/** More than a runtime should ever keep in memory. */
export function flood(mb: number): Outcome {
  return { reply: { action: 'flood', mb }, outcome: `printed ${mb} MB` }
}

/** The same, from a plugin that leaves a child behind. */
export function withOrphan(outcome: Outcome, orphanMs: number): Outcome {
  const { reply } = outcome
  return reply.action === 'exit' ? { ...outcome, reply: { ...reply, orphanMs } } : outcome
}

/** `cniVersion` of the configuration that a plugin got on stdin. */
export function cniVersionOf(execution: { readonly stdin: string }): string {
  try {
    const conf: unknown = JSON.parse(execution.stdin)
    if (typeof conf === 'object' && conf !== null && 'cniVersion' in conf) {
      return String(conf.cniVersion)
    }
  } catch {
    // Not JSON: a plugin cannot know the version either, and answers in the oldest it has.
  }
  return '0.3.1'
}

const VERBS: ReadonlySet<string> = new Set(['ADD', 'DEL', 'CHECK', 'STATUS', 'GC', 'VERSION'])

const CALLS: Readonly<Record<string, string>> = {
  RunPodSandbox: 'tone-run',
  StopPodSandbox: 'tone-stop',
  RemovePodSandbox: 'tone-remove',
}

/** The colour class of a CNI verb. */
export function verbTone(verb: string): string {
  return VERBS.has(verb) ? `tone-${verb.toLowerCase()}` : 'tone-other'
}

/** The colour class of a CRI call. */
export function callTone(call: string): string {
  return CALLS[call] ?? 'tone-other'
}

import type { ReadyCondition } from '../../../kubelet/ready-condition.ts'
import { seconds } from './format.ts'

/** A change of the Ready condition, in a few words. */
export interface ReadyNote {
  readonly status: ReadyCondition['status']
  readonly text: string
}

const NOTES_MAX = 4

/**
 * What became of Ready: `NotReady 38.2 s: container runtime is down`, `Ready 49.1 s`. The time before
 * the first Ready is a boot like any other and left out, unless Ready never came.
 */
export function readyNotes(ready: readonly ReadyCondition[]): ReadyNote[] {
  const changes = ready.filter((condition, i) => condition.status !== ready[i - 1]?.status)
  const firstTrue = changes.findIndex((condition) => condition.status === 'True')
  const last = ready.at(-1)
  if (last === undefined) return [{ status: 'False', text: 'No condition posted' }]
  if (firstTrue === -1) {
    return [{ status: 'False', text: `Never Ready: ${shortMessage(last.message)}` }]
  }
  const [first, ...later] = changes.slice(firstTrue)
  if (first !== undefined && later.length === 0) {
    return [{ status: 'True', text: `Ready from ${seconds(first.atMs)}` }]
  }
  if (later.length <= NOTES_MAX) return later.map(note)
  const shown = later.slice(0, NOTES_MAX - 1)
  const left = later.length - shown.length
  return [...shown.map(note), { status: last.status, text: `${left} more changes` }]
}

function note(condition: ReadyCondition): ReadyNote {
  const { status, atMs } = condition
  const text =
    status === 'True'
      ? `Ready ${seconds(atMs)}`
      : `NotReady ${seconds(atMs)}: ${shortMessage(condition.message)}`
  return { status, text }
}

/** The first of kubelet's messages, without what follows its colon. */
export function shortMessage(message: string): string {
  const [first = message] = message.replace(/^\[/, '').split(/: |, |\]$/)
  return first
}

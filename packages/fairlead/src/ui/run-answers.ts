import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Runs } from './runs.ts'

/** What a request is answered with. */
export interface Answer {
  readonly type: 'application/json' | 'text/plain'
  readonly content: string | Readable
}

/** `/api/runs`, `/api/runs/ID`, and of a trial `/api/runs/ID/TRIAL/timeline`, `trace` and `log`. */
export async function answerOfRuns(pathname: string, runs: Runs): Promise<Answer | undefined> {
  const parts = partsOf(pathname)
  if (parts === undefined) return undefined
  const [id, trialId, what, ...more] = parts
  if (more.length > 0) return undefined
  if (id === undefined) return json(await runs.list())
  if (trialId === undefined) return json(await runs.report(id))
  switch (what) {
    case 'timeline':
      return json(await runs.timeline(id, trialId))
    case 'trace':
      return text(await runs.file(id, trialId, 'trace'))
    case 'log':
      return text(await runs.file(id, trialId, 'runtimeLog'))
    default:
      return undefined
  }
}

/** What follows `/api/runs` in an address; undefined for another one. */
function partsOf(pathname: string): readonly string[] | undefined {
  const [, api, runs, ...parts] = pathname.split('/')
  if (api !== 'api' || runs !== 'runs') return undefined
  try {
    return parts.map(decodeURIComponent)
  } catch {
    // Not everything with a % in it means something.
    return undefined
  }
}

function json(value: unknown): Answer | undefined {
  if (value === undefined) return undefined
  return { type: 'application/json', content: JSON.stringify(value) }
}

function text(file: string | undefined): Answer | undefined {
  return file === undefined ? undefined : { type: 'text/plain', content: createReadStream(file) }
}

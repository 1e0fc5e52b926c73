import type { Timeline, TrialReport } from '../report.ts'
import { relativeHref } from './format.ts'

/** The timelines that scripts have put into the page, by the id of their trial. */
declare global {
  var fairleadTimelines: Readonly<Record<string, Timeline>> | undefined
}

/**
 * The timeline of a trial: from the page, if it was put there, else from the script beside it. Undefined
 * if there is none. A script, since a page opened from disk cannot fetch.
 */
export async function loadTimeline({ id, files }: TrialReport): Promise<Timeline | undefined> {
  const known = globalThis.fairleadTimelines?.[id]
  if (known !== undefined) return known
  const script = document.createElement('script')
  script.src = relativeHref(files.timeline)
  await new Promise((resolve) => {
    script.addEventListener('load', resolve, { once: true })
    script.addEventListener('error', resolve, { once: true })
    document.head.append(script)
  })
  script.remove()
  return globalThis.fairleadTimelines?.[id]
}

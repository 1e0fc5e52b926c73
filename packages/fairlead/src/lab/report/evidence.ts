import { copyFile } from 'node:fs/promises'
import path from 'node:path'
import { isPlainFile } from '../../files.ts'
import { readTraceFile } from '../trace-file.ts'
import type { Source } from './merge.ts'
import { timelineOf } from './timeline.ts'
import { writeTimeline } from './write.ts'

/**
 * Copies the traces and logs of merged trials beside the merged report, and makes the timelines from the
 * traces. Says how many trials came without one of them: a `report.json` may have been taken alone.
 *
 * @throws {FairleadError} FL_TRACE_INVALID when a trace is none.
 */
export async function copyEvidence(sources: readonly Source[], dir: string): Promise<number> {
  let lacking = 0
  for (const { trial, from, dir: fromDir } of sources) {
    const copy = (file: 'trace' | 'runtimeLog') =>
      copyIfThere(path.join(fromDir, from.files[file]), path.join(dir, trial.files[file]))
    const [trace, log] = await Promise.all([copy('trace'), copy('runtimeLog')])
    if (trace) {
      const events = await readTraceFile(path.join(dir, trial.files.trace))
      await writeTimeline(path.join(dir, trial.files.timeline), trial.id, timelineOf(events))
    }
    if (!trace || !log) lacking += 1
  }
  return lacking
}

async function copyIfThere(from: string, to: string): Promise<boolean> {
  if (!(await isPlainFile(from))) return false
  await copyFile(from, to)
  return true
}

import type { Advisory } from '../advisories/advisory.ts'
import { diagnose } from './diagnose.ts'
import { landmarksOf } from './landmarks.ts'
import { FileReader } from './file-reader.ts'
import type { DoctorReport } from './report.ts'
import { filesSource } from './sources/files.ts'
import type { Language } from './words.ts'

/**
 * What the logs, outputs and bundles at these paths say of the nodes they are of. Everything is read
 * only.
 *
 * @throws {FairleadError} FL_SOURCE where there is nothing to be read.
 */
export async function consult(
  paths: readonly string[],
  options: {
    readonly advisories: readonly Advisory[]
    readonly language: Language
    readonly signal: AbortSignal
  },
): Promise<DoctorReport> {
  const landmarks = landmarksOf(options.advisories)
  const sources = await Promise.all(
    paths.map((path) => filesSource(path, (file) => new FileReader(file, landmarks))),
  )
  return diagnose({ sources, ...options })
}

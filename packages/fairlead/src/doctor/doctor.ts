import path from 'node:path'
import { isThere } from '../files.ts'
import type { Advisory } from '../advisories/advisory.ts'
import { type ClusterLook, clusterSource } from './cluster/cluster-source.ts'
import { diagnose } from './diagnose.ts'
import { landmarksOf } from './landmarks.ts'
import { FileReader } from './file-reader.ts'
import type { DoctorReport } from './report.ts'
import type { NodeLook, NodeOptions } from './node/node-source.ts'
import { filesSource } from './sources/files.ts'
import type { Source } from './sources/source.ts'
import type { ReaderOf } from './sources/unpack.ts'
import type { Language } from '../language.ts'

/**
 * What the logs, outputs and bundles at these paths, the node that this runs on and a cluster say of the nodes
 * they are of. Everything is read only.
 *
 * @throws {FairleadError} FL_SOURCE where there is nothing to be read, FL_REPORT_INVALID for a lab's report.
 */
export async function consult(
  paths: readonly string[],
  options: {
    readonly advisories: readonly Advisory[]
    readonly language: Language
    readonly signal: AbortSignal
    /** How to look at the node that this runs on; undefined where nobody asks for it. */
    readonly node?: NodeLook
    /** The cluster to ask; undefined where nobody asks for it. */
    readonly cluster?: ClusterLook
  },
): Promise<DoctorReport> {
  const landmarks = landmarksOf(options.advisories)
  const readerOf: ReaderOf = (file) => new FileReader(file, landmarks)
  const { node, cluster } = options
  const sources = await Promise.all([
    ...paths.map((given) => sourceOf(given, readerOf)),
    ...(node === undefined ? [] : [thisNode({ ...node, readerOf })]),
  ])
  const clusters = cluster === undefined ? [] : [clusterSource(cluster, landmarks)]
  return diagnose({ sources: [...sources, ...clusters], ...options })
}

async function sourceOf(given: string, readerOf: ReaderOf): Promise<Source> {
  // What reads a report of the lab takes longer to be loaded than most logs to be read.
  if (await isThere(path.join(given, 'traces'))) {
    const [{ isLabReport, trialsSource }, { readReport }] = await Promise.all([
      import('./trials/trials-source.ts'),
      import('../lab/report/read.ts'),
    ])
    if (await isLabReport(given)) return trialsSource(await readReport(given), readerOf)
  }
  return filesSource(given, readerOf)
}

async function thisNode(options: NodeOptions): Promise<Source> {
  const { nodeSource } = await import('./node/node-source.ts')
  return nodeSource(options)
}

import type { KubeObject } from '../../kube/api.ts'
import { jsonOrUndefined } from '../../json.ts'
import { SLOT, SLOT_RESULT, SLOT_TARGET, slotResultSchema } from '../node-contract.ts'
import type { Progress } from '../node-step.ts'
import type { Executor, Move } from './executor.ts'

/** The agent of each node moves it, between slots that lie side by side; the Node object says where to, and what came of it. */
export const slotExecutor: Executor = {
  versionOf: (node) => annotation(node, SLOT),
  marksFor: (_, version) =>
    version === undefined ? {} : { annotations: { [SLOT_TARGET]: version, [SLOT_RESULT]: null } },
  progress,
  move: () => Promise.resolve(undefined),
}

function progress({ node, version }: Move): Progress {
  const { data: result } = slotResultSchema.safeParse(
    jsonOrUndefined(annotation(node, SLOT_RESULT)),
  )
  if (annotation(node, SLOT_TARGET) !== version) {
    return { at: 'failed', reason: `was sent to ${annotation(node, SLOT_TARGET) ?? 'nothing'}` }
  }
  const isAboutIt = result?.target === version
  if (isAboutIt && result.outcome === 'failed') {
    return { at: 'failed', reason: `is not on ${version}: ${result.message}` }
  }
  if (annotation(node, SLOT) === version) return { at: 'there' }
  const why = isAboutIt ? result.message : `its agent has not answered to ${version}`
  return { at: 'on-the-way', why }
}

function annotation(node: KubeObject, name: string): string | undefined {
  return node.metadata.annotations?.[name]
}

import type { KubeObject, ObjectRef } from '../../kube/api.ts'
import type { Upgrade } from '../decide.ts'
import { RUNTIME_UPGRADES } from '../resource.ts'
import { specSchema } from '../spec.ts'
import { statusSchema } from '../status.ts'

/** An upgrade's place in the API. */
export function upgradeRef(name: string): ObjectRef {
  return { resource: RUNTIME_UPGRADES, name }
}

/** Reads a RuntimeUpgrade as it is stored; a sentence where it is none. */
export function upgradeOf({ metadata, spec, status }: KubeObject): Upgrade | string {
  const parsed = specSchema.safeParse(spec)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `spec.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`
  }
  // A status that nobody of ours wrote is as good as none: what was begun is found by the nodes' notes.
  const known = statusSchema.safeParse(status)
  return {
    uid: metadata.uid ?? '',
    name: metadata.name,
    ...(metadata.generation === undefined ? {} : { generation: metadata.generation }),
    spec: parsed.data,
    status: known.success ? known.data : undefined,
  }
}

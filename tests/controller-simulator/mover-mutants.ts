import type { KubeApi } from '../../packages/fairlead/src/kube/api.ts'
import { JOBS, nameFor } from '../../packages/fairlead/src/upgrade/executors/jobs.ts'
import { NOTE, noteOf, PLAN } from '../../packages/fairlead/src/upgrade/node-contract.ts'
import type { MoverName } from './movers.ts'
import type { Mutant } from './schedule.ts'

/** Mistakes that a controller could make with who moves the nodes, each around the code and not in it. */
export const MOVER_MUTANTS: Readonly<
  Record<string, { readonly mover: MoverName; readonly mutant: Mutant }>
> = {
  'leaves a node in its Plan when the Plan may not work on it any more': around('plan', (api) => ({
    patch: (ref, patch, call) => {
      const { labels, ...metadata } = Object(patch['metadata'])
      const isTakenAway = Object.values(Object(labels)).includes(null)
      return api.patch(ref, isTakenAway ? { ...patch, metadata } : patch, call)
    },
  })),
  'sends a node back before it is out of the Plan forward': around('plan', (api) => ({
    patch: (ref, patch, call) => {
      const { annotations, ...metadata } = Object(patch['metadata'])
      const note = noteOf(Object(annotations)[NOTE])
      if (note?.phase !== 'rollback') return api.patch(ref, patch, call)
      const plan = nameFor({ name: 'up', uid: note.upgrade }, 'rollback', note.from)
      const sent = { ...metadata, annotations, labels: { [PLAN]: plan } }
      return api.patch(ref, { ...patch, metadata: sent }, call)
    },
  })),
  'sends a node back while its Job forward runs': around('job', (api) => ({
    get: async (ref, call) => {
      if (ref.resource !== JOBS) return api.get(ref, call)
      return { ok: false, error: { reason: 'not-found', message: 'there is none' } }
    },
  })),
}

function around(mover: MoverName, change: (api: KubeApi) => Partial<KubeApi>) {
  const mutant: Mutant = (world) => ({ ...world, api: { ...world.api, ...change(world.api) } })
  return { mover, mutant }
}

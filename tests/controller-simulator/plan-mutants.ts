import { JOBS, nameFor } from '../../packages/fairlead/src/upgrade/executors/jobs.ts'
import { NOTE, noteOf, PLAN } from '../../packages/fairlead/src/upgrade/node-contract.ts'
import type { Mutant } from './schedule.ts'

/** Mistakes that a controller could make with Plans of system-upgrade-controller, each around the code and not in it. */
export const PLAN_MUTANTS: Readonly<Record<string, Mutant>> = {
  'leaves a node in its Plan when the Plan may not work on it any more': (world) => ({
    ...world,
    api: {
      ...world.api,
      patch: (ref, patch, call) => {
        const { labels, ...metadata } = Object(patch['metadata'])
        const isTakenAway = Object.values(Object(labels)).includes(null)
        return world.api.patch(ref, isTakenAway ? { ...patch, metadata } : patch, call)
      },
    },
  }),
  'takes a Job that runs for one that has ended': (world) => ({
    ...world,
    api: {
      ...world.api,
      list: async (resource, query, call) => {
        const listed = await world.api.list(resource, query, call)
        if (!listed.ok || resource !== JOBS) return listed
        const status = { conditions: [{ type: 'Complete', status: 'True' }] }
        const items = listed.value.items.map((job) => ({ ...job, status }))
        return { ok: true, value: { ...listed.value, items } }
      },
    },
  }),
  'sends a node back before it is out of the Plan forward': (world) => ({
    ...world,
    api: {
      ...world.api,
      patch: (ref, patch, call) => {
        const { annotations, ...metadata } = Object(patch['metadata'])
        const note = noteOf(Object(annotations)[NOTE])
        if (note?.phase !== 'rollback') return world.api.patch(ref, patch, call)
        const plan = nameFor({ name: 'up', uid: note.upgrade }, 'rollback', note.from)
        const sent = { ...metadata, annotations, labels: { [PLAN]: plan } }
        return world.api.patch(ref, { ...patch, metadata: sent }, call)
      },
    },
  }),
}

import type { KubeApi, KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import { NOTE, noteOf } from '../../packages/fairlead/src/upgrade/node-contract.ts'
import { RUNTIME_UPGRADES } from '../../packages/fairlead/src/upgrade/resource.ts'
import type { Mutant } from './schedule.ts'

/** Mistakes that a controller could make, each around the code and not in it. The rules have to find every one. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'writes to a node whatever has happened to it since': around((api) => ({
    patch: (ref, patch, call) => {
      const { resourceVersion: _, ...metadata } = Object(patch['metadata'])
      return api.patch(ref, { ...patch, metadata }, call)
    },
  })),
  'stores a status over one that it has not read': around((api) => ({
    replace: async (resource, object, call) => {
      if (resource.plural !== RUNTIME_UPGRADES.plural) return api.replace(resource, object, call)
      const { name } = object.metadata
      const status: unknown = object.status
      return api.patch({ resource, name }, { status: Object(status) }, { ...call, kind: 'merge' })
    },
  })),
  'lets nodes begin by what it remembers of them': around((api) => {
    const remembered = new Map<string, KubeObject>()
    return {
      get: async (ref, call) => {
        const known = remembered.get(ref.name)
        if (ref.resource !== NODES) return api.get(ref, call)
        if (known !== undefined) return { ok: true, value: known }
        const read = await api.get(ref, call)
        if (read.ok) remembered.set(ref.name, read.value)
        return read
      },
    }
  }),
  'believes that a node is Ready': around((api) => ({
    watch: seenAs(api, healthy),
    patch: async (...args) => {
      const result = await api.patch(...args)
      return result.ok ? { ok: true, value: healthy(result.value) } : result
    },
  })),
  'looks away from a node that is done': around((api) => ({
    watch: seenAs(api, (node) => (isDone(node) ? healthy(node) : node)),
  })),
  'takes a node that is done for ill': around((api) => ({
    watch: seenAs(api, (node) => (isDone(node) ? ill(node) : node)),
  })),
  'measures a soak with a clock that runs twenty times too fast': (world) => ({
    ...world,
    clock: { ...world.clock, now: () => world.clock.now() * 20 },
  }),
}

function around(change: (api: KubeApi) => Partial<KubeApi>): Mutant {
  return (world) => ({ ...world, api: { ...world.api, ...change(world.api) } })
}

function seenAs(api: KubeApi, see: (object: KubeObject) => KubeObject): KubeApi['watch'] {
  return async function* (...args) {
    for await (const event of api.watch(...args)) {
      if (!('object' in event)) yield event
      else yield { ...event, object: see(event.object) }
    }
  }
}

function isDone({ metadata }: KubeObject): boolean {
  return noteOf(metadata.annotations?.[NOTE])?.phase === 'done'
}

function healthy(object: KubeObject): KubeObject {
  return withReady(object, 'True')
}

function ill(object: KubeObject): KubeObject {
  return withReady(object, 'False')
}

function withReady(object: KubeObject, status: 'True' | 'False'): KubeObject {
  if (object.kind !== 'Node') return object
  return { ...object, status: { conditions: [{ type: 'Ready', status, lastTransitionTime: '' }] } }
}

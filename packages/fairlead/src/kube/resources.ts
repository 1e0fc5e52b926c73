import type { KubeObject, ObjectRef, Resource } from './api.ts'

const core = { group: '', version: 'v1' }

/** Kubernetes' own kinds that Fairlead reads or writes. */
export const NODES: Resource = {
  ...core,
  plural: 'nodes',
  kind: 'Node',
  namespaced: false,
  status: true,
}
export const PODS: Resource = {
  ...core,
  plural: 'pods',
  kind: 'Pod',
  namespaced: true,
  status: true,
}
export const CONFIG_MAPS: Resource = {
  ...core,
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  status: false,
}
export const EVENTS: Resource = {
  ...core,
  plural: 'events',
  kind: 'Event',
  namespaced: true,
  status: false,
}
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
  status: false,
}
export const POD_DISRUPTION_BUDGETS: Resource = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
  status: true,
}

/** `v1`, `coordination.k8s.io/v1` */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`
}

/** Where the API server keeps a resource, or one object of it (Kubernetes API concepts, "Resource URIs"). */
export function pathOf(resource: Resource, namespace?: string, name?: string): string {
  const { group, version, plural } = resource
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const within =
    resource.namespaced && namespace !== undefined
      ? `/namespaces/${encodeURIComponent(namespace)}`
      : ''
  const last = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${base}${within}/${plural}${last}`
}

/** `nodes/n1`, `pods/kube-system/cilium-x` */
export function shown({ resource, namespace, name }: ObjectRef): string {
  return [resource.plural, ...(namespace === undefined ? [] : [namespace]), name].join('/')
}

/** The key of an object among those of its resource. */
export function keyOf({ metadata }: Pick<KubeObject, 'metadata'>): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
}

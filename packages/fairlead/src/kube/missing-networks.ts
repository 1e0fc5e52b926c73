import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import type { KubeObject } from './api.ts'

/** The networks that a pod asks for, and those it has (Network Plumbing Working Group, "De-facto standard"). */
export const REQUESTED = 'k8s.v1.cni.cncf.io/networks'
const ATTACHED = 'k8s.v1.cni.cncf.io/network-status'

const requestSchema = z.array(z.object({ name: z.string(), namespace: z.string().optional() }))
const statusSchema = z.array(z.object({ name: z.string() }))

/** The networks that a pod asks for and was not attached to, by namespace and name. */
export function missingNetworks({
  annotations = {},
  namespace = '',
}: Pick<KubeObject['metadata'], 'annotations' | 'namespace'>): readonly string[] {
  const attached = statusSchema.safeParse(jsonOrUndefined(annotations[ATTACHED])).data ?? []
  const left = attached.map(({ name }) => name)
  return requestedNetworks(annotations[REQUESTED] ?? '', namespace).filter((network) => {
    // Multus writes namespace and name; those before 3.3 wrote the name in the CNI config.
    const name = network.slice(network.indexOf('/') + 1)
    const at = left.findIndex((one) => one === network || one === name)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

/** Those of an object's annotations that tell of its networks. */
export function networkAnnotations({ metadata }: KubeObject): Readonly<Record<string, string>> {
  const all = Object.entries(metadata.annotations ?? {})
  return Object.fromEntries(all.filter(([key]) => key === REQUESTED || key === ATTACHED))
}

/** `a, ns/b@eth1` or a list of objects, as `namespace/name` each. What is neither asks for nothing. */
export function requestedNetworks(annotation: string, namespace: string): readonly string[] {
  const listed = requestSchema.safeParse(jsonOrUndefined(annotation)).data
  if (listed !== undefined) {
    return listed.map((one) => `${one.namespace ?? namespace}/${one.name}`)
  }
  if (/^\s*[[{]/.test(annotation)) return []
  return annotation.split(',').flatMap((part) => {
    const [, own, name] = /^\s*(?:([^/@\s]+)\/)?([^/@\s]+)(?:@\S*)?\s*$/.exec(part) ?? []
    return name === undefined ? [] : [`${own ?? namespace}/${name}`]
  })
}

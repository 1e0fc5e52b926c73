import { z } from 'zod'
import type { KubeObject, ObjectMeta, Selection } from './api.ts'

type Test = (object: KubeObject) => boolean

/** Whether an object is one of a selection; a selector that cannot be read is told as `problem`. */
export type Selector =
  | { readonly ok: true; readonly matches: Test }
  | { readonly ok: false; readonly problem: string }

/** Fields that may be selected by beside name and namespace (Kubernetes 1.32, per kind). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec.nodeName', 'spec.schedulerName', 'status.phase', 'status.podIP'],
  nodes: ['spec.unschedulable'],
  events: [
    'involvedObject.kind',
    'involvedObject.name',
    'involvedObject.namespace',
    'involvedObject.uid',
    'reason',
    'type',
  ],
}

/** Reads the selectors of a list or watch, as the API server does. */
export function selectorOf(plural: string, selection: Selection): Selector {
  const { namespace, labelSelector = '', fieldSelector = '' } = selection
  const tests: Test[] = []
  if (namespace !== undefined) tests.push(({ metadata }) => metadata.namespace === namespace)
  for (const requirement of split(labelSelector)) {
    const test = labelTest(requirement)
    if (test === undefined)
      return { ok: false, problem: `cannot read label selector ${requirement}` }
    tests.push(({ metadata }) => test(metadata.labels ?? {}))
  }
  for (const requirement of split(fieldSelector)) {
    const [, field = '', operator, value = ''] = /^([^=!]+)(==?|!=)(.*)$/.exec(requirement) ?? []
    const known = ['metadata.name', 'metadata.namespace', ...(FIELDS[plural] ?? [])]
    if (!known.includes(field)) {
      return { ok: false, problem: `field label not supported: ${field || requirement}` }
    }
    const keys = field.split('.')
    tests.push((object) => (fieldOf(object, keys) === value) === (operator !== '!='))
  }
  return { ok: true, matches: (object) => tests.every((test) => test(object)) }
}

/** At the commas that are not within parentheses. */
function split(selector: string): readonly string[] {
  const parts: string[] = []
  let begin = 0
  let isWithin = false
  for (let at = 0; at <= selector.length; at += 1) {
    const character = selector[at] ?? ','
    if (character === '(') isWithin = true
    else if (character === ')') isWithin = false
    else if (character === ',' && (!isWithin || at === selector.length)) {
      parts.push(selector.slice(begin, at))
      begin = at + 1
    }
  }
  return parts.flatMap((part) => part.trim() || [])
}

type Labels = NonNullable<ObjectMeta['labels']>

function labelTest(requirement: string): ((labels: Labels) => boolean) | undefined {
  const set = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement)
  if (set !== null) {
    const [, key = '', operator, list = ''] = set
    const values = new Set(list.split(',').map((value) => value.trim()))
    return (labels) => {
      const value = labelOf(labels, key)
      return operator === 'in'
        ? value !== undefined && values.has(value)
        : value === undefined || !values.has(value)
    }
  }
  const equality = /^([\w./-]+)\s*(==?|!=)\s*([\w.-]*)$/.exec(requirement)
  if (equality !== null) {
    const [, key = '', operator, value] = equality
    return (labels) => (labelOf(labels, key) === value) === (operator !== '!=')
  }
  const [, not, key = ''] = /^(!?)([\w./-]+)$/.exec(requirement) ?? []
  return key === '' ? undefined : (labels) => (labelOf(labels, key) === undefined) === (not === '!')
}

/** A label may be called as something that every object has. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined
}

function fieldOf(object: unknown, keys: readonly string[]): string {
  let value = object
  for (const key of keys) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
}

const labelSelectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
})

/** Whether labels are those of a `LabelSelector` as objects hold it; of none that cannot be read. */
export function labelsMatch(selector: unknown, labels: Labels = {}): boolean {
  const parsed = labelSelectorSchema.safeParse(selector).data
  if (parsed === undefined) return false
  return (
    Object.entries(parsed.matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
    parsed.matchExpressions.every(({ key, operator, values }) => {
      const value = labelOf(labels, key)
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
      }
    })
  )
}

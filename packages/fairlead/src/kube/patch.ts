import type { PatchKind } from './api.ts'

/**
 * Lists of Kubernetes' own kinds that a strategic merge patch merges, by the key of their items (`patchMergeKey`,
 * k8s.io/api v0.32 core/v1/types.go); every other list it replaces.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  conditions: 'type',
  addresses: 'type',
  ownerReferences: 'uid',
  containers: 'name',
}

/** What `target` becomes by a merge patch (RFC 7386), or by a strategic one. */
export function patched(target: unknown, patch: unknown, kind: PatchKind): unknown {
  if (!isMap(patch)) return patch
  const result = new Map(Object.entries(isMap(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    const before = result.get(key)
    const mergeKey = kind === 'strategic' ? MERGE_KEYS[key] : undefined
    if (value === null) result.delete(key)
    else if (mergeKey !== undefined && Array.isArray(value)) {
      result.set(key, mergedList(before, value, mergeKey))
    } else result.set(key, patched(before, value, kind))
  }
  return Object.fromEntries(result)
}

function mergedList(before: unknown, patch: readonly unknown[], mergeKey: string): unknown {
  const items: unknown[] = Array.isArray(before) ? [...before] : []
  for (const item of patch) {
    const key = keyed(item, mergeKey)
    const at = items.findIndex((other) => keyed(other, mergeKey) === key)
    if (keyed(item, '$patch') === 'delete') items.splice(at, at === -1 ? 0 : 1)
    else if (at === -1) items.push(item)
    else items[at] = patched(items[at], item, 'strategic')
  }
  return items
}

function keyed(item: unknown, key: string): unknown {
  return isMap(item) ? item[key] : undefined
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

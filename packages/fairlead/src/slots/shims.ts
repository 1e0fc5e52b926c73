import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import { compareVersions, parseVersion } from '../advisories/version.ts'
import type { Slot } from './slot.ts'

// What a shim tells the containerd that starts it, kept beside the pod (CD@v2.1.9:core/runtime/v2/shim.go).
const bootstrap = z.object({ version: z.number() })
const NAMESPACE = 'k8s.io'

/**
 * The newest way of speaking with a shim that a containerd knows. One that it does not know is a pod that it ends
 * when it starts (measured: 1.7.24 with pods of 2.1.9).
 */
function newestShimVersion({ manifest }: Slot): number {
  return (parseVersion(manifest.runtime.version)?.numbers[0] ?? 0) < 2 ? 2 : 3
}

/** Whether the version of a slot comes before that of another. */
export function isOlder(slot: Slot, other: Slot): boolean {
  const [version, reference] = [slot, other].map(({ manifest }) =>
    parseVersion(manifest.runtime.version),
  )
  return version !== undefined && reference !== undefined && compareVersions(version, reference) < 0
}

/**
 * Refuses a version that would end pods, since it does not understand their shims.
 *
 * @throws {Error} with how many pods that are.
 */
export async function checkShims(
  stateDir: string,
  pods: readonly string[],
  slot: Slot,
): Promise<void> {
  const newest = newestShimVersion(slot)
  let count = 0
  for (const id of pods) {
    const file = path.join(stateDir, 'io.containerd.runtime.v2.task', NAMESPACE, id)
    const text = await readFile(path.join(file, 'bootstrap.json'), 'utf8').catch(() => undefined)
    const { success, data } = bootstrap.safeParse(jsonOrUndefined(text))
    if (success && data.version > newest) count += 1
  }
  if (count === 0) return
  const runtime = `${slot.manifest.runtime.kind} ${slot.manifest.runtime.version}`
  throw new Error(
    `${runtime} would end ${count} of ${pods.length} pods, which have the shim of a newer version: drain the node, or add --force`,
  )
}

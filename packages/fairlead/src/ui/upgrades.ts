import { FairleadError, messageOf } from '../errors.ts'
import type { KubeApi, KubeObject } from '../kube/api.ts'
import { RUNTIME_UPGRADES } from '../upgrade/resource.ts'
import { specSchema } from '../upgrade/spec.ts'
import { statusSchema, type UpgradeStatus } from '../upgrade/status.ts'

const CALL_TIMEOUT_MS = 10_000
const UPGRADES_MAX = 100

/** The upgrades of a cluster; or why they cannot be told, and what to do. */
export type UpgradesAnswer =
  | { readonly ok: true; readonly upgrades: readonly UpgradeSummary[] }
  | { readonly ok: false; readonly problem: string; readonly hint: string }

/** An upgrade as the page shows it. */
export interface UpgradeSummary {
  readonly name: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly content:
    | {
        readonly ok: true
        readonly version: string
        /** Undefined where no controller has looked at it yet. */
        readonly status: UpgradeStatus | undefined
      }
    /** Why it cannot be shown. */
    | { readonly ok: false; readonly problem: string }
}

/** The RuntimeUpgrades of the cluster, the latest first; a cluster is only looked for when they are asked for. */
export async function upgradesOf(
  connect: () => Promise<KubeApi & Disposable>,
  signal: AbortSignal,
): Promise<UpgradesAnswer> {
  try {
    using api = await connect()
    const call = { timeoutMs: CALL_TIMEOUT_MS, signal }
    const list = await api.list(RUNTIME_UPGRADES, { limit: UPGRADES_MAX }, call)
    if (list.ok) {
      const upgrades = list.value.items.map(summaryOf)
      return {
        ok: true,
        upgrades: upgrades.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
      }
    }
    if (list.error.reason !== 'not-found') {
      const hint = 'The page asks again by itself.'
      return { ok: false, problem: `The API server: ${list.error.message}`, hint }
    }
    return {
      ok: false,
      problem: 'This cluster knows no RuntimeUpgrade.',
      hint: 'Install deploy/crds/fairlead.dev_runtimeupgrades.yaml where `fairlead upgrade` is to be used.',
    }
  } catch (error) {
    const hint = error instanceof FairleadError ? (error.hint ?? '') : ''
    return { ok: false, problem: messageOf(error), hint }
  }
}

function summaryOf({ metadata, ...object }: KubeObject): UpgradeSummary {
  const { name, creationTimestamp: createdAt = '' } = metadata
  const spec = specSchema.safeParse(object['spec'])
  if (!spec.success) {
    const [issue] = spec.error.issues
    const problem = `spec.${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not valid'}`
    return { name, createdAt, content: { ok: false, problem } }
  }
  const status = statusSchema.safeParse(object['status'])
  const { version } = spec.data.target
  return {
    name,
    createdAt,
    content: { ok: true, version, status: status.success ? status.data : undefined },
  }
}

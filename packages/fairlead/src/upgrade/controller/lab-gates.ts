import { z } from 'zod'
import type { KubeApi } from '../../kube/api.ts'
import { CONFIG_MAPS } from '../../kube/resources.ts'
import { objectionTo, remedyFor, SUMMARY_FILE } from '../lab-report.ts'
import type { LabGate, UpgradeSpec } from '../spec.ts'

/** Where reports are read. */
export interface LabWorld {
  readonly api: Pick<KubeApi, 'get'>
  /** Of their ConfigMaps, which is the controller's own. */
  readonly namespace: string
  readonly wallMs: () => number
}

/** How a gate that asks for a lab report is. */
export interface LabAnswer {
  readonly name: string
  /** Why nothing may begin, and what to run; undefined where it holds. */
  readonly objection: string | undefined
}

const CALL_TIMEOUT_MS = 10_000

const configMapSchema = z.object({ data: z.record(z.string(), z.string()).prefault({}) })

/** Reads the lab reports that a policy asks for, and says what speaks against beginning. */
export async function askLabGates(
  { gates, target }: Pick<UpgradeSpec, 'gates' | 'target'>,
  world: LabWorld,
  signal: AbortSignal,
): Promise<LabAnswer[]> {
  const asked = gates.flatMap(({ name, lab }) => (lab === undefined ? [] : [{ name, lab }]))
  return Promise.all(
    asked.map(async ({ name, lab }) => {
      const problem = await problemOf(lab, target.version, world, signal)
      const objection = problem === undefined ? undefined : `gate ${name} ${problem}`
      return { name, objection }
    }),
  )
}

async function problemOf(
  gate: LabGate,
  target: string,
  { api, namespace, wallMs }: LabWorld,
  signal: AbortSignal,
): Promise<string | undefined> {
  const ref = { resource: CONFIG_MAPS, namespace, name: gate.configMap }
  const read = await api.get(ref, { timeoutMs: CALL_TIMEOUT_MS, signal })
  if (!read.ok && read.error.reason !== 'not-found') return `is not known: ${read.error.message}`
  const objection = read.ok
    ? objectionTo(configMapSchema.safeParse(read.value).data?.data[SUMMARY_FILE], {
        gate,
        target,
        wallMs: wallMs(),
      })
    : 'is not there'
  if (objection === undefined) return undefined
  const where = `the lab report in the ConfigMap ${namespace}/${gate.configMap}`
  return `does not hold: ${where} ${objection}; run ${remedyFor({ gate, target }, namespace)}`
}

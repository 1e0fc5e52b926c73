import { z } from 'zod'
import { type FileKind, readDataFile } from '../data-file.ts'
import type { KubeObject, Resource } from '../kube/api.ts'
import { GATE_KINDS, specSchema, type UpgradeSpec } from './spec.ts'

export const GROUP = 'fairlead.dev'
export const VERSION = 'v1alpha1'
export const KIND = 'RuntimeUpgrade'
export const PLURAL = 'runtimeupgrades'

/** Where the API server keeps them. */
export const RUNTIME_UPGRADES: Resource = {
  group: GROUP,
  version: VERSION,
  plural: PLURAL,
  kind: KIND,
  namespaced: false,
  status: true,
}

/** A RuntimeUpgrade as people write it. */
const manifestSchema = z.strictObject({
  apiVersion: z.literal(`${GROUP}/${VERSION}`),
  kind: z.literal(KIND),
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: specSchema,
})

/** The same, as it is: lengths of time are not yet numbers, and what is not said is not there. */
const writtenSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
})

/** A RuntimeUpgrade from a file. */
export interface Manifest {
  readonly name: string
  readonly spec: UpgradeSpec
  /** As it was written, for an API server. */
  readonly object: KubeObject
}

const POLICY: FileKind = {
  word: 'RuntimeUpgrade',
  schemaFile: 'deploy/crds/fairlead.dev_runtimeupgrades.yaml',
  unknown: 'FL_UPGRADE_FILE',
  invalid: 'FL_UPGRADE_FILE',
  give: 'Give the path of a YAML file with a RuntimeUpgrade; docs/upgrade.md shows the smallest.',
}

/**
 * Reads a RuntimeUpgrade from a YAML file.
 *
 * @throws {FairleadError} FL_UPGRADE_FILE with file, line, column and what was expected.
 */
export async function readManifest(file: string): Promise<Manifest> {
  const { value, reject } = await readDataFile(file, manifestSchema, POLICY)
  const { value: written } = await readDataFile(file, writtenSchema, POLICY)
  const { metadata, spec } = value
  // The rules of the CRD that no schema says; an API server evaluates them as CEL.
  if (spec.soak.deadline < spec.soak.duration) {
    reject(
      ['spec', 'soak', 'deadline'],
      'is shorter than spec.soak.duration, so every node would fail',
    )
  }
  const empty = spec.windows.findIndex(({ start, end }) => start === end)
  if (empty !== -1) reject(['spec', 'windows', empty, 'end'], 'is the same as start')
  const [, second] = Object.keys(spec.executor)
  if (second !== undefined) reject(['spec', 'executor', second], 'more than one executor is given')
  const unclear = spec.gates.findIndex(
    (gate) => GATE_KINDS.filter((kind) => gate[kind] !== undefined).length !== 1,
  )
  if (unclear !== -1) {
    reject(['spec', 'gates', unclear], `a gate is one of ${GATE_KINDS.join(', ')}`)
  }
  return { name: metadata.name, spec, object: written }
}

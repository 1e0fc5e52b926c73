import { stringify } from 'yaml'
import { z } from 'zod'
import { GROUP, KIND, PLURAL, VERSION } from './resource.ts'
import { GATE_KINDS, specSchema } from './spec.ts'
import { statusSchema } from './status.ts'

/** The CustomResourceDefinition, by the name of its file in `deploy/crds/`. */
export function crdFiles(): ReadonlyMap<string, string> {
  const text = stringify(definition(), { lineWidth: 100, aliasDuplicateObjects: false })
  return new Map([[`${GROUP}_${PLURAL}.yaml`, text]])
}

/** The CustomResourceDefinition of a RuntimeUpgrade. */
function definition(): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Cluster',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: KIND.toLowerCase(),
        shortNames: ['rtu'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS,
          schema: { openAPIV3Schema: schema() },
        },
      ],
    },
  }
}

const COLUMNS = [
  { name: 'Version', type: 'string', jsonPath: '.spec.target.version' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Wave', type: 'integer', jsonPath: '.status.wave' },
  { name: 'Done', type: 'integer', jsonPath: '.status.done' },
  { name: 'Of', type: 'integer', jsonPath: '.status.total' },
  { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1 },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

interface Rule {
  readonly rule: string
  readonly message: string
}

const UNCHANGED: Rule = {
  rule: 'self == oldSelf',
  message: 'cannot be changed once it is there; make another RuntimeUpgrade',
}

/** What no structural schema says, by the way to the field. */
const RULES: Readonly<Record<string, readonly Rule[]>> = {
  'spec.target': [UNCHANGED],
  'spec.executor': [
    UNCHANGED,
    {
      rule:
        ['slot', 'job', 'plan', 'talos'].map((one) => `(has(self.${one}) ? 1 : 0)`).join(' + ') +
        ' <= 1',
      message: 'more than one executor is given',
    },
  ],
  'spec.gates[]': [
    {
      rule: `${GATE_KINDS.map((kind) => `(has(self.${kind}) ? 1 : 0)`).join(' + ')} == 1`,
      message: `a gate is one of ${GATE_KINDS.join(', ')}`,
    },
  ],
  'spec.nodeSelector': [UNCHANGED],
  'spec.canary': [UNCHANGED],
  'spec.waves': [UNCHANGED],
  'spec.approvedWaves': [{ rule: 'self >= oldSelf', message: 'cannot be taken back' }],
  'spec.soak': [
    {
      // An API server holds the default `{}` against the rule before it fills it.
      rule: '!has(self.deadline) || !has(self.duration) || duration(self.deadline) >= duration(self.duration)',
      message: 'deadline is shorter than duration, so every node would fail',
    },
  ],
  'spec.windows[]': [{ rule: 'self.start != self.end', message: 'end is the same as start' }],
}

function schema(): unknown {
  const { properties, required, type } = structural({
    ...jsonSchemaOf(z.object({ spec: specSchema, status: statusSchema.optional() })),
  })
  return {
    description: 'A change of the version that nodes run: canary, waves, soak, rollback.',
    type,
    required,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      ...(typeof properties === 'object' ? properties : {}),
    },
  }
}

function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  return { ...z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0' }) }
}

const KEPT = new Set([
  'type',
  'description',
  'required',
  'enum',
  'default',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'maxProperties',
])

/**
 * A schema as a structural one: no `additionalProperties: false` beside `properties`, and nothing else that an API server
 * refuses (apiextensions-apiserver/pkg/apiserver/schema/structural).
 */
function structural(schema: object, at = ''): Record<string, unknown> {
  const isIntOrString = Reflect.get(schema, 'x-kubernetes-int-or-string') === true
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (isUnboundedInteger(key, value)) return []
    if (isIntOrString && key === 'type') return []
    if (KEPT.has(key) || key.startsWith('x-kubernetes-')) return [[key, value]]
    if (typeof value !== 'object' || value === null) return []
    if (key === 'properties') {
      const below = Object.entries<unknown>({ ...value }).map(([name, one]) => [
        name,
        structural(Object(one), at === '' ? name : `${at}.${name}`),
      ])
      return [[key, Object.fromEntries(below)]]
    }
    if (key === 'items') return [[key, structural(value, `${at}[]`)]]
    return key === 'additionalProperties' ? [[key, structural(value, `${at}{}`)]] : []
  })
  const rules = RULES[at]
  return {
    ...Object.fromEntries(entries),
    ...(isIntOrString ? { anyOf: [{ type: 'integer' }, { type: 'string' }] } : {}),
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules }),
  }
}

/** zod says of every whole number that JavaScript can count to it. */
function isUnboundedInteger(key: string, value: unknown): boolean {
  return (
    (key === 'minimum' && value === Number.MIN_SAFE_INTEGER) ||
    (key === 'maximum' && value === Number.MAX_SAFE_INTEGER)
  )
}

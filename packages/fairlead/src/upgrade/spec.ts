import { z } from 'zod'
import { durationText } from '../duration.ts'
import { windowSchema } from './windows.ts'
import { share } from './quantity.ts'

/** Bounded, so that an API server can tell what comparing two of them costs. */
const labels = z.record(z.string(), z.string().max(63)).meta({ maxProperties: 50 })

/** What becomes of nodes when one has failed. */
const ON_FAILURE = ['pause', 'rollback-node', 'rollback-wave', 'rollback-all'] as const
/** Which nodes go back. */
const ROLLBACK_SCOPES = ['node', 'wave', 'all'] as const
/** See {@link ROLLBACK_SCOPES}. */
export type RollbackScope = (typeof ROLLBACK_SCOPES)[number]

/** More failed nodes than anybody lets pass; the names of all are kept in the status. */
const FAILED_MAX = 100

const canary = z.strictObject({
  nodes: share.default(3).describe('How many nodes go before all waves.'),
  nodeSelector: labels
    .prefault({})
    .describe('Labels of the nodes that may; all that are selected if not given.'),
})

const drain = z.strictObject({
  timeout: durationText
    .prefault('10m')
    .describe(
      'How long it may take. A node that is not empty then has failed, and is let go as it was.',
    ),
})

const soak = z.strictObject({
  duration: durationText
    .prefault('3m')
    .describe(
      'How long a node must be steadily healthy before it is done. A lapse begins it anew.',
    ),
  patience: durationText
    .prefault('15s')
    .describe('How long a lapse may last. After that the node has failed.'),
  deadline: durationText
    .prefault('15m')
    .describe('A node that has not been steady by then has failed.'),
})

const jobTemplate = z.strictObject({
  image: z
    .string()
    .min(1)
    .describe('With no tag it gets the version as one, as system-upgrade-controller does it.'),
  command: z.array(z.string()).max(100).optional().describe("In place of the image's entrypoint."),
  args: z.array(z.string()).max(100).optional().describe("In place of the image's arguments."),
  env: z.record(z.string(), z.string()).prefault({}).describe('More variables.'),
  serviceAccountName: z
    .string()
    .optional()
    .describe('Of its pod; the default one of the namespace if not given.'),
})
/** What a Job runs: privileged, on the node, whose files are at /host. */
export type JobTemplate = z.output<typeof jobTemplate>

/** What kubelet writes into `status.nodeInfo` of its Node, and a version is read from. */
const VERSION_FIELDS = ['containerRuntimeVersion', 'kubeletVersion'] as const
/** See {@link VERSION_FIELDS}. */
export type VersionField = (typeof VERSION_FIELDS)[number]

const versionField = z
  .enum(VERSION_FIELDS)
  .default('containerRuntimeVersion')
  .describe('Where status.nodeInfo of a Node says its version; kubeletVersion for k3s and RKE2.')

const jobExecutor = jobTemplate.extend({ nodeInfo: versionField })
/** See {@link executor}. */
export type JobExecutorSpec = z.output<typeof jobExecutor>

const planExecutor = jobExecutor.extend({
  namespace: z
    .string()
    .min(1)
    .default('system-upgrade')
    .describe('Where system-upgrade-controller is, and its Plans.'),
})
/** See {@link executor}. */
export type PlanExecutorSpec = z.output<typeof planExecutor>

const talosExecutor = z.strictObject({
  image: z
    .string()
    .min(1)
    .default('ghcr.io/siderolabs/installer')
    .describe('The installer, e.g. one of factory.talos.dev; with no tag it gets the version.'),
  talosctl: z
    .string()
    .min(1)
    .default('ghcr.io/siderolabs/talosctl')
    .describe('What is run; with no tag it gets the version.'),
  secretName: z
    .string()
    .min(1)
    .default('fairlead-talos')
    .describe('A Secret with a talosconfig, as a ServiceAccount of talos.dev makes it.'),
  args: z
    .array(z.string())
    .max(100)
    .prefault([])
    .describe('More flags of `talosctl upgrade`, e.g. --drain=false of 1.13.'),
  nodeSelector: labels
    .prefault({})
    .describe('Labels of the nodes on which talosctl runs, which is never the one it upgrades.'),
})
/** See {@link executor}. */
export type TalosExecutorSpec = z.output<typeof talosExecutor>

/** Who changes what a node runs; at most one. */
const executor = z.strictObject({
  slot: z
    .strictObject({})
    .optional()
    .describe("The node's own agent, between slots that lie side by side; used if none is given."),
  job: jobExecutor
    .optional()
    .describe(
      'A Job on each node, up and back; it is told the version and the node in its environment.',
    ),
  plan: planExecutor
    .optional()
    .describe(
      'Plans of system-upgrade-controller, up and back, for nodes under way and no others.',
    ),
  talos: talosExecutor
    .optional()
    .describe('`talosctl upgrade`, up and back; the version is that of Talos, e.g. v1.13.9.'),
})

const labGate = z.strictObject({
  configMap: z
    .string()
    .min(1)
    .describe('In the namespace of the controller; its summary.json is the one of a lab report.'),
  version: z
    .string()
    .min(1)
    .optional()
    .describe('What the runtime says of itself, e.g. 2.1.9; that of the target if not given.'),
  runtime: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Its row in the report, e.g. "containerd@2.1.9, guarded"; all of the version if not given.',
    ),
  stack: z
    .string()
    .min(1)
    .optional()
    .describe('The stack that the scenarios ran on; any if not given.'),
  scenarios: z
    .array(z.string().min(1))
    .max(200)
    .prefault([])
    .describe('Those that must have passed; all that the report has if none is given.'),
  maxAge: durationText.prefault('720h').describe('How long ago the run may have begun.'),
})
/** What a lab report has to say of the version before any node begins. */
export type LabGate = z.output<typeof labGate>

const gate = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/, {
      error: 'expected a short name such as alerts',
    })
    .describe('As status calls it.'),
  nodeCondition: z
    .strictObject({
      type: z.string().min(1).describe('Which condition.'),
      status: z.enum(['True', 'False']).default('True').describe('What it has to be.'),
    })
    .optional()
    .describe('A condition of each node, e.g. one of an agent or of node-problem-detector.'),
  prometheus: z
    .strictObject({
      url: z
        .url({ protocol: /^https?$/, error: 'expected a URL such as http://prometheus:9090' })
        .describe('Where Prometheus answers.'),
      query: z.string().min(1).describe('In PromQL.'),
      holdsWhen: z
        .enum(['empty', 'not-empty'])
        .default('empty')
        .describe('What its result has to be.'),
    })
    .optional()
    .describe(
      'A query. While it does not hold nothing begins, and a node that soaks is as one that is not healthy.',
    ),
  job: jobTemplate
    .optional()
    .describe(
      'A Job on each node that soaks, which has to succeed, e.g. one that starts pods on several networks.',
    ),
  lab: labGate
    .optional()
    .describe(
      'A report of `fairlead lab run` that speaks for the version; asked for before the first node begins.',
    ),
})
/** What a gate can be; one of them. */
export const GATE_KINDS = ['nodeCondition', 'prometheus', 'job', 'lab'] as const

/** The `spec` of a RuntimeUpgrade; lengths of time in ms. */
export const specSchema = z.strictObject({
  target: z
    .strictObject({
      version: z
        .string()
        .min(1)
        .describe('What the nodes are to run, e.g. 2.1.9; for slots the name of the slot.'),
    })
    .describe('Cannot be changed: another version is another upgrade.'),
  executor: executor.prefault({}).describe('Who changes what a node runs.'),
  nodeSelector: labels.prefault({}).describe('Labels of the nodes; all if not given.'),
  canary: canary.prefault({}).describe('Who goes first.'),
  waves: z
    .array(share)
    .min(1)
    .max(50)
    .prefault(['1%', '10%', '50%', '100%'])
    .describe(
      'How many nodes have it when the wave is over, in all. After the last come all that are left.',
    ),
  maxUnavailable: share
    .default('1%')
    .describe('How many nodes may be out of service at once, for whatever reason. At least one.'),
  zoneKey: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A label whose values are zones, e.g. topology.kubernetes.io/zone: one after another.',
    ),
  windows: z
    .array(windowSchema)
    .max(20)
    .prefault([])
    .describe('When nodes may begin; always if there is none. What has begun goes on.'),
  drain: drain
    .optional()
    .describe(
      'Evict the pods first, as disruption budgets allow; without it a node is cordoned only.',
    ),
  timeout: durationText
    .prefault('15m')
    .describe('How long a node may take to run the version and be healthy for the first time.'),
  soak: soak.prefault({}).describe('What a node has to show before it is done.'),
  bake: durationText
    .prefault('5m')
    .describe(
      'How long a node is still watched by itself when it is done, and a wave when its last node is; later it is beside those that have not begun.',
    ),
  gates: z
    .array(gate)
    .max(20)
    .prefault([])
    .describe('What has to hold, beside that nodes are Ready.'),
  onFailure: z.enum(ON_FAILURE).default('rollback-wave').describe('What a failed node leads to.'),
  maxFailed: z
    .int()
    .min(0)
    .max(FAILED_MAX)
    .default(0)
    .describe('So many failed nodes do not stop it. `fairlead upgrade resume` raises it.'),
  approval: z
    .enum(['none', 'after-canary', 'every-wave'])
    .default('none')
    .describe('Before what somebody must approve.'),
  approvedWaves: z
    .int()
    .min(0)
    .default(0)
    .describe('The waves up to this number are approved. `fairlead upgrade approve` raises it.'),
  paused: z.boolean().default(false).describe('No further node begins.'),
  rollback: z
    .enum(ROLLBACK_SCOPES)
    .optional()
    .describe('Go back, whatever happens: the failed nodes, those of the open wave, or all.'),
})
/** See {@link specSchema}. */
export type UpgradeSpec = z.output<typeof specSchema>
/** The same as people write it. */
export type UpgradeSpecInput = z.input<typeof specSchema>

import { z } from 'zod'
import { durationMs } from '../../duration.ts'

/** A pod more often is work for the node that shows nothing more. */
const PROBE_EVERY_MIN_MS = 10_000

const probe = z.strictObject({
  every: durationMs
    .prefault('5m')
    .refine((ms) => ms >= PROBE_EVERY_MIN_MS, { error: 'expected 10s or more' })
    .describe('Between the end of a probe and the next; 10s or more.'),
  timeout: durationMs
    .prefault('30s')
    .describe('How long the pod may take to make, to stop and to remove, each.'),
  annotations: z
    .record(z.string(), z.string())
    .default({})
    .describe('Of that pod, for plugins with the capability io.kubernetes.cri.pod-annotations.'),
})

/** What an agent does with an API server; without it, it talks to none. */
export const clusterConfigSchema = z.strictObject({
  nodeName: z
    .string()
    .min(1)
    .optional()
    .describe('The name of the Node object of this node; the variable NODE_NAME if not given.'),
  kubeconfig: z
    .string()
    .regex(/^\//, { error: 'expected a path from the root, e.g. /etc/fairlead/kubeconfig' })
    .optional()
    .describe("A kubeconfig; in a pod, the pod's service account if not given."),
  requiredNetworks: z
    .array(z.string())
    .optional()
    .describe(
      'The networks that must be ready for FairleadNetworkReady; all of the sources if not given.',
    ),
  requiredSockets: z
    .array(z.string().regex(/^\//, { error: 'expected a path from the root' }))
    .default([])
    .describe("Sockets that somebody must listen at for it, beside that of Multus' daemon."),
  probe: probe
    .optional()
    .describe(
      'For FairleadNetworkReady, a pod sandbox is made and removed again and again; none if not given.',
    ),
  heartbeat: durationMs
    .prefault('5m')
    .describe('How often the condition is written while it stays as it is.'),
  minHealthy: z
    .union([z.int().nonnegative(), z.string().regex(/^\d+%$/)], {
      error: 'expected a number of nodes, or a share of them such as 60%',
    })
    .default('60%')
    .describe('How many other nodes must be healthy before the runtime of this one is restarted.'),
  leaseNamespace: z
    .string()
    .default('kube-system')
    .describe('Where the Lease is by which nodes are repaired one at a time.'),
  withoutApiServer: z
    .enum(['restart', 'report'])
    .default('restart')
    .describe('Whether the runtime is restarted while the API server cannot be asked.'),
  recreatePods: z
    .enum(['no', 'owned'])
    .default('no')
    .describe(
      'Whether pods that were started before a network that they ask for are evicted, where a controller owns them.',
    ),
  recreateEvery: durationMs.prefault('1m').describe('One pod in so long.'),
})

/** How an agent talks to an API server. All times are in ms. */
export type ClusterConfig = z.output<typeof clusterConfigSchema>

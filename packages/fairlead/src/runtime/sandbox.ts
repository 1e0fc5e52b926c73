import { type DNSConfig, NamespaceMode, type PodSandboxConfig, Protocol } from '@fairlead/cri'
import type { Sandbox } from '@fairlead/networks'
import { z } from 'zod'

const texts = z.record(z.string(), z.string())

/** What is kept of a sandbox, in memory and on disk. */
export const sandboxRecord = z.object({
  kind: z.literal('fairlead.runtime.sandbox'),
  version: z.literal(1),
  /** Names its files, too. */
  id: z.string().regex(/^[0-9a-zA-Z-]{1,64}$/),
  /** `making`: not to be shown, and undone when the runtime starts again. */
  state: z.enum(['making', 'ready', 'stopped']),
  /** Nanoseconds since 1970, which JSON has no number for. */
  createdAt: z.string().regex(/^\d{1,18}$|^[1-8]\d{18}$/),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    attempt: z
      .int()
      .min(0)
      .max(2 ** 32 - 1),
  }),
  labels: texts,
  annotations: texts,
  runtimeHandler: z.string(),
  hostNetwork: z.boolean(),
  /** The name of the network namespace; empty on the host's network. */
  netns: z.string(),
  hostname: z.string(),
  /** Whether it is in the host's IPC namespace. */
  hostIpc: z.boolean(),
  /** As the CNI conventions write it; undefined where the pod says nothing of it. */
  dns: z
    .object({
      servers: z.array(z.string()),
      searches: z.array(z.string()),
      options: z.array(z.string()),
    })
    .optional(),
  portMappings: z.array(
    z.object({
      hostPort: z.int(),
      containerPort: z.int(),
      protocol: z.string(),
      hostIP: z.string(),
    }),
  ),
  /** Addresses, the primary one first. */
  ips: z.array(z.string()),
})

/** See {@link sandboxRecord}. */
export type SandboxRecord = z.infer<typeof sandboxRecord>

/** The record of a sandbox that is about to be made. */
export function newSandbox(
  id: string,
  config: PodSandboxConfig,
  runtimeHandler: string,
  createdAtMs: number,
): SandboxRecord {
  const { name = '', namespace = '', uid = '', attempt = 0 } = config.metadata ?? {}
  const options = config.linux?.securityContext?.namespaceOptions
  const hostNetwork = options?.network === NamespaceMode.NODE
  return {
    kind: 'fairlead.runtime.sandbox',
    version: 1,
    id,
    state: 'making',
    createdAt: (BigInt(Math.round(createdAtMs)) * 1_000_000n).toString(),
    metadata: { name, namespace, uid, attempt },
    labels: config.labels,
    annotations: config.annotations,
    runtimeHandler,
    hostNetwork,
    netns: hostNetwork ? '' : `fairlead-${id.slice(0, 16)}`,
    hostname: config.hostname,
    hostIpc: options?.ipc === NamespaceMode.NODE,
    ...(config.dnsConfig === undefined ? {} : { dns: dnsOf(config.dnsConfig) }),
    portMappings: config.portMappings
      .filter(({ hostPort }) => hostPort > 0)
      .map(({ hostPort, containerPort, protocol, hostIp }) => ({
        hostPort,
        containerPort,
        protocol: protocolName(protocol),
        hostIP: hostIp,
      })),
    ips: [],
  }
}

/**
 * What plugins are told of a sandbox: the arguments that every Kubernetes runtime passes, and the
 * capability arguments of the CNI conventions.
 */
export function sandboxFor(record: SandboxRecord): Sandbox {
  const { name, namespace, uid } = record.metadata
  return {
    containerId: record.id,
    netns: record.netns === '' ? '' : `/run/netns/${record.netns}`,
    args: [
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAMESPACE', namespace],
      ['K8S_POD_NAME', name],
      ['K8S_POD_INFRA_CONTAINER_ID', record.id],
      ['K8S_POD_UID', uid],
    ],
    capabilityArgs: {
      ...(record.portMappings.length === 0 ? {} : { portMappings: record.portMappings }),
      ...(record.dns === undefined ? {} : { dns: record.dns }),
      'io.kubernetes.cri.pod-annotations': record.annotations,
    },
  }
}

/** By which kubelet tells sandboxes apart; two of one name are not made. */
export function sandboxName({ metadata }: Pick<SandboxRecord, 'metadata'>): string {
  return [metadata.name, metadata.namespace, metadata.uid, metadata.attempt].join('_')
}

function dnsOf({ servers, searches, options }: DNSConfig): NonNullable<SandboxRecord['dns']> {
  return { servers, searches, options }
}

/** As the CNI conventions write it. */
function protocolName(protocol: Protocol): string {
  switch (protocol) {
    case Protocol.UDP:
      return 'udp'
    case Protocol.SCTP:
      return 'sctp'
    default:
      return 'tcp'
  }
}

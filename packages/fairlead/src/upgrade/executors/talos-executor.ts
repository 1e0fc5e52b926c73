import { z } from 'zod'
import type { KubeObject } from '../../kube/api.ts'
import type { TalosExecutorSpec } from '../spec.ts'
import type { Executor, Move } from './executor.ts'
import { executorByJobs } from './job-executor.ts'
import { imageOf, type JobWorld, type PodSpec } from './jobs.ts'

/** Where talosctl looks for its configuration in a pod (pkg/machinery/constants/constants.go, v1.13.9). */
const CONFIG_DIR = '/var/run/secrets/talos.dev'
/** The node refuses while it is busy with what came before, or boots. The last retry comes after some ten minutes. */
const RETRIES = 6

/**
 * `talosctl upgrade` moves a node, in a Job that runs on another one, since its own reboots. The way back is the same with
 * the version before, and not `talosctl rollback`: that boots whichever other entry there is (grub/revert.go and
 * sdboot.go of siderolabs/talos v1.13.9), so a second one brings back what the first had left. But a Job may run a pod
 * twice, and a node may have fallen back by itself; said by its version, each time comes to the same.
 */
export function talosExecutor(
  spec: TalosExecutorSpec,
  deadlineMs: number,
  world: JobWorld,
): Executor {
  const podOf = (move: Move): PodSpec | string => {
    const address = addressOf(move.node)
    if (address === undefined) return `${move.node.metadata.name} has no InternalIP`
    const args = ['upgrade', `--nodes=${address}`, `--image=${imageOf(spec.image, move.version)}`]
    const waits = ['--wait', `--timeout=${Math.ceil(deadlineMs / 1000)}s`]
    return podBeside(move, [...args, ...waits, ...spec.args], spec)
  }
  return executorByJobs({ versionOf: talosVersionOf, podOf, deadlineMs, retries: RETRIES }, world)
}

const nodeSchema = z.object({
  status: z.object({
    nodeInfo: z.object({ osImage: z.string() }).optional(),
    addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
  }),
})

/** The version of Talos on a node, `v1.13.9` of the osImage `Talos (v1.13.9)`. */
function talosVersionOf(node: KubeObject): string | undefined {
  const image = nodeSchema.safeParse(node).data?.status.nodeInfo?.osImage ?? ''
  return /^Talos \((.+)\)$/.exec(image)?.[1]
}

function addressOf(node: KubeObject): string | undefined {
  const addresses = nodeSchema.safeParse(node).data?.status.addresses ?? []
  return addresses.find(({ type }) => type === 'InternalIP')?.address
}

/** A pod with talosctl, which may do nothing where it is. */
function podBeside(
  { node, version }: Move,
  args: readonly string[],
  { talosctl, secretName, nodeSelector }: TalosExecutorSpec,
): PodSpec {
  const elsewhere = { key: 'metadata.name', operator: 'NotIn', values: [node.metadata.name] }
  const term = { nodeSelectorTerms: [{ matchFields: [elsewhere] }] }
  return {
    automountServiceAccountToken: false,
    nodeSelector,
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: term } },
    tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [
      {
        // The image's entry point is talosctl (Dockerfile, v1.13.9).
        name: 'talosctl',
        image: imageOf(talosctl, version),
        args,
        env: [
          { name: 'TALOSCONFIG', value: `${CONFIG_DIR}/config` },
          // It asks for one, and the image has none.
          { name: 'HOME', value: '/tmp' },
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'talosconfig', mountPath: CONFIG_DIR, readOnly: true },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'talosconfig', secret: { secretName } },
      { name: 'tmp', emptyDir: {} },
    ],
  }
}

import type { ClusterLook } from '../doctor/cluster/cluster-source.ts'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import {
  CLUSTER_CALL_TIMEOUT_MS,
  type KubeconfigFlags,
  kubeconfigFlags,
} from './kubeconfig-flags.ts'

/** Which cluster a command reads. */
export interface ClusterFlags extends KubeconfigFlags {
  readonly fromCluster: boolean
  readonly node?: string
}

/** The flags of {@link ClusterFlags}. */
export const clusterFlags = {
  fromCluster: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Read nodes, their leases, events and pods of a cluster; reads only',
  },
  ...kubeconfigFlags,
  node: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Only this node of the cluster',
    placeholder: 'name',
  },
} as const

/**
 * The cluster that is asked for, once it has answered; undefined where none is.
 *
 * @throws {FairleadError} FL_USAGE for flags of a cluster without --from-cluster, FL_KUBECONFIG where none
 * can be found, FL_CLUSTER where it does not answer or let one in.
 */
export async function clusterAsked(
  { fromCluster, kubeconfig, context: contextName, node }: ClusterFlags,
  { process: { env }, signal }: CliContext,
): Promise<(ClusterLook & Disposable) | undefined> {
  if (!fromCluster) {
    if (kubeconfig === undefined && contextName === undefined && node === undefined) {
      return undefined
    }
    throw new FairleadError('FL_USAGE', '--kubeconfig, --context and --node are for a cluster.', {
      hint: 'Give --from-cluster, too.',
    })
  }
  const [{ clusterAccess }, { connectKube }, { NODES }] = await Promise.all([
    import('../kube/find-cluster.ts'),
    import('../kube/http-api.ts'),
    import('../kube/resources.ts'),
  ])
  const choice = {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(contextName !== undefined && { context: contextName }),
  }
  const access = await clusterAccess(choice, env)
  const api = connectKube(access)
  const ref = node === undefined ? {} : { fieldSelector: `metadata.name=${node}` }
  const first = await api.list(
    NODES,
    { ...ref, limit: 1 },
    { timeoutMs: CLUSTER_CALL_TIMEOUT_MS, signal },
  )
  if (!first.ok || first.value.items.length === 0) {
    api[Symbol.dispose]()
    if (!first.ok) {
      throw new FairleadError('FL_CLUSTER', `${access.server}: ${first.error.message}.`, {
        hint: 'Try `kubectl get nodes` with the same kubeconfig and context.',
      })
    }
    throw new FairleadError('FL_CLUSTER', `${access.server} has no node ${node ?? ''}.`, {
      hint: 'Try `kubectl get nodes` with the same kubeconfig and context.',
    })
  }
  return {
    api,
    server: access.server,
    timeoutMs: CLUSTER_CALL_TIMEOUT_MS,
    ...(node !== undefined && { node }),
    [Symbol.dispose]: () => {
      api[Symbol.dispose]()
    },
  }
}

import type { KubeApi } from '../kube/api.ts'
import type { CliContext } from './context.ts'

/** Which cluster. */
export interface ClusterFlags {
  readonly kubeconfig?: string
  readonly context?: string
}

/** `--kubeconfig`, `--context`. */
export const clusterFlags = {
  kubeconfig: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: "A kubeconfig [default: $KUBECONFIG, the pod's service account, ~/.kube/config]",
    placeholder: 'file',
  },
  context: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'The context in it [default: the current one]',
    placeholder: 'name',
  },
} as const

/** The name of a RuntimeUpgrade. */
export const nameArgument = {
  kind: 'tuple',
  parameters: [{ brief: 'The name of the RuntimeUpgrade', parse: String, placeholder: 'name' }],
} as const

/** Does something with the API server of the chosen cluster. */
export async function withCluster<T>(
  context: CliContext,
  flags: ClusterFlags,
  run: (api: KubeApi) => Promise<T>,
): Promise<T> {
  const [{ clusterAccess }, { connectKube }] = await Promise.all([
    import('../kube/find-cluster.ts'),
    import('../kube/http-api.ts'),
  ])
  using api = connectKube(await clusterAccess(flags, context.process.env))
  return await run(api)
}

import type { KubeApi } from '../kube/api.ts'
import type { CliContext } from './context.ts'
import type { KubeconfigFlags } from './kubeconfig-flags.ts'

/** The name of a RuntimeUpgrade. */
export const nameArgument = {
  kind: 'tuple',
  parameters: [{ brief: 'The name of the RuntimeUpgrade', parse: String, placeholder: 'name' }],
} as const

/** Does something with the API server of the chosen cluster. */
export async function withCluster<T>(
  context: CliContext,
  flags: KubeconfigFlags,
  run: (api: KubeApi) => Promise<T>,
): Promise<T> {
  const [{ clusterAccess }, { connectKube }] = await Promise.all([
    import('../kube/find-cluster.ts'),
    import('../kube/http-api.ts'),
  ])
  using api = connectKube(await clusterAccess(flags, context.process.env))
  return await run(api)
}

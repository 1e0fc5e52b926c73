import { readFile } from 'node:fs/promises'
import { FairleadError, messageOf } from '../errors.ts'
import { isThere } from '../files.ts'
import type { ClusterAccess } from './access.ts'
import { kubeconfigAccess } from './kubeconfig.ts'

/** Which cluster. */
export interface ClusterChoice {
  /** The path of a kubeconfig; `KUBECONFIG`, the pod's service account or `~/.kube/config` if not given. */
  readonly kubeconfig?: string
  /** The context; the current one if not given. */
  readonly context?: string
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * How to reach the chosen cluster, found in kubectl's order, but that a pod finds its own cluster before
 * `~/.kube/config`.
 *
 * @throws {FairleadError} FL_KUBECONFIG when there is none, or it cannot be used.
 */
export async function clusterAccess(
  choice: ClusterChoice,
  env: NodeJS.ProcessEnv,
): Promise<ClusterAccess> {
  const given = choice.kubeconfig ?? env['KUBECONFIG'] ?? ''
  const files = given.split(':').filter((file) => file !== '')
  if (files.length > 0) return kubeconfigAccess(files, choice.context, env)
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (host !== undefined && port !== undefined && choice.context === undefined) {
    return inClusterAccess(host, port)
  }
  const home = `${env['HOME'] ?? ''}/.kube/config`
  if (await isThere(home)) return kubeconfigAccess([home], choice.context, env)
  throw new FairleadError('FL_KUBECONFIG', 'Nothing says which cluster to talk to.', {
    hint: 'Name a kubeconfig by --kubeconfig or KUBECONFIG, or run in a pod with a service account.',
  })
}

/** As kubelet gives it to every pod. The token is read again for each request: kubelet replaces it. */
async function inClusterAccess(host: string, port: string): Promise<ClusterAccess> {
  const read = (name: string) =>
    readFile(`${SERVICE_ACCOUNT_DIR}/${name}`, 'utf8').catch((error: unknown) => {
      throw new FairleadError(
        'FL_KUBECONFIG',
        `The pod's service account cannot be read: ${messageOf(error)}.`,
        { hint: 'Set automountServiceAccountToken: true, or name a kubeconfig.' },
      )
    })
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await read('ca.crt'),
    credentials: async () => ({ token: (await read('token')).trim() }),
  }
}

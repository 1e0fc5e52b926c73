import { readFile } from 'node:fs/promises'
import { parseAllDocuments } from 'yaml'
import type { ClusterAccess } from '../packages/fairlead/src/kube/access.ts'
import type { KubeApi, KubeObject, Resource } from '../packages/fairlead/src/kube/api.ts'
import { connectKube } from '../packages/fairlead/src/kube/http-api.ts'
import { MemoryApiServer } from '../packages/fairlead/src/kube/memory-api.ts'
import { JOBS } from '../packages/fairlead/src/upgrade/executors/jobs.ts'
import { RUNTIME_UPGRADES } from '../packages/fairlead/src/upgrade/resource.ts'
import { serveKube } from '../tests/kube-server.ts'
import { ASSETS, startApiServer } from './api-server.ts'
import { until } from './support.ts'

const CALL = { timeoutMs: 30_000 }
const CONTROLLER = 'system:serviceaccount:fairlead:fairlead-controller'

/** What stands behind the tests of upgrades, for their titles. */
export const API_SERVER: string =
  ASSETS === undefined ? 'an API server in memory' : 'a real API server'

/** An API server that knows RuntimeUpgrades: a real one where there is one, with the roles in deploy/. */
export interface UpgradeCluster extends AsyncDisposable {
  /** For somebody who may do everything. */
  readonly api: KubeApi & Disposable
  /** The text of a kubeconfig of `admin`, `controller`, or another of the users. */
  readonly kubeconfig: (user: string) => string
  /** Of loopback. */
  readonly port: number
}

/** Starts one; of `users`, by their names here, a real one checks what they may do. */
export async function startUpgradeCluster(
  users: Readonly<Record<string, string>> = {},
): Promise<UpgradeCluster> {
  const { access, stop } = await started(users)
  const api = connectKube(access)
  if (ASSETS !== undefined) {
    await applyManifests(api, 'deploy/crds/fairlead.dev_runtimeupgrades.yaml')
    await applyManifests(api, 'deploy/kubernetes/controller.yaml')
    await applyManifests(api, 'deploy/kubernetes/controller-deployment.yaml')
    await until(async () => (await api.list(RUNTIME_UPGRADES, {}, CALL)).ok)
  }
  return {
    api,
    kubeconfig: (user) => kubeconfigOf(access, user),
    port: Number(new URL(access.server).port),
    [Symbol.asyncDispose]: async () => {
      api[Symbol.dispose]()
      await stop()
    },
  }
}

async function started(
  users: Readonly<Record<string, string>>,
): Promise<{ readonly access: ClusterAccess; readonly stop: () => PromiseLike<void> }> {
  if (ASSETS === undefined) {
    const memory = new MemoryApiServer({ wallMs: () => Date.now() })
    const server = await serveKube(memory, { resources: [RUNTIME_UPGRADES, JOBS] })
    const access = { server: server.url, credentials: async () => ({}) }
    return { access, stop: () => server[Symbol.asyncDispose]() }
  }
  const server = await startApiServer(ASSETS, { controller: CONTROLLER, ...users })
  return { access: server.access('admin'), stop: () => server[Symbol.asyncDispose]() }
}

/** The text of a kubeconfig of whoever has this token. */
export function kubeconfigOf({ server, ca }: ClusterAccess, token: string): string {
  const authority =
    ca === undefined ? {} : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, ...authority } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
}

/** Makes all that is in a file; its kinds have to be known. */
export async function applyManifests(api: KubeApi, file: string): Promise<void> {
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const object = document.toJS() as KubeObject
    const [group = '', version = ''] = object.apiVersion.includes('/')
      ? object.apiVersion.split('/')
      : ['', object.apiVersion]
    const resource: Resource = {
      group,
      version,
      plural: `${object.kind.toLowerCase()}s`,
      kind: object.kind,
      namespaced: object.metadata.namespace !== undefined,
      status: false,
    }
    const made = await api.create(resource, object, CALL)
    if (!made.ok) throw new Error(`${file}: ${made.error.message}`)
  }
}

import path from 'node:path'
import { ASSETS, NODE_USER, startApiServer } from '../../e2e/api-server.ts'
import { kubeconfigOf } from '../../e2e/cluster.ts'
import { reachFrom } from '../../e2e/slots/reach.ts'
import { connectKube } from '../../packages/fairlead/src/kube/http-api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import { HOME, HOST_NAME, nodePlace } from './node-place.ts'
import type { Place } from './place.ts'

/** What docs/runbook-node.md does before an upgrade. */
const SLOTS_SET_UP = `
set -eu
fairlead runtime-slot stage 1.7.24 --from /usr/bin --containerd-config /etc/containerd/config.toml
mkdir -p /etc/systemd/system/containerd.service.d
cp deploy/systemd/containerd.service.d/fairlead-slots.conf /etc/systemd/system/containerd.service.d/
fairlead runtime-slot activate 1.7.24
for version in 2.1.9 2.1.10; do
  mkdir $version
  tar -xzf containerd-$version-linux-amd64.tar.gz -C $version
  fairlead runtime-slot stage $version --from $version/bin
done
`

/** A policy with lengths of time that somebody can wait for who runs a page. */
const policy = (name: string, version: string) => `apiVersion: fairlead.dev/v1alpha1
kind: RuntimeUpgrade
metadata:
  name: ${name}
spec:
  target: { version: ${version} }
  soak: { duration: 5s }
  bake: 5s
`

/**
 * A cluster with a real API server and one node, whose containerd is real and has slots; undefined where there is no
 * API server. The commands are run on the node, as the cluster's admin and as root.
 */
export async function clusterPlace(): Promise<Place | undefined> {
  if (ASSETS === undefined) return undefined
  const own = new AsyncDisposableStack()
  const place = own.use(await nodePlace())
  const server = own.use(await startApiServer(ASSETS, { kubelet: `${NODE_USER}${HOST_NAME}` }))
  const access = server.access('admin')
  own.use(await reachFrom(place.node, Number(new URL(access.server).port)))
  await place.write(`${HOME}/.kube/config`, kubeconfigOf(access, 'admin'))
  await place.write('/etc/kubernetes/kubelet.conf', kubeconfigOf(access, 'kubelet'))
  const kubectl = path.join(ASSETS, 'kubectl')
  await place.write('/usr/local/bin/kubectl', `#!/bin/sh\nexec ${kubectl} "$@"\n`, 0o755)
  await place.write(`${HOME}/upgrade.yaml`, policy('containerd-2-1', '2.1.9'))
  await place.write(`${HOME}/next.yaml`, policy('containerd-2-1-10', '2.1.10'))
  using api = connectKube(access)
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: HOST_NAME },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }
  const made = await api.create(NODES, node, { timeoutMs: 10_000 })
  if (!made.ok) throw new Error(made.error.message)
  const { code, stderr } = await place.run(SLOTS_SET_UP, AbortSignal.timeout(60_000))
  if (code !== 0) throw new Error(stderr)
  return { ...place, [Symbol.asyncDispose]: () => own.disposeAsync() }
}

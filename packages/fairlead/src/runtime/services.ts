import { CgroupDriver, type CriServices, NamespaceMode, refusal } from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import { VERSION } from '../version.ts'
import { type PodSandboxes, stateOf } from './pod-sandboxes.ts'
import type { SandboxRecord } from './sandbox.ts'
import { conditionsOf, verboseInfo } from './status.ts'

/**
 * The CRI v1 services of a network runtime. It makes sandboxes with networks and nothing else, and says
 * so: what it lists of containers and images is empty, and what it cannot do is refused by name.
 */
export function criServices(
  sandboxes: PodSandboxes,
  networks: Networks,
  folders: { readonly confDir: string; readonly binDirs: readonly string[] },
): CriServices {
  return {
    runtime: {
      version: () => ({
        version: '0.1.0',
        runtimeName: 'fairlead',
        runtimeVersion: VERSION,
        runtimeApiVersion: 'v1',
      }),
      status: ({ verbose }) => ({
        status: { conditions: [...conditionsOf(networks)] },
        info: verbose ? verboseInfo(networks, folders) : {},
        runtimeHandlers: [{ name: '', features: {} }],
      }),
      runtimeConfig: () => ({ linux: { cgroupDriver: CgroupDriver.SYSTEMD } }),
      // The pod CIDR is for runtimes that write the CNI configuration themselves.
      updateRuntimeConfig: () => ({}),

      runPodSandbox: async ({ config, runtimeHandler }, { signal }) => {
        if (config === undefined) throw refusal('invalid', 'a sandbox needs a config')
        return { podSandboxId: await sandboxes.run(config, runtimeHandler, signal) }
      },
      stopPodSandbox: async ({ podSandboxId }, { signal }) => {
        await sandboxes.stop(podSandboxId, signal)
        return {}
      },
      removePodSandbox: async ({ podSandboxId }, { signal }) => {
        await sandboxes.remove(podSandboxId, signal)
        return {}
      },
      podSandboxStatus: ({ podSandboxId, verbose }) => {
        const record = sandboxes.get(podSandboxId)
        return { status: statusOf(record), info: verbose ? { record: JSON.stringify(record) } : {} }
      },
      listPodSandbox: ({ filter }) => ({ items: sandboxes.list(filter).map(itemOf) }),
      podSandboxStats: ({ podSandboxId }) => ({
        stats: { attributes: attributesOf(sandboxes.get(podSandboxId)) },
      }),
      listPodSandboxStats: () => ({
        stats: sandboxes.list(undefined).map((record) => ({ attributes: attributesOf(record) })),
      }),

      listContainers: () => ({ containers: [] }),
      listContainerStats: () => ({ stats: [] }),
      containerStatus: ({ containerId }) => {
        throw refusal('not-found', `there is no container ${containerId}: this runtime runs none`)
      },
      createContainer: () => {
        throw refusal('unimplemented', 'Fairlead is a network runtime: it runs no containers')
      },
    },
    image: {
      listImages: () => ({ images: [] }),
      imageStatus: () => ({}),
      imageFsInfo: () => ({ imageFilesystems: [], containerFilesystems: [] }),
      pullImage: () => {
        throw refusal('unimplemented', 'Fairlead is a network runtime: it has no images')
      },
      removeImage: () => ({}),
    },
  }
}

function itemOf(record: SandboxRecord) {
  const { id, metadata, createdAt, labels, annotations, runtimeHandler } = record
  return {
    id,
    metadata,
    state: stateOf(record),
    createdAt: BigInt(createdAt),
    labels,
    annotations,
    runtimeHandler,
  }
}

function statusOf(record: SandboxRecord) {
  const [ip = '', ...additional] = record.ips
  const network = record.hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD
  return {
    ...itemOf(record),
    network: { ip, additionalIps: additional.map((other) => ({ ip: other })) },
    linux: { namespaces: { options: { network } } },
  }
}

function attributesOf({ id, metadata, labels, annotations }: SandboxRecord) {
  return { id, metadata, labels, annotations }
}

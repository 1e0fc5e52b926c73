import { CgroupDriver, type CriServices, NamespaceMode, refusal } from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import { wallClockMs } from '../ports.ts'
import { VERSION } from '../version.ts'
import type { PodSandboxes } from './pod-sandboxes.ts'
import type { SandboxRecord } from './sandbox.ts'
import { linuxStats } from './stats.ts'
import { conditionsOf, verboseInfo } from './status.ts'

/** Folders that a runtime tells of. */
export interface RuntimeFolders {
  readonly confDir: string
  readonly binDirs: readonly string[]
  readonly stateDir: string
}

/**
 * The CRI v1 services of a network runtime. It makes sandboxes with networks and nothing else, and says
 * so: what it lists of containers and images is empty, and what it cannot do is refused by name.
 */
export function criServices(
  sandboxes: PodSandboxes,
  networks: Networks,
  folders: RuntimeFolders,
): CriServices {
  const itemOf = (record: SandboxRecord) => {
    const { id, metadata, createdAt, labels, annotations, runtimeHandler } = record
    const state = sandboxes.stateOf(record)
    return {
      id,
      metadata,
      state,
      createdAt: BigInt(createdAt),
      labels,
      annotations,
      runtimeHandler,
    }
  }
  const statsOf = async (record: SandboxRecord) => {
    const { id, metadata, labels, annotations } = record
    return {
      attributes: { id, metadata, labels, annotations },
      linux: await linuxStats(record, sandboxes.pauseOf(record), wallClockMs()),
    }
  }

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
        const status = { ...itemOf(record), ...detailsOf(record) }
        if (!verbose) return { status }
        // crictl shows what is below the key `info`, as containerd has it.
        const pid = sandboxes.pauseOf(record)?.pid ?? 0
        return { status, info: { info: JSON.stringify({ pid, record }) } }
      },
      listPodSandbox: ({ filter }) => ({ items: sandboxes.list(filter).map(itemOf) }),
      podSandboxStats: async ({ podSandboxId }) => ({
        stats: await statsOf(sandboxes.get(podSandboxId)),
      }),
      listPodSandboxStats: async ({ filter }) => ({
        stats: await Promise.all(sandboxes.list(filter).map(statsOf)),
      }),

      listContainers: () => ({ containers: [] }),
      listContainerStats: () => ({ stats: [] }),
      // Idempotent by the proto, and there is never one left.
      stopContainer: () => ({}),
      removeContainer: () => ({}),
      containerStatus: ({ containerId }) => noContainer(containerId),
      containerStats: ({ containerId }) => noContainer(containerId),
      createContainer: () => {
        throw refusal('unimplemented', 'Fairlead is a network runtime: it runs no containers')
      },
    },
    image: {
      listImages: () => ({ images: [] }),
      imageStatus: () => ({}),
      // kubelet takes an answer without one for an error (pkg/kubelet/stats/cri_stats_provider.go,
      // ImageFsStats, v1.32); this is where images would be, and they take nothing.
      imageFsInfo: () => {
        const usage = imageFs(folders.stateDir)
        return { imageFilesystems: [usage], containerFilesystems: [usage] }
      },
      pullImage: () => {
        throw refusal('unimplemented', 'Fairlead is a network runtime: it has no images')
      },
      removeImage: () => ({}),
    },
  }
}

/** What a status has beside what a list shows. */
function detailsOf(record: SandboxRecord) {
  const [ip = '', ...additional] = record.ips
  const network = record.hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD
  const ipc = record.hostIpc ? NamespaceMode.NODE : NamespaceMode.POD
  return {
    network: { ip, additionalIps: additional.map((other) => ({ ip: other })) },
    // The sandbox's processes are the node's: it makes no pid namespace.
    linux: { namespaces: { options: { network, ipc, pid: NamespaceMode.NODE } } },
  }
}

function noContainer(containerId: string): never {
  throw refusal('not-found', `there is no container ${containerId}: this runtime runs none`)
}

function imageFs(mountpoint: string) {
  return {
    timestamp: BigInt(wallClockMs()) * 1_000_000n,
    fsId: { mountpoint },
    usedBytes: { value: 0n },
    inodesUsed: { value: 0n },
  }
}

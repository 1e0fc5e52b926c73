import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { PodSandboxConfig } from '@fairlead/cri'
import type { Networks } from '@fairlead/networks'
import {
  conflist,
  type NetworksTestbed,
  networksTestbed,
} from '../../../../tests/networks-testbed.ts'
import type { ProcessId } from '../procfs.ts'
import { type PodSandboxes, podSandboxes } from './pod-sandboxes.ts'
import { openStore, type SandboxStore } from './store.ts'

/** Sandboxes on a disk of their own, whose namespaces and pauses are two sets. */
export class SandboxesBed implements AsyncDisposable {
  readonly dir: string
  readonly node: NetworksTestbed
  readonly networks: Networks
  /** Network namespaces that are there. */
  readonly namespaces = new Set<string>()
  /** The pauses that live. */
  readonly living = new Map<string, ProcessId>()
  store: SandboxStore
  sandboxes: PodSandboxes

  private constructor(dir: string, node: NetworksTestbed, networks: Networks, store: SandboxStore) {
    this.dir = dir
    this.node = node
    this.networks = networks
    this.store = store
    this.sandboxes = this.#over(async () => {})
  }

  static async open(): Promise<SandboxesBed> {
    const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-runtime-'))
    const node = networksTestbed()
    node.write({ '10-a.conflist': conflist('a', ['pa']) })
    return new SandboxesBed(dir, node, await node.open(), await openStore(dir))
  }

  /** Starts over with what is on disk. */
  async start(endPlugins = async (): Promise<void> => {}): Promise<void> {
    this.store = await openStore(this.dir)
    this.sandboxes = this.#over(endPlugins)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.networks[Symbol.dispose]()
    await rm(this.dir, { recursive: true })
  }

  #over(endPlugins: () => Promise<void>): PodSandboxes {
    const { namespaces, living, store, networks } = this
    return podSandboxes({
      store,
      networks,
      pauses: {
        start: async ({ id, netns }) => {
          living.set(id, { pid: 1000 + living.size, startTick: 1 })
          if (netns !== '') namespaces.add(netns)
        },
        stop: async ({ id, netns }) => {
          living.delete(id)
          namespaces.delete(netns)
        },
        find: (id) => living.get(id),
        keepOnly: async (ids) => {
          for (const id of living.keys()) if (!ids.has(id)) living.delete(id)
        },
        endPlugins,
      },
    })
  }
}

/** What kubelet sends of a pod. */
export function podConfig(name: string, more: object = {}): PodSandboxConfig {
  return {
    $typeName: 'runtime.v1.PodSandboxConfig',
    metadata: {
      $typeName: 'runtime.v1.PodSandboxMetadata',
      name,
      uid: 'u',
      namespace: 'n',
      attempt: 0,
    },
    hostname: '',
    logDirectory: '',
    portMappings: [],
    labels: { app: name },
    annotations: {},
    ...more,
  }
}

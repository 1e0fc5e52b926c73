import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import type { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import { NODES } from '../../packages/fairlead/src/kube/resources.ts'
import type { Random } from '../../packages/fairlead/src/random.ts'
import {
  SLOT,
  SLOT_RESULT,
  SLOT_TARGET,
} from '../../packages/fairlead/src/upgrade/node-contract.ts'
import type { VirtualClock } from './virtual-clock.ts'

const OLD = 'v1'
export const NEW = 'v2'

/** So long after a node broke a controller that nothing hinders has judged it. */
const JUDGED_WITHIN_MS = 60_000

/** What the new version does to a node. */
export type Fate =
  | 'well'
  | 'does not start'
  | 'breaks'
  | 'flaps'
  | 'breaks late'
  | 'breaks long after'

/** The nodes of a simulated cluster, each with kubelet and agent: they do what the annotations of their objects say. */
export class Fleet {
  readonly fates = new Map<string, Fate>()
  /** Until then something may come of what the new version does to nodes. */
  restlessUntilMs = 0
  readonly #server: MemoryApiServer
  readonly #clock: VirtualClock
  readonly #random: Random
  readonly #wallMs: () => number
  /** The target that each node has taken up. */
  readonly #targets = new Map<string, string>()

  constructor(server: MemoryApiServer, clock: VirtualClock, random: Random, wallMs: () => number) {
    this.#server = server
    this.#clock = clock
    this.#random = random
    this.#wallMs = wallMs
  }

  join(name: string, fate: Fate, zone: string): void {
    this.fates.set(name, fate)
    this.#targets.delete(name)
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: this.#at() }
    this.#server.seed(NODES, {
      metadata: {
        name,
        labels: { zone, 'kubernetes.io/hostname': name },
        annotations: { [SLOT]: OLD },
      },
      spec: {},
      status: {
        conditions: [ready],
        nodeInfo: infoOf(OLD),
        addresses: [{ type: 'InternalIP', address: name }],
      },
    })
  }

  leave(name: string): void {
    const node = this.node(name)
    if (node !== undefined) this.#server.store.remove(NODES, node)
  }

  node(name: string): KubeObject | undefined {
    return this.#server.store.objects(NODES).get(name)
  }

  /** A node reacts to what is written to it. */
  react({ metadata: { name, uid, annotations = {} } }: KubeObject): void {
    const target = annotations[SLOT_TARGET]
    const key = `${uid} ${target}`
    if (target === undefined || target === '' || this.#targets.get(name) === key) return
    this.#targets.set(name, key)
    this.#after(500 + this.#random.below(4_000), name, key, () => this.#move(name, key, target))
  }

  /** A pod on the node moves it, and not its agent: whatever it has done before. */
  send(name: string, target: string): void {
    this.#targets.delete(name)
    this.#change(name, { [SLOT_TARGET]: target, [SLOT_RESULT]: '' })
  }

  /** The pod that moves the node ends; the node stays as it has become. */
  halt(name: string): void {
    this.#targets.delete(name)
    this.#change(name, { [SLOT_TARGET]: '' })
  }

  isMoving(name: string): boolean {
    const { annotations = {} } = this.node(name)?.metadata ?? {}
    return (annotations[SLOT_TARGET] ?? '') !== '' && this.outcomeOf(name) === undefined
  }

  /** What came of the last move; undefined while it goes on. */
  outcomeOf(name: string): 'active' | 'failed' | undefined {
    const result = this.node(name)?.metadata.annotations?.[SLOT_RESULT] ?? ''
    if (result.includes('"outcome":"active"')) return 'active'
    return result === '' ? undefined : 'failed'
  }

  setReady(name: string, ready: boolean): void {
    this.#change(name, {}, ready)
  }

  #move(name: string, key: string, target: string): void {
    const fate = target === NEW ? (this.fates.get(name) ?? 'well') : 'well'
    if (fate === 'does not start') {
      const result = { target, outcome: 'failed', message: 'did not start' }
      this.#change(name, { [SLOT_RESULT]: JSON.stringify(result) })
      return
    }
    if (this.#random.below(2) === 0) this.#change(name, {}, false)
    this.#after(1_000 + this.#random.below(10_000), name, key, () => {
      const result = { target, outcome: 'active', message: 'runs' }
      this.#change(name, { [SLOT]: target, [SLOT_RESULT]: JSON.stringify(result) }, true)
      const breaksMs = this.#breaksMs(fate)
      if (breaksMs !== undefined) {
        this.#after(breaksMs, name, key, () => this.#change(name, {}, false))
        const judgedMs = this.#clock.now() + breaksMs + JUDGED_WITHIN_MS
        this.restlessUntilMs = Math.max(this.restlessUntilMs, judgedMs)
      }
      if (fate === 'flaps') {
        for (let beat = 1; beat <= 30; beat++) {
          this.#after(beat * 6_000, name, key, () => this.#change(name, {}, beat % 2 === 0))
        }
      }
    })
  }

  /** How long after it runs the version. */
  #breaksMs(fate: Fate): number | undefined {
    if (fate === 'breaks') return this.#random.below(18_000)
    if (fate === 'breaks late') return 25_000
    return fate === 'breaks long after' ? 60_000 + this.#random.below(20_000) : undefined
  }

  #after(ms: number, name: string, key: string, run: () => void): void {
    this.#clock.at(this.#clock.now() + ms, () => {
      // What an earlier target had in store for it is over.
      if (this.#targets.get(name) === key) run()
    })
  }

  #change(name: string, annotations: Record<string, string>, ready?: boolean): void {
    const node = this.node(name)
    if (node === undefined) return
    const nodeInfo = infoOf(annotations[SLOT] ?? node.metadata.annotations?.[SLOT] ?? '')
    const turned = {
      type: 'Ready',
      status: ready ? 'True' : 'False',
      lastTransitionTime: this.#at(),
    }
    const status = {
      ...Object(node.status),
      nodeInfo,
      ...(ready === undefined || isReady(node) === ready ? {} : { conditions: [turned] }),
    }
    const metadata = {
      ...node.metadata,
      annotations: { ...node.metadata.annotations, ...annotations },
    }
    this.#server.store.put(NODES, { ...node, metadata, status })
  }

  #at(): string {
    return new Date(this.#wallMs()).toISOString()
  }
}

function infoOf(version: string): object {
  return { containerRuntimeVersion: `containerd://${version}`, osImage: `Talos (${version})` }
}

/** Whether a Node object says that it is Ready. */
export function isReady(node: KubeObject): boolean {
  return JSON.stringify(node.status).includes('"status":"True"')
}

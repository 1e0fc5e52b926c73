import type { Clock } from '../ports.ts'
import type { Look } from './health.ts'
import type { SlotState } from './state.ts'
import type { NodeWorld } from './world.ts'

/** What a node does that a test has in mind; all else works. */
export interface Quirks {
  /** Thrown by the call of that name, with its message. */
  readonly fails?: Partial<
    Record<
      'check' | 'stop' | 'start' | 'flip' | 'saveData' | 'restoreData' | 'probe',
      (node: SimulatedNode) => boolean
    >
  >
  /** Whether what runs is healthy, so many ms after its start. */
  readonly isHealthy?: (version: string, sinceStartMs: number, node: SimulatedNode) => boolean
  /** The pods that a version still knows. */
  readonly pods?: (version: string, pods: readonly string[]) => readonly string[]
  readonly networks?: (version: string) => readonly string[]
}

/** The process was killed, or the machine: nothing that follows is carried out, and what it thinks is of no account. */
class Killed extends Error {}

/** A node that a test runs a change of version on, with its own time. */
export interface SimulatedNode {
  readonly world: NodeWorld
  readonly clock: Clock
  readonly write: (state: SlotState) => Promise<void>
  /** What is on its disk. */
  readonly disk: {
    state: SlotState
    link: string
    shim: string
    data: string
    copy: string | undefined
  }
  /** What is not. */
  running: string | undefined
  probePods: number
  /** Calls so far; the one of this number is the last that is carried out, or the first that is not. */
  calls: number
  killAt: { readonly call: number; readonly isDone: boolean } | undefined
}

const NO_STATE: SlotState = {
  kind: 'fairlead.dev/runtime-slots',
  version: 1,
  activation: null,
  history: [],
}

/** A node on the slot `old`. */
export function simulatedNode(quirks: Quirks = {}): SimulatedNode {
  let nowMs = 0
  let startedMs = 0
  const pods = ['pod-1', 'pod-2']
  const disk: SimulatedNode['disk'] = {
    state: NO_STATE,
    link: 'old',
    shim: 'old',
    data: 'old',
    copy: undefined,
  }
  /** Every call may be the last of its process, before it or after it. */
  const call = async <T>(name: string, run: () => T): Promise<T> => {
    node.calls += 1
    const kill = node.killAt
    const isDead = kill !== undefined && node.calls >= kill.call
    if (isDead && !(kill.isDone && node.calls === kill.call)) throw new Killed()
    const fails = Object.entries(quirks.fails ?? {}).find(([key]) => key === name)?.[1]
    if (fails?.(node) === true) throw new Error(`${name} fails`)
    const value = run()
    if (isDead) throw new Killed()
    return value
  }
  const known = () => quirks.pods?.(node.running ?? '', pods) ?? pods
  const world: NodeWorld = {
    check: () =>
      call('check', () => ({
        pods,
        networks: ['cilium'],
        rootDir: '/var/lib/containerd',
        confDir: '/etc/cni/net.d',
        shim: 'old',
      })),
    stop: () =>
      call('stop', () => {
        node.running = undefined
      }),
    start: () =>
      call('start', () => {
        node.running = disk.link
        startedMs = nowMs
        if (node.running === 'new') disk.data = 'new'
      }),
    flip: (slot, shim) =>
      call('flip', () => {
        disk.link = slot
        disk.shim = shim
      }),
    saveData: () =>
      call('saveData', () => {
        if (node.running !== undefined) throw new Error('copied while it runs')
        disk.copy ??= disk.data
        return true
      }),
    restoreData: () =>
      call('restoreData', () => {
        if (node.running !== undefined) throw new Error('put back while it runs')
        disk.data = disk.copy ?? disk.data
      }),
    look: async (slot): Promise<Look> => {
      const { running } = node
      if (running === undefined) return { kind: 'unhealthy', reason: 'nothing runs' }
      if (running !== slot) return { kind: 'unhealthy', reason: `${running} runs` }
      return (quirks.isHealthy?.(running, nowMs - startedMs, node) ?? true)
        ? { kind: 'healthy', latencyMs: 5 }
        : { kind: 'unhealthy', reason: 'Status was not answered within 1000 ms' }
    },
    lostPods: async (before) => before.filter((pod) => !known().includes(pod)),
    lostNetworks: async (before) => {
      const loaded = quirks.networks?.(node.running ?? '') ?? before
      return before.filter((name) => !loaded.includes(name))
    },
    probe: () =>
      call('probe', () => {
        node.probePods += 1
      }),
    tidy: async () => {
      node.probePods = 0
    },
  }
  const node: SimulatedNode = {
    world,
    clock: {
      now: () => nowMs,
      sleep: async (ms, signal) => {
        signal?.throwIfAborted()
        nowMs += ms
      },
    },
    write: (state) =>
      call('write', () => {
        disk.state = state
      }),
    disk,
    running: 'old',
    probePods: 0,
    calls: 0,
    killAt: undefined,
  }
  return node
}

import { type Clock, type Cni, type CniError, type GcReport, systemClock } from '@fairlead/cni'
import {
  check,
  collect,
  type OperationOptions,
  remove,
  type Removed,
  type Sandbox,
  setup,
  type SetupOutcome,
} from './attach.ts'
import type { ConfDir } from './conf-dir.ts'
import type { NetworksError } from './errors.ts'
import { type NodeState, systemNodeState } from './node-state.ts'
import { networkObservers } from './observers.ts'
import { type Plan, planOf, type Policy } from './plan.ts'
import type { ReadinessTimes } from './readiness.ts'
import {
  gcIsBusy,
  reconcile,
  type Reconciled,
  type ReconcileRequest,
  reconcileTargets,
  type ReconcileWorld,
} from './reconcile.ts'
import { type SettleTimes, settled } from './settle.ts'
import { nextSnapshot, NOTHING_LOADED, type Rejection, type Snapshot } from './snapshot.ts'
import { type NetworksStatus, statusOf } from './status.ts'
import { turns } from './turns.ts'

/** How the networks of a node are kept. */
export interface NetworksOptions {
  /** Runs the plugins. */
  readonly cni: Cni
  /** Where the configuration lies; {@link confDirAt} for a folder of this machine. */
  readonly confDir: ConfDir
  /** Default: `{ kind: 'containerd' }`, the first file wins. */
  readonly policy?: Policy
  /** How many sandboxes are worked on at once. Default: 32. */
  readonly atOnce?: number
  /** How long hints from the folder settle before it is read. Default: 100 ms, 1 s at the longest. */
  readonly settle?: SettleTimes
  /** How often the folder is read without a hint. Default: 30 s; where it cannot be watched, 2 s. */
  readonly scanEveryMs?: number
  /** When networks are looked at. Default: those of {@link ReadinessTimes}. */
  readonly readiness?: Partial<ReadinessTimes>
  /** After how long an operation that goes on is told as stalled. Default: 30 s. */
  readonly stalledAfterMs?: number
  /** What all times are measured by. Default: that of the machine. */
  readonly clock?: Clock
  /** What the node knows of containers, for `reconcile`. Default: {@link systemNodeState}. */
  readonly nodeState?: NodeState
  /** Hears of everything that happens. It must not throw. */
  readonly onEvent?: (event: NetworksEvent) => void
}

/** Something that happened. */
export type NetworksEvent =
  | { readonly type: 'loaded'; readonly snapshot: Snapshot }
  | ({ readonly type: 'rejected' } & Rejection)
  | { readonly type: 'ready' | 'not-ready'; readonly network: string; readonly error?: CniError }
  | { readonly type: 'blind'; readonly error: CniError }
  | { readonly type: 'sighted' }
  | { readonly type: 'reconciled'; readonly networks: readonly Reconciled[] }
  | { readonly type: 'stalled'; readonly operation: Operation; readonly sandbox: string }
  | {
      readonly type: 'done'
      readonly operation: Operation
      readonly sandbox: string
      readonly tookMs: number
      readonly ok: boolean
    }

/** What is done to a sandbox; a reconciliation only tells of those that it works on. */
export type Operation = 'setup' | 'check' | 'remove' | 'reconcile'

/**
 * The networks of a node. What answers a question (`snapshot`, `plan`, `status`) does so at once, from
 * what is known; only the operations wait, each for its own plugins. A reload makes a new snapshot and
 * swaps it in; an operation finishes with the one that it began with.
 */
export interface Networks extends Disposable {
  /** The networks that are loaded. */
  readonly snapshot: () => Snapshot
  /** What attaching a sandbox comes to now. */
  readonly plan: () => Plan
  /** Whether the networks of the plan are ready, from the latest observations. */
  readonly status: () => NetworksStatus
  /** Reads the folder now. */
  readonly reload: () => Promise<Snapshot>
  /** ADD of every network of the plan, or of none: what was added is deleted where one fails. */
  readonly setup: (sandbox: Sandbox, options?: OperationOptions) => Promise<SetupOutcome>
  /** CHECK of every attachment of a sandbox, with the configuration of ADD; the errors. */
  readonly check: (sandbox: Sandbox, options?: OperationOptions) => Promise<readonly CniError[]>
  /** DEL of every attachment that the cache or the plan has of a sandbox. Can be repeated. */
  readonly remove: (sandbox: Sandbox, options?: OperationOptions) => Promise<readonly Removed[]>
  /**
   * Collects garbage of every network of the plan; `alive` are the container ids that live. Fails with
   * FL_NETWORKS_BUSY while anything else runs: the spec wants GC alone, and nobody shall wait for that.
   */
  readonly gc: (
    alive: ReadonlySet<string>,
    options?: OperationOptions,
  ) => Promise<readonly GcReport[] | NetworksError>
  /**
   * Compares the result cache, the addresses that host-local keeps and what lives, and collects what is
   * left over of containers that are gone, of every network of the conf dir and of the cache. Each is
   * collected in its sandbox's turn, so that nobody waits for it; only GC of the plugins, where the
   * version of a network has it, is run alone or not at all, and the report says so.
   */
  readonly reconcile: (
    request?: ReconcileRequest,
    options?: OperationOptions,
  ) => Promise<readonly Reconciled[]>
}

const BLIND_SCAN_MS = 2_000

/** Loads the networks of a conf dir and keeps them until they are disposed of. */
export async function openNetworks(options: NetworksOptions): Promise<Networks> {
  const { cni, confDir, policy = { kind: 'containerd' }, clock = systemClock } = options
  const { nodeState: node = systemNodeState } = options
  const { onEvent = () => {}, scanEveryMs = 30_000, stalledAfterMs = 30_000 } = options
  const work = turns(options.atOnce ?? 32)
  const observers = networkObservers(
    { cni, confDir, clock },
    options.readiness,
    (name, readiness) => {
      if (readiness.state === 'unknown') return
      const error = readiness.state === 'not-ready' ? { error: readiness.error } : {}
      onEvent({ type: readiness.state, network: name, ...error })
    },
  )
  const reconciling = new Set<Set<string>>()
  let snapshot = NOTHING_LOADED
  let plan = planOf(snapshot, policy)
  let cancelScan = () => {}
  let isBlind = false
  let isClosed = false

  const status = () => statusOf(plan, observers.latest, clock.now())

  const load = async (): Promise<void> => {
    // First, so that what changes while the folder is read gives a hint.
    watch.refresh()
    tellBlindness()
    const reading = await confDir.read()
    const next = nextSnapshot(snapshot, reading)
    if (isClosed || next === snapshot) return
    const wasReady = status().ready
    snapshot = next
    plan = planOf(next, policy)
    observers.observe(next.networks, wasReady)
    onEvent({ type: 'loaded', snapshot: next })
    for (const rejection of next.rejections) onEvent({ type: 'rejected', ...rejection })
  }

  const reloads = settled(load, options.settle ?? { quietMs: 100, longestMs: 1_000 }, clock)
  const watch = confDir.watch(reloads.hint)
  const scan = (): void => {
    cancelScan()
    cancelScan = clock.after(isBlind ? BLIND_SCAN_MS : scanEveryMs, () => {
      reloads.hint()
      scan()
    })
  }
  const tellBlindness = (): void => {
    const error = watch.blindness()
    if (isClosed || isBlind === (error !== undefined)) return
    isBlind = error !== undefined
    onEvent(error === undefined ? { type: 'sighted' } : { type: 'blind', error })
    scan()
  }

  async function operate<T>(
    operation: Operation,
    sandbox: string,
    run: () => Promise<T>,
    isOk: (outcome: T) => boolean,
  ): Promise<T> {
    if (operation !== 'reconcile') for (const touched of reconciling) touched.add(sandbox)
    return work.take(sandbox, async () => {
      const beganMs = clock.now()
      const cancel = clock.after(stalledAfterMs, () => {
        onEvent({ type: 'stalled', operation, sandbox })
      })
      try {
        const outcome = await run()
        const tookMs = clock.now() - beganMs
        onEvent({ type: 'done', operation, sandbox, tookMs, ok: isOk(outcome) })
        return outcome
      } finally {
        cancel()
      }
    })
  }

  const reconcileAll = async (
    request: ReconcileRequest,
    call: OperationOptions,
  ): Promise<readonly Reconciled[]> => {
    const lists = snapshot.networks.map(({ list }) => list)
    // A container that is worked on meanwhile is not left over, whatever was known before.
    const touched = new Set(work.sandboxes())
    const world: ReconcileWorld = {
      cni,
      node,
      turn: (id, run) => operate('reconcile', id, run, (done) => done?.ok !== false),
      alone: (run) => work.takeAll(run),
    }
    const livenessOf: ReconcileRequest['livenessOf'] = (id, isCached) =>
      touched.has(id) ? 'alive' : (request.livenessOf?.(id, isCached) ?? 'unknown')
    reconciling.add(touched)
    try {
      const targets = await reconcileTargets(lists, cni, node)
      const networks = await reconcile(targets, { ...request, livenessOf }, world, call)
      onEvent({ type: 'reconciled', networks })
      return networks
    } finally {
      reconciling.delete(touched)
    }
  }

  await reloads.runNow()
  scan()

  return {
    snapshot: () => snapshot,
    plan: () => plan,
    status,
    reload: async () => {
      await reloads.runNow()
      return snapshot
    },
    setup: (sandbox, call = {}) =>
      operate(
        'setup',
        sandbox.containerId,
        () => setup(plan, sandbox, cni, call),
        (outcome) => outcome.ok,
      ),
    check: (sandbox, call = {}) =>
      operate(
        'check',
        sandbox.containerId,
        () => check(sandbox.containerId, cni, call),
        (errors) => errors.length === 0,
      ),
    remove: (sandbox, call = {}) =>
      operate(
        'remove',
        sandbox.containerId,
        () => remove(plan, sandbox, cni, call),
        (removed) => removed.every(({ error }) => error === undefined),
      ),
    gc: async (alive, call = {}) =>
      work.takeAll(() => collect(plan, alive, cni, call)) ?? gcIsBusy(),
    reconcile: (request = {}, call = {}) => reconcileAll(request, call),
    [Symbol.dispose]: () => {
      isClosed = true
      cancelScan()
      reloads.close()
      watch.close()
      observers.close()
    },
  }
}

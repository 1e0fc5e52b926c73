export type { Attached, OperationOptions, Removed, Sandbox, SetupOutcome } from './attach.ts'
export { type ConfDir, confDirAt } from './conf-dir.ts'
export type { ConfDirWatch } from './watch-dir.ts'
export { type Dependence, dependenceOf } from './dependence.ts'
export { NetworksError, type NetworksErrorCode } from './errors.ts'
export {
  type Networks,
  type NetworksEvent,
  type NetworksOptions,
  openNetworks,
  type Operation,
} from './networks.ts'
export {
  type Liveness,
  type NodeState,
  type Reservation,
  type Reservations,
  type ReservedNetworks,
  systemNodeState,
} from './node-state.ts'
export type { Collected } from './orphans.ts'
export { type Plan, planOf, type PlanStep, type Policy } from './plan.ts'
export type { NetworkReadiness, ReadinessTimes } from './readiness.ts'
export {
  livenessOfAttachment,
  reconcile,
  type Reconciled,
  type ReconcileRequest,
  type ReconcileTarget,
  reconcileTargets,
  type ReconcileWorld,
} from './reconcile.ts'
export type { SettleTimes } from './settle.ts'
export {
  type ConfDirReading,
  type ConfFileReading,
  type Network,
  nextSnapshot,
  NOTHING_LOADED,
  type Rejection,
  type Snapshot,
} from './snapshot.ts'
export { type NetworksStatus, type NetworkStatus, statusOf } from './status.ts'

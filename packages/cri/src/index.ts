export {
  type CallOptions,
  type CriClient,
  type CriResult,
  type MonotonicClock,
  type PodSandboxConfigInit,
  connectCri,
} from './client.ts'
export { CriError, type CriErrorCode, type CriErrorReason } from './errors.ts'
export {
  type ListPodSandboxResponse,
  type RuntimeCondition,
  type StatusResponse,
  type VersionResponse,
} from './gen/api_pb.ts'

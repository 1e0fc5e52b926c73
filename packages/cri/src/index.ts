export {
  type CallOptions,
  type CriClient,
  type CriResult,
  type MonotonicClock,
  type PodSandboxConfigInit,
  connectCri,
} from './client.ts'
export { CriError, type CriErrorCode, type CriErrorReason, SocketInUseError } from './errors.ts'
export {
  CgroupDriver,
  type DNSConfig,
  ImageService,
  type ListPodSandboxResponse,
  NamespaceMode,
  type PodSandboxConfig,
  type PodSandboxFilter,
  PodSandboxState,
  Protocol,
  type RuntimeCondition,
  RuntimeService,
  type PodSandboxStatusResponse,
  type RuntimeConfigResponse,
  type StatusResponse,
  type VersionResponse,
} from './gen/api_pb.ts'
export { type CriServer, type CriServices, type Refusal, refusal, serveCri } from './server.ts'
export { type CriStubs, criStubs } from './stubs.ts'

export {
  type AttachmentKey,
  type CachedAttachment,
  type NetworkAttachment,
  runtimeConfOf,
} from './attachment.ts'
export { type CacheListing, DEFAULT_CACHE_DIR, type ResultCache, resultCacheDir } from './cache.ts'
export {
  type CallOptions,
  type Cni,
  type CniOptions,
  createCni,
  type DelOptions,
  type GcOptions,
} from './cni.ts'
export {
  CONF_EXTENSIONS,
  confFileNames,
  listConfFiles,
  loadNetworkConfigList,
  readConfFile,
} from './config/conf-files.ts'
export {
  describeNode,
  type JsonMember,
  type JsonNode,
  type JsonObjectNode,
  JsonSyntaxError,
  memberOf,
  parseJson,
  positionOf,
  type Span,
} from './config/json.ts'
export {
  listOfPlugin,
  type NetworkConfigList,
  networkConfigList,
  parseCachedConfig,
  parseNetworkConfig,
  parseNetworkConfigList,
  parsePluginConfig,
  type PluginConfig,
} from './config/network-config.ts'
export { replaceMembers, requestConfig, type RequestKeys } from './config/request-config.ts'
export {
  CniError,
  type CniErrorCode,
  type CniErrorOptions,
  type CniErrorSubject,
  type CniOutcome,
  type ConfigPlace,
  isCniError,
} from './errors.ts'
export { pluginProcesses } from './exec/plugin-processes.ts'
export type {
  PluginExecution,
  PluginOutput,
  PluginProcessOptions,
  PluginRunner,
} from './exec/plugin-runner.ts'
export { type PluginShellOptions, type PluginShells, pluginShells } from './exec/plugin-shells.ts'
export type { GcAttachment, GcReport, ValidAttachments } from './gc.ts'
export { containerIdProblem, ifNameProblem, networkNameProblem } from './names.ts'
export { type Clock, systemClock } from './ports.ts'
export {
  CNI_VERBS,
  type CniVerb,
  isCniVerb,
  type PluginParameters,
  pluginParameters,
} from './protocol.ts'
export { formatResult } from './result/format-result.ts'
export { parseResult } from './result/parse-result.ts'
export type { Dns, Interface, IpConfig, Result, Route } from './result/result.ts'
export type { RuntimeConf } from './runtime-conf.ts'
export type { Finding } from './validate.ts'
export {
  compareVersions,
  CURRENT_VERSION,
  isAtLeast,
  isSpecVersion,
  SPEC_VERSIONS,
  type SpecVersion,
} from './versions.ts'

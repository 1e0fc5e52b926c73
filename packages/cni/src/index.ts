export {
  type JsonObject,
  type NetworkConfigList,
  type ParsedConfig,
  type PluginConfig,
  executionConfig,
  parseNetworkConfig,
} from './conf.ts'
export {
  CNI_VERBS,
  type CniVerb,
  type PluginParameters,
  isCniVerb,
  pluginParameters,
} from './protocol.ts'

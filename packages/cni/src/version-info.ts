import { type CniOutcome, failure, success } from './errors.ts'
import type { PluginOutput } from './exec/plugin-runner.ts'
import { parseObject } from './result/value-reader.ts'

/**
 * What a plugin answered to VERSION (CNI spec 1.1.0 section 5, "VERSION Success"). A plugin of 0.1.0
 * does not know the verb, and one of 0.2.0 need not list what it supports (libcni v1.3 pkg/version).
 */
export function parseVersionInfo(
  answer: CniOutcome<PluginOutput>,
  plugin: string,
): CniOutcome<readonly string[]> {
  if (!answer.ok) {
    return answer.error.msg === 'unknown CNI_COMMAND: VERSION' ? success(['0.1.0']) : answer
  }
  const { stdout, stderr } = answer.value
  const about = { plugin, verb: 'VERSION', stderr } as const
  if (stdout.trim() === '') {
    return failure('FL_CNI_PLUGIN_NO_OUTPUT', 'the plugin succeeded but printed nothing', about)
  }
  const info = parseObject(stdout)
  const versions = info?.['supportedVersions'] ?? []
  const cniVersion = info?.['cniVersion']
  if (typeof cniVersion !== 'string' || cniVersion === '' || !isTextList(versions)) {
    return failure('FL_CNI_PLUGIN_GARBAGE', 'the plugin printed no version information', about)
  }
  if (versions.length > 0) return success(versions)
  if (cniVersion === '0.2.0') return success(['0.1.0', '0.2.0'])
  return failure('FL_CNI_PLUGIN_GARBAGE', 'the plugin printed no supportedVersions', about)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string')
}

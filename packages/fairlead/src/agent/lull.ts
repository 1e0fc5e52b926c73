import type { PublishPolicy } from './config.ts'
import type { PluginProcess } from '../plugin-processes.ts'

const YOUNG_PLUGIN_MS = 1_000

/**
 * Whether the runtime can load without keeping Status waiting: no plugin runs, or, on a node where some
 * plugin always does, none that has run for long, for the load waits for those that run. A change that has
 * waited for as long as the policy bears is made all the same.
 */
export function isLull(
  plugins: readonly PluginProcess[],
  waitedMs: number,
  { waitForPlugins, waitForHung }: PublishPolicy,
): boolean {
  if (waitedMs >= waitForHung) return true
  if (waitedMs < waitForPlugins) return plugins.length === 0
  return plugins.every(({ ageMs }) => ageMs < YOUNG_PLUGIN_MS)
}

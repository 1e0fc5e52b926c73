import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { table } from './table.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { withCluster } from './upgrade-cluster.ts'

/** `fairlead upgrade history`: the upgrades of a cluster, the oldest first. */
export const upgradeHistoryCommand = buildCommand<KubeconfigFlags, [], CliContext>({
  docs: {
    brief: 'List the upgrades of a cluster and what became of them, the oldest first',
    fullDescription: 'Example:\n  fairlead upgrade history',
  },
  parameters: { flags: kubeconfigFlags },
  func: action((context: CliContext, flags: KubeconfigFlags) =>
    withCluster(context, flags, async (api) => {
      const { readUpgrades } = await import('../upgrade/controller/observe.ts')
      const upgrades = await readUpgrades(api, context.signal)
      const rows = upgrades.map(({ name, spec, status }) => [
        name,
        spec.target.version,
        status?.phase ?? 'Pending',
        status === undefined ? '' : `${status.done} of ${status.total}`,
        String(status?.failures.length ?? 0),
        status?.waves[0]?.openedAt ?? '',
        status?.message ?? '',
      ])
      const heading = ['NAME', 'VERSION', 'PHASE', 'DONE', 'FAILED', 'BEGAN', 'MESSAGE']
      context.process.stdout.write(
        rows.length === 0 ? 'There is no RuntimeUpgrade.\n' : table(heading, rows),
      )
      return EXIT.ok
    }),
  ),
})

import { buildCommand } from '@stricli/core'
import type { Upgrade } from '../upgrade/decide.ts'
import type { RollbackScope, UpgradeSpecInput } from '../upgrade/spec.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import {
  CLUSTER_CALL_TIMEOUT_MS,
  type KubeconfigFlags,
  kubeconfigFlags,
} from './kubeconfig-flags.ts'
import { nameArgument, withCluster } from './upgrade-cluster.ts'

type Change = Partial<UpgradeSpecInput>

/** `fairlead upgrade approve`: the next wave may begin. */
export const upgradeApproveCommand = buildCommand<KubeconfigFlags, [string], CliContext>({
  docs: {
    brief: 'Let the wave begin that waits for approval',
    fullDescription:
      'Raises spec.approvedWaves to the open wave.\n\nExample:\n  fairlead upgrade approve containerd-2-1',
  },
  parameters: { flags: kubeconfigFlags, positional: nameArgument },
  func: action((context: CliContext, flags: KubeconfigFlags, name: string) =>
    steer(context, flags, name, ({ spec, status }) => {
      const wave = Math.max(1, status?.wave ?? 1)
      return spec.approvedWaves >= wave
        ? `wave ${wave} is approved already`
        : [{ approvedWaves: wave }, `wave ${wave} is approved`]
    }),
  ),
})

/** `fairlead upgrade pause`: no further node begins. */
export const upgradePauseCommand = buildCommand<KubeconfigFlags, [string], CliContext>({
  docs: {
    brief: 'Let no further node begin; those under way go on',
    fullDescription: 'Sets spec.paused.\n\nExample:\n  fairlead upgrade pause containerd-2-1',
  },
  parameters: { flags: kubeconfigFlags, positional: nameArgument },
  func: action((context: CliContext, flags: KubeconfigFlags, name: string) =>
    steer(context, flags, name, ({ spec }) =>
      spec.paused ? 'it is paused already' : [{ paused: true }, 'paused'],
    ),
  ),
})

/** `fairlead upgrade resume`: it goes on, whatever has failed. */
export const upgradeResumeCommand = buildCommand<KubeconfigFlags, [string], CliContext>({
  docs: {
    brief: 'Let it go on, after a pause or after nodes have failed',
    fullDescription:
      'Takes spec.paused away and raises spec.maxFailed to the number of nodes that have failed, which are sent\n' +
      'back if they were not. The next that fails stops it again.\n\n' +
      'Example:\n  fairlead upgrade resume containerd-2-1',
  },
  parameters: { flags: kubeconfigFlags, positional: nameArgument },
  func: action((context: CliContext, flags: KubeconfigFlags, name: string) =>
    steer(context, flags, name, ({ spec, status }) => {
      const failed = status?.failures.length ?? 0
      if (status?.phase === 'RolledBack' || status?.phase === 'Complete') {
        return `it is over: ${status.phase}`
      }
      if (spec.rollback !== undefined) return `it is rolled back: spec.rollback is ${spec.rollback}`
      if (!spec.paused && failed <= spec.maxFailed) return 'nothing holds it'
      const told = failed > spec.maxFailed ? `goes on with ${failed} failed` : 'goes on'
      return [{ paused: false, maxFailed: Math.max(failed, spec.maxFailed) }, told]
    }),
  ),
})

interface RollbackFlags extends KubeconfigFlags {
  readonly scope: RollbackScope
}

/** `fairlead upgrade rollback`: nodes go back to the version before. */
export const upgradeRollbackCommand = buildCommand<RollbackFlags, [string], CliContext>({
  docs: {
    brief:
      'Send nodes back to the version before: all, those of the open wave, or those that failed',
    fullDescription:
      'Sets spec.rollback. Broken nodes go first, and never more are out of service than maxUnavailable. Works\n' +
      'for an upgrade that is complete, too.\n\n' +
      'Example:\n  fairlead upgrade rollback containerd-2-1 --scope wave',
  },
  parameters: {
    flags: {
      ...kubeconfigFlags,
      scope: {
        kind: 'enum',
        values: ['all', 'wave', 'node'],
        default: 'all',
        brief: 'all nodes that have it, those of the open wave, or the failed ones',
      },
    },
    positional: nameArgument,
  },
  func: action((context: CliContext, { scope, ...flags }: RollbackFlags, name: string) =>
    steer(context, flags, name, ({ spec, status }) =>
      status?.phase === 'RolledBack' || spec.rollback === scope
        ? 'it goes back already'
        : [{ rollback: scope }, `goes back: ${scope}`],
    ),
  ),
})

/** Changes the spec as `change` says, or says why there is nothing to change. */
async function steer(
  context: CliContext,
  flags: KubeconfigFlags,
  name: string,
  change: (upgrade: Upgrade) => readonly [Change, string] | string,
): Promise<number> {
  const [{ readUpgrade, failureOf }, { upgradeRef }] = await Promise.all([
    import('../upgrade/controller/observe.ts'),
    import('../upgrade/controller/upgrade-object.ts'),
  ])
  return withCluster(context, flags, async (api) => {
    const { signal } = context
    const wanted = change(await readUpgrade(name, api, signal))
    const { stdout } = context.process
    if (typeof wanted === 'string') {
      stdout.write(`${name}: ${wanted}\n`)
      return EXIT.ok
    }
    const [spec, told] = wanted
    const call = { timeoutMs: CLUSTER_CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
    const written = await api.patch(upgradeRef(name), { spec }, call)
    if (!written.ok) throw failureOf(written.error, name)
    stdout.write(`${name}: ${told}\n`)
    return EXIT.ok
  })
}

import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { textFlag } from './flags.ts'
import { table } from './table.ts'
import {
  CLUSTER_CALL_TIMEOUT_MS,
  type KubeconfigFlags,
  kubeconfigFlags,
} from './kubeconfig-flags.ts'
import { withCluster } from './upgrade-cluster.ts'

const fileArgument = {
  kind: 'tuple',
  parameters: [{ brief: 'A YAML file with a RuntimeUpgrade', parse: String, placeholder: 'file' }],
} as const

interface PlanFlags extends KubeconfigFlags {
  readonly namespace: string
}

/** `fairlead upgrade plan`: what an upgrade would do to this cluster. */
export const upgradePlanCommand = buildCommand<PlanFlags, [string], CliContext>({
  docs: {
    brief:
      'Show which nodes of a cluster a RuntimeUpgrade would take, wave by wave; changes nothing',
    fullDescription:
      'With what keeps its first node from beginning; exit code 1 where something does.\n\n' +
      'Example:\n' +
      '  fairlead upgrade plan upgrade.yaml',
  },
  parameters: {
    flags: {
      ...kubeconfigFlags,
      namespace: {
        ...textFlag,
        default: 'fairlead',
        brief: 'That of the controller, where lab reports are',
        placeholder: 'name',
      },
    },
    positional: fileArgument,
  },
  func: action(async (context: CliContext, flags: PlanFlags, file: string) => {
    const [
      { readManifest },
      { readCluster },
      { askLabGates },
      { planOf },
      { whoMoves },
      { wallClockMs },
    ] = await Promise.all([
      import('../upgrade/resource.ts'),
      import('../upgrade/controller/observe.ts'),
      import('../upgrade/controller/lab-gates.ts'),
      import('../upgrade/plan.ts'),
      import('../upgrade/executors/executor-of.ts'),
      import('../ports.ts'),
    ])
    const { name, spec } = await readManifest(file)
    return withCluster(context, flags, async (api) => {
      const upgrade = { uid: '', name, spec, status: undefined }
      const { cluster } = await readCluster(upgrade, api, context.signal)
      const { total, already, maxUnavailable, waves, obstacles } = planOf(spec, cluster)
      const { stdout } = context.process
      stdout.write(
        table(
          ['WAVE', 'NODES', 'FIRST OF THEM'],
          waves.map((wave) => [wave.name, String(wave.count), wave.first.join(', ')]),
        ),
      )
      stdout.write(
        `\n${total === 1 ? '1 node goes' : `${total} nodes go`} to ${spec.target.version}, at most ${maxUnavailable} out of service at once; ` +
          `${already} run it already.\n${whoMoves(spec)}\n`,
      )
      for (const { node, why } of obstacles)
        stdout.write(`${node} ${why}, and would be waited for.\n`)
      const world = { api, namespace: flags.namespace, wallMs: wallClockMs }
      const answers = await askLabGates(spec, world, context.signal)
      for (const { name: gate, objection } of answers) {
        const told =
          objection === undefined ? `gate ${gate} holds` : `nothing would begin: ${objection}`
        stdout.write(`${told}\n`)
      }
      return answers.some(({ objection }) => objection !== undefined) ? EXIT.findings : EXIT.ok
    })
  }),
})

/** `fairlead upgrade apply`: begins an upgrade, or changes one. */
export const upgradeApplyCommand = buildCommand<KubeconfigFlags, [string], CliContext>({
  docs: {
    brief: 'Create a RuntimeUpgrade, or change the one of that name',
    fullDescription:
      'As `kubectl apply` does, with the reasons of the file first. A running `fairlead controller` carries it out.\n\n' +
      'Example:\n  fairlead upgrade apply upgrade.yaml',
  },
  parameters: { flags: kubeconfigFlags, positional: fileArgument },
  func: action(async (context: CliContext, flags: KubeconfigFlags, file: string) => {
    const [{ readManifest, RUNTIME_UPGRADES }, { failureOf }, { upgradeRef }] = await Promise.all([
      import('../upgrade/resource.ts'),
      import('../upgrade/controller/observe.ts'),
      import('../upgrade/controller/upgrade-object.ts'),
    ])
    const { name, object } = await readManifest(file)
    return withCluster(context, flags, async (api) => {
      const call = { timeoutMs: CLUSTER_CALL_TIMEOUT_MS, signal: context.signal }
      const made = await api.create(RUNTIME_UPGRADES, object, call)
      const { stdout } = context.process
      if (made.ok) {
        stdout.write(`${name}: created; see \`fairlead upgrade status ${name} --watch\`\n`)
        return EXIT.ok
      }
      if (made.error.reason !== 'already-exists') throw failureOf(made.error)
      const patch = { spec: Object(object.spec) }
      const changed = await api.patch(upgradeRef(name), patch, { ...call, kind: 'merge' })
      if (!changed.ok) throw failureOf(changed.error, name)
      stdout.write(`${name}: changed\n`)
      return EXIT.ok
    })
  }),
})

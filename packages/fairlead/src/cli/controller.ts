import { buildCommand } from '@stricli/core'
import type { ControllerEvent } from '../upgrade/controller/controller.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { withCluster } from './upgrade-cluster.ts'

interface Flags extends KubeconfigFlags {
  readonly namespace: string
  readonly identity?: string
}

/** `fairlead controller`: carries out the RuntimeUpgrades of a cluster, until it is interrupted. */
export const controllerCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Carry out the RuntimeUpgrades of a cluster',
    fullDescription:
      'Run two: the one that holds the Lease works, the other takes over within 15 s. Nothing is kept outside of the\n' +
      'API server, so it may end at any moment. What happens is told on stderr, one line each; ctrl-C ends it, and\n' +
      'leaves nodes that are under way for the next.\n\n' +
      'Example:\n' +
      '  fairlead controller --namespace fairlead',
  },
  parameters: {
    flags: {
      ...kubeconfigFlags,
      namespace: {
        kind: 'parsed',
        parse: String,
        default: 'fairlead',
        brief: 'Where its Lease and its Jobs are',
        placeholder: 'name',
      },
      identity: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Its name in the Lease [default: host name and process id]',
        placeholder: 'name',
      },
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [{ runController }, { wallClockMs }, { newSeed, randomOf }, { hostname }] =
      await Promise.all([
        import('../upgrade/controller/controller.ts'),
        import('../ports.ts'),
        import('../random.ts'),
        import('node:os'),
      ])
    const { namespace, identity = `${hostname()}-${process.pid}` } = flags
    await withCluster(context, flags, (api) =>
      runController(
        { namespace, identity },
        {
          api,
          clock: context.clock,
          wallMs: wallClockMs,
          random: randomOf(newSeed()),
          fetch,
          onEvent: (event) => context.process.stderr.write(`${eventText(event)}\n`),
        },
        context.signal,
      ),
    )
    return EXIT.ok
  }),
})

function eventText(event: ControllerEvent): string {
  if (event.type === 'watch') {
    return `the ${event.what} cannot be watched, and are tried again: ${event.error.message}`
  }
  if (event.type === 'leader') {
    switch (event.event.type) {
      case 'leading':
        return 'holds the Lease, and works'
      case 'following':
        return `waits: ${event.event.holder} holds the Lease`
      case 'lost':
        return 'has lost the Lease'
      case 'failed':
        return `the Lease cannot be had, and is tried again: ${event.event.error.message}`
    }
  }
  const { upgrade, event: work } = event
  switch (work.type) {
    case 'node':
      return `${upgrade}: ${work.node}: ${work.phase}${work.reason === undefined ? '' : `: ${work.reason}`}`
    case 'status':
      return `${upgrade}: ${work.phase}, ${work.wave === 0 ? 'canary' : `wave ${work.wave}`}: ${work.message}`
    case 'invalid':
      return `${upgrade}: is left alone: ${work.problem}`
    case 'failed':
      return `${upgrade}: ${work.what} failed, and is tried again: ${work.error.message}`
  }
}

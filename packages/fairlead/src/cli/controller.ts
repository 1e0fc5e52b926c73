import { buildCommand } from '@stricli/core'
import { FairleadError, messageOf } from '../errors.ts'
import type { Answers } from '../health-server.ts'
import type { ControllerEvent } from '../upgrade/controller/controller.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { optionalTextFlag, textFlag } from './flags.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { withCluster } from './upgrade-cluster.ts'

interface Flags extends KubeconfigFlags {
  readonly namespace: string
  readonly identity?: string
  readonly http?: string
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
        ...textFlag,
        default: 'fairlead',
        brief: 'Where its Lease and its Jobs are',
        placeholder: 'name',
      },
      identity: {
        ...optionalTextFlag,
        brief: 'Its name in the Lease [default: host name and process id]',
        placeholder: 'name',
      },
      http: {
        ...optionalTextFlag,
        brief:
          'Where /metrics, /healthz and /readyz are answered, e.g. 127.0.0.1:9810 [default: nowhere]',
        placeholder: 'address',
      },
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [
      { runController },
      { createControllerTelling },
      { wallClockMs },
      { newSeed, randomOf },
      { VERSION },
      { hostname },
    ] = await Promise.all([
      import('../upgrade/controller/controller.ts'),
      import('../upgrade/controller/telling.ts'),
      import('../ports.ts'),
      import('../random.ts'),
      import('../version.ts'),
      import('node:os'),
    ])
    const { namespace, identity = `${hostname()}-${process.pid}` } = flags
    const startedAtMs = wallClockMs() - process.uptime() * 1000
    const telling = createControllerTelling(context.clock, { version: VERSION, startedAtMs })
    await using _server = await answering(flags.http, telling.answers)
    await withCluster(context, flags, (api) =>
      runController(
        { namespace, identity },
        {
          api,
          clock: context.clock,
          wallMs: wallClockMs,
          random: randomOf(newSeed()),
          fetch,
          onEvent: (event) => {
            telling.saw(event)
            const text = eventText(event)
            if (text !== undefined) context.process.stderr.write(`${text}\n`)
          },
        },
        context.signal,
      ),
    )
    return EXIT.ok
  }),
})

/** Answers there until it is disposed of; nothing where no address is given. Fails with FL_USAGE. */
async function answering(
  address: string | undefined,
  answers: Answers,
): Promise<AsyncDisposable | undefined> {
  if (address === undefined) return undefined
  const [{ serveHttp }, { httpAddress }] = await Promise.all([
    import('../health-server.ts'),
    import('../http-address.ts'),
  ])
  const parsed = httpAddress.safeParse(address)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new FairleadError('FL_USAGE', `--http ${address}: ${issue?.message ?? 'not valid'}.`)
  }
  try {
    return await serveHttp(parsed.data, answers)
  } catch (error) {
    throw new FairleadError('FL_USAGE', `--http ${address}: ${messageOf(error)}.`, {
      hint: 'Name an address of this machine, and a port that nobody else has.',
      cause: error,
    })
  }
}

/** What people are told of it, if anything. */
function eventText(event: ControllerEvent): string | undefined {
  if (event.type === 'turn' || event.type === 'looked' || event.type === 'gone') return undefined
  if (event.type === 'watch') {
    return `the ${event.what} cannot be watched, and are tried again: ${event.error.message}`
  }
  if (event.type === 'event') {
    return `${event.what} was not written, and is tried again: ${event.error.message}`
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

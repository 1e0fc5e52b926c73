import { buildCommand } from '@stricli/core'
import type { Reconciled } from '@fairlead/networks'
import type { RuntimeEvent } from '../runtime/serve.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { netFlags } from './net-flags.ts'
import { blindText, rejectedText } from './networks-events.ts'

interface Flags {
  readonly socket: string
  readonly confDir?: string
  readonly binDir?: readonly string[]
  readonly stateDir: string
}

/** `fairlead runtime serve`: a CRI runtime for networks, until it is interrupted. */
export const runtimeServeCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief:
      'Serve CRI v1 on a unix socket: sandboxes with networks, and nothing that can stall them',
    fullDescription:
      'A network runtime: it makes sandboxes, each with a network namespace of its own that is attached\n' +
      "to the conf dir's network, and answers Status at once, whatever a plugin does. It runs no\n" +
      'containers. Sandboxes survive its end, also by kill -9; the next start knows them all. Takes\n' +
      'root. What happens is told on stderr, one line each; ctrl-C ends it.\n\n' +
      'Example:\n' +
      '  fairlead runtime serve --socket /run/fairlead/cri.sock\n' +
      '  crictl --runtime-endpoint unix:///run/fairlead/cri.sock info',
  },
  parameters: {
    flags: {
      socket: {
        kind: 'parsed',
        parse: String,
        default: '/run/fairlead/cri.sock',
        brief: 'The unix socket to listen on',
        placeholder: 'path',
      },
      confDir: netFlags.confDir,
      binDir: netFlags.binDir,
      stateDir: {
        kind: 'parsed',
        parse: String,
        default: '/var/lib/fairlead/runtime',
        brief: 'Where sandboxes and attachments are kept',
        placeholder: 'dir',
      },
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [{ serveRuntime }, { openNet }, { makeDir }, path] = await Promise.all([
      import('../runtime/serve.ts'),
      import('../net/settings.ts'),
      import('../files.ts'),
      import('node:path'),
    ])
    const { env, stderr } = context.process
    const { confDir, binDirs } = openNet(flags, env, context.signal)
    const socketPath = path.resolve(flags.socket)
    await makeDir(path.dirname(socketPath))
    await using runtime = await serveRuntime({
      socketPath,
      confDir,
      binDirs,
      stateDir: path.resolve(flags.stateDir),
      policy: { kind: 'containerd' },
      env,
      onEvent: (event) => {
        const text = eventText(event)
        if (text !== undefined) stderr.write(`${text}\n`)
      },
    })
    for (const id of runtime.undone) stderr.write(`sandbox ${id} was begun and is undone\n`)
    for (const { id, reason } of runtime.stopped) {
      stderr.write(`sandbox ${id} was begun and is not undone, it is not ready: ${reason}\n`)
    }
    for (const file of runtime.damaged) stderr.write(`${file} is no sandbox and is left alone\n`)
    stderr.write(`serving CRI on ${socketPath}\n`)
    await untilAborted(context.signal)
    return EXIT.ok
  }),
})

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** One line for a log; undefined for what goes well all the time. */
function eventText(event: RuntimeEvent): string | undefined {
  switch (event.type) {
    case 'loaded': {
      const names = event.snapshot.networks.map(({ name }) => name).join(', ')
      return `networks: ${names === '' ? 'none' : names}`
    }
    case 'rejected':
      return rejectedText(event)
    case 'ready':
      return `network ${event.network} is ready`
    case 'not-ready':
      return `network ${event.network} is not ready: ${event.error?.message ?? 'unknown'}`
    case 'blind':
      return blindText(event)
    case 'sighted':
      return 'the conf dir is watched again'
    case 'reconciled':
      return leftoversText(event.networks)
    case 'not-reconciled':
      return `what is left of earlier sandboxes is not collected: ${event.reason}`
    case 'stalled':
      return `${event.operation} of sandbox ${event.sandbox} goes on for long`
    case 'done':
      return event.ok ? undefined : `${event.operation} of sandbox ${event.sandbox} failed`
  }
}

/** What was collected of containers that are gone; undefined where nothing was left over. */
function leftoversText(networks: readonly Reconciled[]): string | undefined {
  const deleted = networks.flatMap(({ attachments }) => attachments.filter((one) => one.deleted))
  const released = networks.flatMap(({ reservations }) =>
    reservations.filter((one) => one.released),
  )
  const undecided = networks.flatMap((network) => network.undecided)
  const errors = networks.flatMap((network) => network.errors)
  const parts = [
    ...counted(deleted.length, 'attachment', 'deleted'),
    ...counted(released.length, 'address', 'released'),
    ...counted(undecided.length, 'address', 'kept, which may be in use'),
    ...errors.map(({ message }) => message),
  ]
  return parts.length === 0 ? undefined : `left over of earlier sandboxes: ${parts.join('; ')}`
}

function counted(count: number, noun: string, fate: string): readonly string[] {
  if (count === 0) return []
  const plural = noun === 'address' ? 'addresses' : `${noun}s`
  return [`${count} ${count === 1 ? noun : plural} ${fate}`]
}

import { buildCommand } from '@stricli/core'
import type { AgentEvent } from '../agent/agent-event.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { blindText, rejectedText } from './networks-events.ts'

interface Flags {
  readonly config: string
}

/** `fairlead agent run`: keeps a runtime's conf dir and watches the runtime, until it is interrupted. */
export const agentRunCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Keep a conf dir that the runtime can only load well, and end plugins that hang',
    fullDescription:
      'Installers go on writing where they do, the source dirs. What is whole, valid and runnable there is\n' +
      "published into the runtime's conf_dir, one network at a time and each change as one load. When\n" +
      'Status goes silent behind a plugin that hangs, the plugin is ended. Takes root. What happens is\n' +
      'told on stderr, one line each; ctrl-C ends it, and leaves the conf dir as it is.\n\n' +
      'Example:\n' +
      '  fairlead agent run --config /etc/fairlead/agent.yaml',
  },
  parameters: {
    flags: {
      config: {
        kind: 'parsed',
        parse: String,
        default: '/etc/fairlead/agent.yaml',
        brief: 'The config file',
        placeholder: 'file',
      },
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [{ loadAgentConfig }, { runAgent }, { repairText }] = await Promise.all([
      import('../agent/config.ts'),
      import('../agent/agent.ts'),
      import('../agent/repair.ts'),
    ])
    const { env, stderr } = context.process
    const config = await loadAgentConfig(flags.config)
    const { sourceDirs, confDir, socket } = config
    stderr.write(`publishing ${sourceDirs.join(', ')} to ${confDir}, watching ${socket}\n`)
    await runAgent(config, {
      env,
      signal: context.signal,
      onEvent: (event) => {
        stderr.write(`${eventText(event, repairText)}\n`)
      },
    })
    return EXIT.ok
  }),
})

function eventText(
  event: AgentEvent,
  repairText: (repair: Extract<AgentEvent, { type: 'repair' }>) => string,
): string {
  switch (event.type) {
    case 'published':
      return `published: ${event.change}; the conf dir holds ${event.files.join(', ') || 'nothing'}`
    case 'kicked':
      return `made to load once more: ${event.change}`
    case 'confirmed':
      return `the runtime has loaded it: ${event.change}`
    case 'not-confirmed':
      return `not seen by the runtime yet: ${event.change}; ${event.reason}`
    case 'withdrawn':
      return `taken back: ${event.change}; ${event.reason}`
    case 'waits':
      return `network ${event.network} waits: ${event.reason}`
    case 'unknown-file':
      return event.setAside
        ? `set aside: ${event.file}, which somebody else has put into the conf dir`
        : `somebody else has put ${event.file} into the conf dir, and the runtime may load it`
    case 'rejected':
      return rejectedText(event)
    case 'blind':
      return blindText(event)
    case 'sighted':
      return 'the source dirs are watched again'
    case 'runtime':
      return event.text
    case 'repair':
      return `${REPAIRS[event.repair.kind]}: ${repairText(event)}`
    case 'cluster-failed':
      return `the API server: ${event.what}: ${event.reason}`
    case 'probed':
      return event.probed.kind === 'failed'
        ? `the probe failed: ${event.probed.reason}`
        : 'the probe has made a pod and removed it'
    case 'pod-evicted':
      return `pod ${event.pod.namespace}/${event.pod.name} is evicted, to be made anew with ${event.pod.missing.join(', ')}`
    case 'failed':
      return `${event.what} failed, and is tried again: ${event.reason}`
  }
}

const REPAIRS = {
  report: 'nothing is done',
  'end-plugins': 'ending plugins',
  restart: 'restarting the runtime',
} as const

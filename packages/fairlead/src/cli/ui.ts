import { buildCommand, numberParser } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { action, EXIT } from './exit.ts'
import { REPORT_DIR } from './flags.ts'

interface Flags extends KubeconfigFlags {
  readonly port: number
  readonly socket: string
  readonly agentFile: string
  readonly confDir?: string
  readonly runs?: readonly string[]
}

/** `fairlead ui`: a live page of this node on loopback, until it is interrupted. */
export const uiCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Show this node live in a browser, and lab runs and upgrades',
    fullDescription:
      'Serves a page on 127.0.0.1 and prints its address, which holds a token. Status is asked for as a\n' +
      'kubelet does and once a second, /proc and the conf dir are looked at twice a second; nothing on\n' +
      'the node is changed. Root sees the plugins; others see only their own. The reports of lab runs\n' +
      'are listed and opened, the upgrades of the cluster listed. ctrl-C ends it.\n\n' +
      'Examples:\n' +
      '  fairlead ui\n' +
      '  fairlead ui --runs ~/reports\n' +
      '  ssh -t -L 7466:127.0.0.1:7466 root@node fairlead ui',
  },
  parameters: {
    flags: {
      port: {
        kind: 'parsed',
        parse: portOf,
        default: '7466',
        brief: 'The port on 127.0.0.1; 0 takes any that is free',
        placeholder: 'port',
      },
      socket: {
        kind: 'parsed',
        parse: String,
        default: '/run/containerd/containerd.sock',
        brief: "The runtime's CRI socket",
        placeholder: 'path',
      },
      agentFile: {
        kind: 'parsed',
        parse: String,
        default: '/run/fairlead/agent.json',
        brief: 'The status file of the agent, where one runs',
        placeholder: 'file',
      },
      confDir: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: "The runtime's conf dir [default: the one that the runtime names]",
        placeholder: 'dir',
      },
      runs: {
        kind: 'parsed',
        parse: String,
        optional: true,
        variadic: true,
        brief: `A folder of reports, or one report's; may be given several times [default: ${REPORT_DIR}]`,
        placeholder: 'dir',
      },
      ...kubeconfigFlags,
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [{ serveUi }, { NodeWatch }, { Runs }, { clusterAccess }, { connectKube }, path] =
      await Promise.all([
        import('../ui/serve.ts'),
        import('../ui/node-watch.ts'),
        import('../ui/runs.ts'),
        import('../kube/find-cluster.ts'),
        import('../kube/http-api.ts'),
        import('node:path'),
      ])
    const { clock, signal } = context
    const { env, stdout, stderr } = context.process
    const socketPath = path.resolve(flags.socket)
    const watch = new NodeWatch({
      socketPath,
      agentFile: flags.agentFile,
      confDir: flags.confDir,
      clock,
      signal,
    })
    const runs = new Runs(flags.runs ?? [REPORT_DIR])
    const connect = async () => connectKube(await clusterAccess(flags, env))
    const { port } = flags
    await using server = await serveUi({ port, watch, runs, connect, clock, signal })
    stderr.write(`watching ${socketPath}; ctrl-C ends it\n`)
    stdout.write(`${server.url}\n`)
    await watch.run()
    return EXIT.ok
  }),
})

function portOf(text: string): number {
  const port = numberParser(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new FairleadError('FL_USAGE', `expected a port from 0 to 65535, not "${text}"`)
}

import {
  type Application,
  buildApplication,
  buildRouteMap,
  type Command,
  type CommandContext,
  generateHelpTextForAllCommands,
  type RouteMap,
  run,
} from '@stricli/core'
import { VERSION } from '../version.ts'
import { agentInstallCommand, agentUninstallCommand } from './agent-install.ts'
import { agentRunCommand } from './agent-run.ts'
import { agentStatusCommand } from './agent-status.ts'
import { advisoriesCheckCommand } from './advisories-check.ts'
import { advisoriesExportCommand } from './advisories-export.ts'
import { advisoriesLintCommand } from './advisories-lint.ts'
import { advisoriesListCommand } from './advisories-list.ts'
import { advisoriesShowCommand } from './advisories-show.ts'
import { advisoriesUpdateCommand } from './advisories-update.ts'
import { completionCommand, PROPOSE, propose } from './completion.ts'
import type { CliContext } from './context.ts'
import { controllerCommand } from './controller.ts'
import { doctorCommand } from './doctor.ts'
import { EXIT } from './exit.ts'
import { exploreCommand } from './explore.ts'
import { labCheckCommand } from './lab-check.ts'
import { labCompareCommand } from './lab-compare.ts'
import { labMergeCommand } from './lab-merge.ts'
import { labNewRoutes } from './lab-new.ts'
import { labRunCommand } from './lab-run.ts'
import { labRuntimesCommand } from './lab-runtimes.ts'
import { labVerdictCommand } from './lab-verdict.ts'
import { lintCommand } from './lint.ts'
import { netAddCommand } from './net-add.ts'
import { netCheckCommand } from './net-check.ts'
import { netDelCommand } from './net-del.ts'
import { netGcCommand } from './net-gc.ts'
import { netListCommand } from './net-list.ts'
import { netPlanCommand } from './net-plan.ts'
import { netStatusCommand } from './net-status.ts'
import { netValidateCommand } from './net-validate.ts'
import { runtimeServeCommand } from './runtime-serve.ts'
import { slotRoutes } from './slot-routes.ts'
import { uiCommand } from './ui.ts'
import { upgradeApplyCommand, upgradePlanCommand } from './upgrade-apply.ts'
import { upgradeHistoryCommand } from './upgrade-history.ts'
import { upgradeSimulateCommand } from './upgrade-simulate.ts'
import { upgradeStatusCommand } from './upgrade-status.ts'
import {
  upgradeApproveCommand,
  upgradePauseCommand,
  upgradeResumeCommand,
  upgradeRollbackCommand,
} from './upgrade-steer.ts'

const lab = buildRouteMap({
  routes: {
    run: labRunCommand,
    new: labNewRoutes,
    check: labCheckCommand,
    compare: labCompareCommand,
    merge: labMergeCommand,
    runtimes: labRuntimesCommand,
    verdict: labVerdictCommand,
  },
  docs: { brief: 'Prove that a container runtime keeps its node Ready with several CNIs' },
})

const net = buildRouteMap({
  routes: {
    add: netAddCommand,
    check: netCheckCommand,
    del: netDelCommand,
    gc: netGcCommand,
    status: netStatusCommand,
    list: netListCommand,
    plan: netPlanCommand,
    validate: netValidateCommand,
  },
  docs: { brief: 'Attach containers to CNI networks by hand, and see what is attached' },
})

const runtime = buildRouteMap({
  routes: { serve: runtimeServeCommand },
  docs: { brief: 'The embedded CRI runtime, for networks only' },
})

const agent = buildRouteMap({
  routes: {
    run: agentRunCommand,
    status: agentStatusCommand,
    install: agentInstallCommand,
    uninstall: agentUninstallCommand,
  },
  docs: {
    brief: 'Give an existing runtime only settled, valid configuration, and end what hangs it',
  },
})

const upgrade = buildRouteMap({
  routes: {
    simulate: upgradeSimulateCommand,
    plan: upgradePlanCommand,
    apply: upgradeApplyCommand,
    status: upgradeStatusCommand,
    approve: upgradeApproveCommand,
    pause: upgradePauseCommand,
    resume: upgradeResumeCommand,
    rollback: upgradeRollbackCommand,
    history: upgradeHistoryCommand,
  },
  docs: { brief: 'Upgrade what the nodes of a cluster run, in waves, with a soak and a way back' },
})

const advisories = buildRouteMap({
  routes: {
    list: advisoriesListCommand,
    show: advisoriesShowCommand,
    check: advisoriesCheckCommand,
    lint: advisoriesLintCommand,
    update: advisoriesUpdateCommand,
    export: advisoriesExportCommand,
  },
  docs: { brief: 'Known issues: what they touch, how they show, what helps' },
})

const application = buildApplication<CliContext>(
  buildRouteMap({
    routes: {
      lab,
      doctor: doctorCommand,
      agent,
      upgrade,
      controller: controllerCommand,
      runtimeSlot: slotRoutes,
      advisories,
      lint: lintCommand,
      ui: uiCommand,
      net,
      runtime,
      explore: exploreCommand,
      completion: completionCommand,
    },
    docs: {
      brief: 'Keeps a Kubernetes node Ready while several CNI plugins live on it',
      fullDescription:
        'Keeps a Kubernetes node Ready while several CNI plugins live on it. To begin with:\n\n' +
        '  a node is NotReady: why?                fairlead doctor\n' +
        '  does this runtime stay Ready?           fairlead lab run --runtime containerd=/usr/local/bin/containerd\n' +
        '  what will it make of my CNI files?      fairlead lint /etc/cni/net.d --runtime containerd@2.1.9\n' +
        '  what is known against these versions?   fairlead advisories check --containerd 2.0.1 --multus 4.1.4\n' +
        '  protect the containerd of this node     fairlead agent run --config /etc/fairlead/agent.yaml\n\n' +
        'Each command has examples in its --help.',
    },
  }),
  {
    name: 'fairlead',
    versionInfo: { currentVersion: VERSION },
    scanner: { caseStyle: 'allow-kebab-for-camel' },
    documentation: {
      caseStyle: 'convert-camel-to-kebab',
      useAliasInUsageLine: true,
      onlyRequiredInUsageLine: true,
    },
  },
)

/** Runs the CLI in process; what it came to is in `context.process.exitCode`. Does not throw. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<void> {
  const [first, ...rest] = argv
  if (first === PROPOSE) return propose(application, rest, context)
  await run(application, first === undefined ? ['--help'] : argv, context)
  const { exitCode } = context.process
  // stricli's own codes are negative: -4 for an unusable argument, -5 for an unknown command, ...
  if (typeof exitCode === 'number' && exitCode < 0) context.process.exitCode = EXIT.usage
}

/** Each command, and what it prints with `--help`. */
export function helpOfCommands(): readonly (readonly [command: string, help: string])[] {
  // No command is run, so that none takes our context.
  return generateHelpTextForAllCommands(application as unknown as Application<CommandContext>)
}

/** Why a command line is none that this CLI takes, as it is told; undefined if it is one. No command is run. */
export async function usageProblem(argv: readonly string[]): Promise<string | undefined> {
  const told: string[] = []
  const output = { write: (text: string) => told.push(text) }
  const process = { stdout: { write: () => true }, stderr: output, env: {}, exitCode: undefined }
  // No command is run, so that none takes our context.
  const context = { process } as unknown as CliContext
  await run({ ...application, root: inert(application.root) }, argv, context)
  return (context.process.exitCode ?? 0) === 0 ? undefined : told.join('').trim()
}

/** The same commands with the same arguments, none of which does anything. */
function inert<T extends Command<CliContext> | RouteMap<CliContext>>(target: T): T {
  if ('loader' in target) return { ...target, loader: async () => async () => {} }
  return {
    ...target,
    getRoutingTargetForInput: (input: string) => {
      const next = target.getRoutingTargetForInput(input)
      return next === undefined ? undefined : inert(next)
    },
  }
}

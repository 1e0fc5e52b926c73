import { isGuarded, type RuntimeInstall } from './runtimes/install.ts'
import type { LoadedScenario } from './scenario-files.ts'
import { plainSteps } from './step.ts'

/**
 * A runtime that a scenario's `upgrade-runtime` turns into another version of it. One of another kind, which could
 * make nothing of its state, is left as it is: it is restarted in place.
 */
export function withUpgrade(install: RuntimeInstall, to: RuntimeInstall): RuntimeInstall {
  if (install.kind !== 'containerd' || to.kind !== 'containerd') return install
  return { ...install, upgrade: to }
}

/** The name of a runtime's row in a report: its own, what it is upgraded to, and what guards it. */
export function rowName(install: RuntimeInstall): string {
  const upgrade = install.kind === 'containerd' ? install.upgrade : undefined
  const upgraded = upgrade === undefined ? '' : `, upgraded to ${upgrade.name}`
  return `${install.name}${upgraded}${isGuarded(install) ? ', guarded' : ''}`
}

/** Each runtime, and beside it the same one with the agent in front where the lab starts it. */
export function withGuards(installs: readonly RuntimeInstall[]): readonly RuntimeInstall[] {
  return installs.flatMap((install): RuntimeInstall[] =>
    install.kind === 'socket' ? [install] : [install, withGuard(install)],
  )
}

/** What it is upgraded to stands behind the same agent. */
function withGuard(install: Exclude<RuntimeInstall, { kind: 'socket' }>): RuntimeInstall {
  if (install.kind !== 'containerd' || install.upgrade === undefined) {
    return { ...install, guarded: true }
  }
  return { ...install, guarded: true, upgrade: { ...install.upgrade, guarded: true } }
}

/** Whether a scenario has the step `upgrade-runtime`. */
export function upgradesRuntime({ scenario }: LoadedScenario): boolean {
  return plainSteps(scenario.steps).some((step) => step.do === 'upgrade-runtime')
}

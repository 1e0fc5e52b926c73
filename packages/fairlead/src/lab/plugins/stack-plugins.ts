import path from 'node:path'
import type { LoadedScenario } from '../scenario-files.ts'
import type { Multus } from './multus.ts'
import type { PluginSource } from './plugin-binaries.ts'
import type { Role } from './plugin-host.ts'
import { pluginScript } from './plugin-script.ts'
import { chainedRole, endpointRole, loopbackRole } from './roles.ts'

/** What the steerable plugins of a stack answer, by their `type`. */
export function rolesOf({ stack }: LoadedScenario, multus: Multus): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>([['loopback', loopbackRole()]])
  for (const plugin of stack.plugins) {
    if ('role' in plugin) roles.set(plugin.type, roleOf(plugin.role, multus))
  }
  return roles
}

/** The executables of a stack's plugins, by their `type`: steerable ones, and files of its own. */
export function sourcesOf(
  { stack, stackDir }: LoadedScenario,
  roles: ReadonlyMap<string, Role>,
  hostDir: string,
): ReadonlyMap<string, PluginSource> {
  const text = pluginScript(hostDir)
  const sources = new Map<string, PluginSource>()
  for (const type of roles.keys()) sources.set(type, { kind: 'script', text })
  for (const plugin of stack.plugins) {
    if (!('path' in plugin)) continue
    sources.set(plugin.type, { kind: 'file', path: path.resolve(stackDir, plugin.path) })
  }
  return sources
}

function roleOf(role: 'endpoint' | 'chained' | 'multus-shim', multus: Multus): Role {
  switch (role) {
    case 'endpoint':
      return endpointRole()
    case 'chained':
      return chainedRole()
    case 'multus-shim':
      return multus.shim
  }
}

import type { CniVerb } from '@fairlead/cni'
import { cniVersionOf, type Outcome, succeed } from './behaviour.ts'
import type { Execution, Role } from './plugin-host.ts'

/** Spec versions that the steerable plugins answer to VERSION with. */
const SUPPORTED_VERSIONS = ['0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0']

/**
 * A plugin that gives each sandbox an address: the part of `cilium-cni` and `loopback` that a
 * runtime can see. No interface is made; runtimes take the result at its word.
 */
export function endpointRole(): Role {
  let lastHost = 1
  return async (execution) => {
    if (execution.verb !== 'ADD') return answerWithoutResult(execution.verb)
    lastHost += 1
    return succeed(
      addResult(cniVersionOf(execution), execution, `10.0.${lastHost >> 8}.${lastHost & 255}/16`),
    )
  }
}

/** The `loopback` plugin, which containerd runs for every sandbox beside the network. */
export function loopbackRole(): Role {
  return async (execution) =>
    execution.verb === 'ADD'
      ? succeed(addResult(cniVersionOf(execution), execution, '127.0.0.1/8'))
      : answerWithoutResult(execution.verb)
}

/** A plugin that stands behind another in a chain, as `portmap` does: its result is the one before it. */
export function chainedRole(): Role {
  return async (execution) => {
    if (execution.verb !== 'ADD') return answerWithoutResult(execution.verb)
    const conf: unknown = JSON.parse(execution.stdin)
    const isObject = typeof conf === 'object' && conf !== null
    return succeed(isObject ? Reflect.get(conf, 'prevResult') : undefined)
  }
}

/** What a plugin answers to a verb that has no result of its own. */
export function answerWithoutResult(verb: CniVerb): Outcome {
  return verb === 'VERSION'
    ? succeed({ cniVersion: '1.1.0', supportedVersions: SUPPORTED_VERSIONS })
    : succeed()
}

// CNI spec 1.1.0 section 5, "Add Success"; `version` left the entries of `ips` with 1.0.0.
function addResult(cniVersion: string, execution: Execution, address: string): unknown {
  const ip = { interface: 0, address }
  return {
    cniVersion,
    interfaces: [{ name: execution.ifName, sandbox: execution.netns }],
    ips: [cniVersion.startsWith('0.') ? { version: '4', ...ip } : ip],
  }
}

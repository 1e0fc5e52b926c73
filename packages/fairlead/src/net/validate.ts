import {
  type CniOutcome,
  CONF_EXTENSIONS,
  type NetworkConfigList,
  readConfFile,
} from '@fairlead/cni'
import path from 'node:path'
import { type Failure, failureOf } from './failure.ts'
import { loadNetwork, someNetworkFiles } from './networks.ts'
import type { Net } from './settings.ts'

/** A network or file and everything that speaks against it on this machine. */
export interface Validated {
  /** The network or file as it was named. */
  readonly target: string
  /** Absent where the configuration cannot be read so far. */
  readonly network?: string
  readonly cniVersion?: string
  readonly plugins?: readonly string[]
  readonly findings: readonly ValidationFinding[]
}

/** `keyPath` is in the message already where the message has a place in the file. */
interface ValidationFinding extends Failure {
  readonly keyPath?: string
}

/**
 * Validates networks of the conf dir, files, or the whole conf dir: the configurations, and that
 * each plugin is there, runs and supports the version.
 *
 * @throws {CniError} FL_CNI_NETWORK_UNKNOWN or FL_CNI_CONFIG_READ.
 */
export async function validateNetworks(
  targets: readonly string[],
  net: Net,
): Promise<readonly Validated[]> {
  const named =
    targets.length === 0
      ? (await someNetworkFiles(net.confDir)).map(({ file, list }) => ({ target: file, list }))
      : await Promise.all(
          targets.map(async (target) => ({ target, list: await readTarget(target, net) })),
        )
  for (const { list } of named) {
    if (!list.ok && list.error.code !== 'FL_CNI_CONFIG_INVALID') throw list.error
  }
  return Promise.all(named.map(({ target, list }) => validated(target, list, net)))
}

async function readTarget(target: string, net: Net): Promise<CniOutcome<NetworkConfigList>> {
  const isFile = target.includes('/') || CONF_EXTENSIONS.includes(path.extname(target))
  return isFile ? readConfFile(target) : loadNetwork(target, net)
}

async function validated(
  target: string,
  list: CniOutcome<NetworkConfigList>,
  net: Net,
): Promise<Validated> {
  if (!list.ok) return { target, findings: [failureOf(list.error)] }
  const { name, cniVersion, plugins } = list.value
  const findings = await net.cni.validateNetworkList(list.value, net.call)
  return {
    target,
    network: name,
    cniVersion,
    plugins: plugins.map(({ type }) => type),
    findings: findings.map(({ keyPath, error }) => ({ keyPath, ...failureOf(error) })),
  }
}

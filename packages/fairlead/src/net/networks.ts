import {
  CniError,
  type CniOutcome,
  listConfFiles,
  loadNetworkConfigList,
  type NetworkConfigList,
  readConfFile,
} from '@fairlead/cni'
import { FairleadError } from '../errors.ts'
import { valueOf } from './failure.ts'
import type { Net } from './settings.ts'

/** A file of the conf dir and what is in it. */
export interface NetworkFile {
  readonly file: string
  readonly list: CniOutcome<NetworkConfigList>
}

/** The files of the conf dir in the order that runtimes load them in. */
export async function networkFiles(confDir: string): Promise<readonly NetworkFile[]> {
  const files = valueOf(await listConfFiles(confDir))
  return Promise.all(files.map(async (file) => ({ file, list: await readConfFile(file) })))
}

/** As {@link networkFiles}. Throws FL_USAGE where there is none. */
export async function someNetworkFiles(confDir: string): Promise<readonly NetworkFile[]> {
  const files = await networkFiles(confDir)
  if (files.length > 0) return files
  throw new FairleadError('FL_USAGE', `There is no network configuration in ${confDir}.`, {
    hint: 'Name the folder that it is in with --conf-dir.',
  })
}

/**
 * The network of that name in the conf dir. An unknown one is refused with those that are known.
 * Fails with FL_CNI_NETWORK_UNKNOWN, FL_CNI_CONFIG_READ or FL_CNI_CONFIG_INVALID.
 */
export async function loadNetwork(name: string, net: Net): Promise<CniOutcome<NetworkConfigList>> {
  const list = await loadNetworkConfigList(net.confDir, name)
  if (list.ok) return list
  const { code, msg, place } = list.error
  if (code === 'FL_CNI_NETWORK_UNKNOWN') {
    const hint = await hintOfKnown(net.confDir)
    return { ok: false, error: new CniError(code, msg, { network: name, hint }) }
  }
  if (place === undefined || list.error.hint !== undefined) return list
  const hint = `The search for network ${name} ends there: repair the file, or move it away.`
  return { ok: false, error: new CniError(code, msg, { place, hint }) }
}

async function hintOfKnown(confDir: string): Promise<string> {
  const files = await networkFiles(confDir)
  const names = files.flatMap(({ list }) => (list.ok ? [list.value.name] : []))
  return names.length === 0
    ? 'It has no networks at all; name another folder with --conf-dir.'
    : `It has ${[...new Set(names)].join(', ')}.`
}

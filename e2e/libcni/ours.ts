import {
  type CniError,
  type CniOutcome,
  createCni,
  formatResult,
  listConfFiles,
  loadNetworkConfigList,
  type NetworkConfigList,
  parseNetworkConfigList,
  readConfFile,
  type Result,
} from '@fairlead/cni'
import type { Operation } from './operation.ts'

/** What `@fairlead/cni` came to, in the form of the peer's answers. */
export type OurAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CniError }

/** Does what the peer does with libcni. */
export async function ask(operation: Operation): Promise<OurAnswer> {
  const { op, confDir, binDirs, cacheDir, plugin = '', extensions } = operation
  const cni = createCni({ binDirs, cacheDir })
  if (op === 'files') return listConfFiles(confDir, extensions)
  if (op === 'version') return cni.supportedVersions(plugin)
  if (op === 'attachments') {
    return mapped(await cni.cachedAttachments(), ({ attachments }) =>
      attachments.map((attachment) => ({ ...attachment, writtenAtMs: undefined })),
    )
  }
  const list = await listOf(operation)
  return list.ok ? askList(operation, list.value) : list
}

async function askList(operation: Operation, list: NetworkConfigList): Promise<OurAnswer> {
  const { op, conf, binDirs, cacheDir, validAttachments = [] } = operation
  const cni = createCni({ binDirs, cacheDir })
  switch (op) {
    case 'load':
      return { ok: true, value: loaded(list) }
    case 'add':
      return mapped(await cni.addNetworkList(list, conf), jsonOf)
    case 'check':
      return mapped(await cni.checkNetworkList(list, conf), () => null)
    case 'del':
      return mapped(await cni.delNetworkList(list, conf), () => null)
    case 'status':
      return mapped(await cni.statusNetworkList(list), () => null)
    case 'cachedResult':
      return mapped(await cni.cachedResult(list, conf), (result) =>
        result === undefined ? null : jsonOf(result),
      )
    case 'gc': {
      const valid = validAttachments.map(({ containerID, ifname }) => ({
        containerId: containerID,
        ifName: ifname,
      }))
      return firstOf((await cni.gcNetworkList(list, valid)).errors)
    }
    case 'validate':
      return firstOf((await cni.validateNetworkList(list)).map(({ error }) => error))
    case 'files':
    case 'version':
    case 'attachments':
      throw new Error(`${op} takes no list`)
  }
}

function listOf(operation: Operation): Promise<CniOutcome<NetworkConfigList>> {
  const { confDir, file, name, text = '' } = operation
  if (name !== undefined) return loadNetworkConfigList(confDir, name)
  if (file !== undefined) return readConfFile(file)
  return Promise.resolve(parseNetworkConfigList(text))
}

function firstOf([error]: readonly CniError[]): OurAnswer {
  return error === undefined ? { ok: true, value: null } : { ok: false, error }
}

function mapped<T>(outcome: CniOutcome<T>, map: (value: T) => unknown): OurAnswer {
  return outcome.ok ? { ok: true, value: map(outcome.value) } : outcome
}

function jsonOf(result: Result): unknown {
  const formatted = formatResult(result, result.cniVersion)
  if (!formatted.ok) throw formatted.error
  return formatted.value
}

function loaded(list: NetworkConfigList): unknown {
  const { plugins } = list
  return {
    ...list,
    json: undefined,
    plugins: plugins.map(({ type, ipamType = '', capabilities }) => ({
      type,
      ipamType,
      capabilities: [...capabilities].sort(),
    })),
  }
}

import type { StatusResponse } from '@fairlead/cri'
import { jsonOrUndefined } from '../../packages/fairlead/src/json.ts'
import {
  tableAt,
  tableOf,
  textsOf,
} from '../../packages/fairlead/src/lint/containerd-config/table.ts'

/** What a containerd says of its networks. */
export interface Seen {
  readonly networkReady: boolean
  readonly message: string
  readonly lastLoad: string
  /** Without containerd's own loopback. */
  readonly networks: readonly {
    readonly name: string
    readonly cniVersion: string
    readonly ifName: string
    readonly plugins: readonly string[]
  }[]
  readonly confDir: string
  readonly binDirs: readonly string[]
  readonly maxConfNum: number
}

/** What verbose Status has told. */
export function seenIn({ status, info }: Pick<StatusResponse, 'status' | 'info'>): Seen {
  const condition = status?.conditions.find(({ type }) => type === 'NetworkReady')
  const cni = tableOf(jsonOrUndefined(info['cniconfig']))
  return {
    networkReady: condition?.status === true,
    message: condition?.message ?? '',
    // Plain text, unlike the others.
    lastLoad: info['lastCNILoadStatus'] ?? '',
    networks: listOf(cni['Networks'])
      .map(networkOf)
      .filter(({ ifName }) => ifName !== 'lo'),
    confDir: String(cni['PluginConfDir']),
    binDirs: textsOf(cni['PluginDirs']),
    maxConfNum: Number(cni['PluginMaxConfNum']),
  }
}

/** An entry of `cniconfig.Networks`. */
function networkOf(entry: unknown): Seen['networks'][number] {
  const { IFName: ifName, Config: config } = tableOf(entry)
  const { Name: name, CNIVersion: cniVersion, Plugins: plugins } = tableOf(config)
  return {
    name: String(name),
    cniVersion: String(cniVersion),
    ifName: String(ifName),
    plugins: listOf(plugins).map((plugin) => String(tableAt(tableOf(plugin), 'Network')['type'])),
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

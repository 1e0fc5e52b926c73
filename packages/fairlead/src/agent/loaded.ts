import type { CriClient } from '@fairlead/cri'
import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import { type LoadedNetwork, loadedNetworks } from '../verbose-info.ts'
import type { Files } from './publication.ts'

/** What a runtime says that it has loaded. */
export interface Loaded {
  readonly status: string
  readonly networks: readonly LoadedNetwork[]
}

/** What the runtime has loaded; undefined where it does not answer, or does not say (CRI-O). */
export async function loadedBy(
  cri: CriClient,
  call: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<Loaded | undefined> {
  const answer = await cri.status({ verbose: true }, call)
  if (!answer.ok) return undefined
  const { lastCNILoadStatus: status, cniconfig } = answer.value.info
  const networks = loadedNetworks(cniconfig)
  if (status === undefined || networks === undefined) return undefined
  // A string in JSON.
  const text = jsonOrUndefined(status)
  return { status: typeof text === 'string' ? text : status, networks }
}

/**
 * Whether the runtime has loaded the first of `files`, as all do. A single plugin's file it makes into a
 * list, so that there only the name tells.
 */
export function hasLoaded({ networks }: Loaded, files: Files): boolean {
  const [first] = [...files.keys()].toSorted((left, right) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  )
  if (first === undefined) return true
  const text = files.get(first) ?? ''
  if (first.endsWith('.conflist')) return networks.some((network) => network.text === text)
  const named = z.object({ name: z.string() }).safeParse(jsonOrUndefined(text))
  return named.success && networks.some(({ name }) => name === named.data.name)
}

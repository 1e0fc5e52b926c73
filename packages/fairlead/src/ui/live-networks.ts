import { z } from 'zod'
import { jsonOrUndefined } from '../json.ts'
import { loadedNetworks } from '../verbose-info.ts'
import type { LiveNetwork } from './live.ts'

const confList = z.object({ plugins: z.array(z.object({ type: z.string() })) })

/** What Fairlead's own runtime tells of each network, under `networks`. */
const readiness = z.object({
  networks: z.array(
    z.object({ name: z.string(), state: z.string(), reason: z.string().exactOptional() }),
  ),
})

/** The networks that a runtime has loaded, as its verbose Status tells them; undefined where it does not. */
export function liveNetworks(
  info: Readonly<Record<string, string>>,
): readonly LiveNetwork[] | undefined {
  const loaded = loadedNetworks(info['cniconfig'])
  const told = readiness.safeParse(jsonOrUndefined(info['networks']))
  const known = told.success ? told.data.networks : []
  return loaded
    ?.filter(({ name }) => name !== 'cni-loopback')
    .map(({ name, text }) => {
      const own = known.find((network) => network.name === name)
      return { name, plugins: pluginsOf(text), ...(own && { readiness: withoutName(own) }) }
    })
}

function pluginsOf(text: string): readonly string[] {
  const parsed = confList.safeParse(jsonOrUndefined(text))
  return parsed.success ? parsed.data.plugins.map(({ type }) => type) : []
}

function withoutName({ state, reason }: { readonly state: string; readonly reason?: string }) {
  return { state, ...(reason === undefined ? {} : { reason }) }
}

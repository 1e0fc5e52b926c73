import type { Networks } from '@fairlead/networks'

/** A condition of the CRI's Status. */
interface Condition {
  readonly type: string
  readonly status: boolean
  readonly reason: string
  readonly message: string
}

/**
 * The two conditions that kubelet asks for, from what is known: nothing here waits. The reason and the
 * beginning of the message are containerd's, which people search for (internal/cri/server/status.go).
 */
export function conditionsOf(networks: Networks): readonly Condition[] {
  const { ready } = networks.status()
  return [
    { type: 'RuntimeReady', status: true, reason: '', message: '' },
    ready
      ? { type: 'NetworkReady', status: true, reason: '', message: '' }
      : {
          type: 'NetworkReady',
          status: false,
          reason: 'NetworkPluginNotReady',
          message: `Network plugin returns error: ${whyNot(networks)}`,
        },
  ]
}

/** What crictl and people read in the verbose Status; the keys are containerd's. */
export function verboseInfo(
  networks: Networks,
  folders: { readonly confDir: string; readonly binDirs: readonly string[] },
): Record<string, string> {
  const { rejections, dirError } = networks.snapshot()
  const errors = [
    ...(dirError === undefined ? [] : [dirError]),
    ...rejections.map(({ error }) => error),
  ]
  const plan = networks.plan()
  return {
    cniconfig: JSON.stringify({
      PluginDirs: folders.binDirs,
      PluginConfDir: folders.confDir,
      PluginMaxConfNum: plan.steps.length,
      Prefix: 'eth',
      Networks: plan.steps.map(({ network: { list }, ifName }) => ({
        Config: {
          Name: list.name,
          CNIVersion: list.cniVersion,
          Plugins: list.plugins.map(({ type, json }) => ({ Network: { type }, Source: json })),
          Source: list.json,
        },
        IFName: ifName,
      })),
    }),
    lastCNILoadStatus: errors.length === 0 ? 'OK' : errors.map(({ message }) => message).join('; '),
    networks: JSON.stringify(networks.status()),
    plan: plan.words.join('\n'),
  }
}

function whyNot(networks: Networks): string {
  const bad = networks.status().networks.find(({ state }) => state !== 'ready')
  if (bad !== undefined) return `network ${bad.name}: ${bad.reason ?? 'not ready'}`
  const { dirError, rejections } = networks.snapshot()
  const error = dirError ?? rejections[0]?.error
  return error === undefined
    ? 'there is no network yet'
    : `there is no network yet: ${error.message}`
}

import type { CniOutcome, PluginExecution, PluginOutput } from '../packages/cni/src/index.ts'
import type { Networks } from '../packages/networks/src/index.ts'
import { type NetworksTestbed, ok, sandbox } from './networks-testbed.ts'

/** When an address was kept that was so before the testbed's boot. */
export const BEFORE_BOOT = -5000

/** One network with host-local; its plugin releases what is kept for the container, as host-local does. */
export async function hostLocalNetwork(
  node: NetworksTestbed,
  more: object = {},
): Promise<Networks> {
  const plugin = { type: 'pa', ipam: { type: 'host-local' } }
  const list = { name: 'a', cniVersion: '1.0.0', plugins: [plugin], ...more }
  node.write({ 'a.conflist': JSON.stringify(list) })
  node.answers.set('pa DEL', async (execution) => release(node, execution))
  return node.open()
}

/** What host-local does at DEL. */
export function release(
  { kept }: NetworksTestbed,
  { env }: PluginExecution,
): CniOutcome<PluginOutput> {
  for (const one of kept) if (one.containerId === env['CNI_CONTAINERID']) kept.delete(one)
  return ok()
}

/** An address of the network is kept for a container. */
export function keep(
  { kept }: NetworksTestbed,
  containerId: string,
  reservedAtMs: number,
  more: { dataDir?: string } = {},
): void {
  const address = `10.0.0.${kept.size + 2}`
  kept.add({
    dataDir: '/var/lib/cni/networks',
    network: 'a',
    address,
    containerId,
    ifName: 'eth0',
    reservedAtMs,
    ...more,
  })
}

/** The containers that addresses are kept for. */
export function keptIds({ kept }: NetworksTestbed): readonly string[] {
  return [...kept].map(({ containerId }) => containerId)
}

/** A container comes, with its namespace. */
export async function attach(node: NetworksTestbed, networks: Networks, id: string): Promise<void> {
  node.netns.add(`/run/netns/${id}`)
  const done = await networks.setup(sandbox(id))
  if (!done.ok) throw done.error
}

import { type Cni, createCni } from '@fairlead/cni'
import {
  type Networks,
  type NetworksEvent,
  type NetworksOptions,
  openNetworks,
} from '@fairlead/networks'
import { HORIZON_MS, type Ports, SimulatedNode } from './simulated-node.ts'
import type { CreateSubject, Subject } from './subject.ts'

/** What is otherwise than in Fairlead; each gets what Fairlead would use. */
export interface Mutation {
  readonly ports?: (ports: Ports, node: SimulatedNode) => Ports
  readonly cni?: (cni: Cni, ports: Ports) => Cni
  readonly open?: (options: NetworksOptions) => Promise<Networks>
  readonly subject?: (subject: Subject) => Subject
}

// Nothing is looked at twice within the horizon: what may come at any moment needs no second look.
const PERIODS: Pick<NetworksOptions, 'settle' | 'scanEveryMs' | 'readiness'> = {
  settle: { quietMs: 0, longestMs: 0 },
  scanEveryMs: HORIZON_MS,
  readiness: { everyMs: HORIZON_MS },
}

/** `@fairlead/networks` and `@fairlead/cni` as they are, on a node that is simulated. */
export const FAIRLEAD: CreateSubject = fairlead({})

/** Fairlead, with something otherwise. */
export function fairlead(mutation: Mutation): CreateSubject {
  return (...given) => {
    const [world] = given
    const node = new SimulatedNode(...given)
    const ports = mutation.ports?.(node.ports, node) ?? node.ports
    const { confDir, runner, cache } = ports
    const cni = createCni({ binDirs: ['/bin'], env: {}, runner, cache })
    const opening = node.asNetworks(() =>
      (mutation.open ?? openNetworks)({
        ...PERIODS,
        cni: observing(mutation.cni?.(cni, ports) ?? cni, node),
        confDir,
        clock: node.clock,
        onEvent: (event) => {
          const text = sentence(event)
          if (text !== undefined) world.say(text)
        },
      }),
    )
    const subject = subjectOf(opening, node)
    return mutation.subject?.(subject) ?? subject
  }
}

/** What only the observers of readiness ask for, the observer does. */
function observing(cni: Cni, { asObserver }: SimulatedNode): Cni {
  return {
    ...cni,
    findPlugin: (...call) => asObserver(() => cni.findPlugin(...call)),
    validateNetworkList: (...call) => asObserver(() => cni.validateNetworkList(...call)),
    statusNetworkList: (...call) => asObserver(() => cni.statusNetworkList(...call)),
  }
}

function subjectOf(opening: Promise<Networks>, node: SimulatedNode): Subject {
  let opened: Networks | undefined
  const whenOpen = opening.then((networks) => {
    opened = networks
  })
  /** The world lets no call begin before nothing moves: by then all is open and observed. */
  const networks = (): Networks => {
    if (opened === undefined) throw new Error('the networks are not open', { cause: whenOpen })
    node.begin()
    return opened
  }
  const attach = async (
    what: 'setup' | 'remove',
    sandbox: string,
    run: () => Promise<boolean>,
  ): Promise<boolean> => {
    const answers = node.ledger.calls(what, sandbox)
    const succeeded = await run()
    answers(succeeded)
    return succeeded
  }
  return {
    load: async () => {
      networks()
      node.asNetworks(node.hint)
    },
    status: async () => networks().status().ready,
    setup: (sandbox) =>
      attach('setup', sandbox, async () => (await networks().setup(ofPod(sandbox))).ok),
    remove: (sandbox) =>
      attach('remove', sandbox, async () =>
        (await networks().remove(ofPod(sandbox))).every(({ error }) => error === undefined),
      ),
    networks: () =>
      opened?.snapshot().networks.map(({ list }) => {
        const [plugin] = list.plugins
        const { version }: { version?: unknown } = JSON.parse(plugin?.json ?? '{}')
        return String(version)
      }) ?? [],
    leaks: () => node.ledger.leaks(node.cached),
  }
}

function ofPod(containerId: string): { readonly containerId: string; readonly netns: string } {
  return { containerId, netns: `/run/netns/${containerId}` }
}

function sentence(event: NetworksEvent): string | undefined {
  switch (event.type) {
    case 'loaded':
      return `has loaded ${event.snapshot.networks.map(({ name }) => name).join(', ') || 'no network'}`
    case 'rejected':
      return `rejects ${event.file}`
    case 'ready':
    case 'not-ready':
      return `finds ${event.network} ${event.type === 'ready' ? 'ready' : 'not ready'}`
    case 'stalled':
      return `tells that ${event.operation} stalls`
    case 'blind':
    case 'sighted':
    case 'reconciled':
    case 'done':
      return undefined
  }
}

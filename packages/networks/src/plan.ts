import { dependenceOf, isMeant } from './dependence.ts'
import type { Network, Snapshot } from './snapshot.ts'

/**
 * Which networks a container is attached to.
 *
 * - `containerd`: the first files win, as many as `maxConfNum` says (0: all); interfaces `eth0`,
 *   `eth1`, ... (go-cni).
 * - `crio`: the network named `defaultNetwork`, or the first one; `eth0` (ocicni).
 * - `all`: every network that no other delegates to, those that others need first; `eth0`, then
 *   `net1`, `net2`, ...
 */
export type Policy =
  | { readonly kind: 'containerd'; readonly maxConfNum?: number }
  | { readonly kind: 'crio'; readonly defaultNetwork?: string }
  | { readonly kind: 'all' }

/** One network to attach to. */
export interface PlanStep {
  /** What is attached. */
  readonly network: Network
  /** What the interface in the container is called. */
  readonly ifName: string
  /** The networks that it delegates to, which have to be ready for it to be. */
  readonly needs: readonly Network[]
  /** Networks that it delegates to and the conf dir does not have. */
  readonly missing: readonly string[]
}

/** What attaching a container comes to, in order, and the same in words. */
export interface Plan {
  /** In the order of ADD; DEL goes the other way. */
  readonly steps: readonly PlanStep[]
  /** A sentence for every network, in the order of their files. */
  readonly words: readonly string[]
}

/** The plan for a snapshot. */
export function planOf(snapshot: Snapshot, policy: Policy): Plan {
  const needs = new Map(snapshot.networks.map((network) => [network, needsOf(network, snapshot)]))
  const chosen = inOrder(choose(snapshot.networks, policy, needs), needs)
  const steps = chosen.map((network, index) => ({
    network,
    ifName: ifNameOf(policy, index),
    needs: needs.get(network)?.networks ?? [],
    missing: needs.get(network)?.missing ?? [],
  }))
  return { steps, words: snapshot.networks.map((network) => sentence(network, steps, policy)) }
}

interface Needs {
  readonly networks: readonly Network[]
  readonly missing: readonly string[]
}

function needsOf(network: Network, { networks }: Snapshot): Needs {
  const references = dependenceOf(network.list).networks
  const others = networks.filter((other) => other !== network)
  return {
    networks: others.filter((other) => references.some((reference) => isMeant(reference, other))),
    missing: references.filter((reference) => !others.some((other) => isMeant(reference, other))),
  }
}

function choose(
  networks: readonly Network[],
  policy: Policy,
  needs: ReadonlyMap<Network, Needs>,
): readonly Network[] {
  switch (policy.kind) {
    case 'containerd': {
      const { maxConfNum = 1 } = policy
      return maxConfNum === 0 ? networks : networks.slice(0, maxConfNum)
    }
    case 'crio': {
      const { defaultNetwork } = policy
      const byName = networks.filter(({ name }) => name === defaultNetwork)
      return defaultNetwork === undefined ? networks.slice(0, 1) : byName
    }
    case 'all': {
      const delegatedTo = new Set([...needs.values()].flatMap((entry) => entry.networks))
      const free = networks.filter((network) => !delegatedTo.has(network))
      // Networks that delegate to one another in a circle: rather all of them than none.
      return free.length === 0 ? networks : free
    }
  }
}

/** What is needed comes before what needs it; otherwise the order of the files stays. */
function inOrder(
  networks: readonly Network[],
  needs: ReadonlyMap<Network, Needs>,
): readonly Network[] {
  const ordered: Network[] = []
  const visiting = new Set<Network>()
  const visit = (network: Network): void => {
    if (visiting.has(network)) return
    visiting.add(network)
    for (const needed of needs.get(network)?.networks ?? []) {
      if (networks.includes(needed)) visit(needed)
    }
    ordered.push(network)
  }
  networks.forEach(visit)
  return ordered
}

function ifNameOf(policy: Policy, index: number): string {
  if (policy.kind === 'containerd' || index === 0) return `eth${index}`
  return `net${index}`
}

function sentence(network: Network, steps: readonly PlanStep[], policy: Policy): string {
  const { name, file, isLastGood } = network
  const index = steps.findIndex((step) => step.network === network)
  const step = steps[index]
  const source = isLastGood ? `${file}, as it was before it broke` : file
  if (step === undefined) {
    const delegating = steps.filter(({ needs }) => needs.includes(network))
    return `${name} (${source}) is not attached itself: ${notChosen(delegating, policy)}.`
  }
  const { needs, missing, ifName } = step
  const delegates = needs.length === 0 ? '' : `; it delegates to ${needs.map(nameOf).join(', ')}`
  const lacks =
    missing.length === 0 ? '' : `; it delegates to ${missing.join(', ')}, which is not there`
  return `${index + 1}. ${name} (${source}) is attached as ${ifName}${delegates}${lacks}.`
}

function notChosen(delegating: readonly PlanStep[], policy: Policy): string {
  if (delegating.length > 0) {
    return `${delegating.map(({ network }) => network.name).join(', ')} delegates to it`
  }
  switch (policy.kind) {
    case 'containerd':
      return `only the first ${policy.maxConfNum ?? 1} by file name count (maxConfNum)`
    case 'crio':
      return policy.defaultNetwork === undefined
        ? 'only the first by file name counts'
        : `only ${policy.defaultNetwork} counts (defaultNetwork)`
    case 'all':
      return 'another network delegates to it'
  }
}

function nameOf({ name }: Network): string {
  return name
}

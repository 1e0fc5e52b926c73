import { confDirAt, type NetworksStatus, openNetworks, type Policy } from '@fairlead/networks'
import { FairleadError } from '../errors.ts'
import { type Clock, waitUntil } from '../ports.ts'
import { type Failure, failureOf } from './failure.ts'
import type { Net } from './settings.ts'

/** What a runtime would make of the conf dir. */
export interface NetPlan {
  readonly confDir: string
  /** A sentence for every network, in the order of their files. */
  readonly words: readonly string[]
  readonly status: NetworksStatus
  /** Files that do not count, and why; with the folder itself, if that cannot be read. */
  readonly rejections: readonly { readonly file: string; readonly error: Failure }[]
}

/** How networks are chosen, as the command line has it. */
export interface PolicyFlags {
  readonly policy: Policy['kind']
  readonly maxConfNum?: number
  readonly defaultNetwork?: string
}

const OBSERVE_TIMEOUT_MS = 10_000
const POLL_MS = 20

/** Loads the conf dir as a runtime of that policy would and waits until each network was observed. */
export async function planNetworks(flags: PolicyFlags, net: Net, clock: Clock): Promise<NetPlan> {
  using networks = await openNetworks({
    cni: net.cni,
    confDir: confDirAt(net.confDir),
    policy: policyOf(flags),
  })
  const { dirError, rejections } = networks.snapshot()
  if (dirError !== undefined) throw dirError
  const isObserved = () => networks.status().networks.every(({ state }) => state !== 'unknown')
  await waitUntil(isObserved, {
    clock,
    everyMs: POLL_MS,
    timeoutMs: OBSERVE_TIMEOUT_MS,
    signal: net.call.signal,
  })
  return {
    confDir: net.confDir,
    words: networks.plan().words,
    status: networks.status(),
    rejections: rejections.map(({ file, error }) => ({ file, error: failureOf(error) })),
  }
}

function policyOf({ policy, maxConfNum, defaultNetwork }: PolicyFlags): Policy {
  if (maxConfNum !== undefined && policy !== 'containerd') {
    throw wrongFlag('--max-conf-num', 'containerd')
  }
  if (defaultNetwork !== undefined && policy !== 'crio')
    throw wrongFlag('--default-network', 'crio')
  switch (policy) {
    case 'containerd':
      return { kind: policy, ...(maxConfNum === undefined ? {} : { maxConfNum }) }
    case 'crio':
      return { kind: policy, ...(defaultNetwork === undefined ? {} : { defaultNetwork }) }
    case 'all':
      return { kind: policy }
  }
}

function wrongFlag(flag: string, policy: string): FairleadError {
  return new FairleadError('FL_USAGE', `${flag} is for --policy ${policy} only.`)
}

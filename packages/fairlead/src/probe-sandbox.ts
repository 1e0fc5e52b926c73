import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import type { CallOptions, CriClient, CriResult, PodSandboxConfigInit } from '@fairlead/cri'
import { messageOf } from './errors.ts'

/** Whose sandbox it is. Both may work on one node, and neither removes what the other has just made. */
export type ProbeOwner = 'agent' | 'runtime-slots'

/** What our own pods are called, so that nobody takes them for pods of the cluster. */
const NAMESPACE = 'fairlead-probe'
/** By it those of a run that was killed are known. */
const OWNER_LABEL = 'fairlead.dev/probe-of'

/**
 * Makes a pod sandbox of our own, as kubelet makes one: the runtime runs ADD for it.
 *
 * @returns its id.
 * @throws {Error} why it cannot be made.
 */
export async function makeProbeSandbox(
  cri: Pick<CriClient, 'runPodSandbox'>,
  {
    owner,
    annotations,
    cgroupParent,
  }: {
    readonly owner: ProbeOwner
    readonly annotations: Readonly<Record<string, string>>
    readonly cgroupParent: string
  },
  call: CallOptions,
): Promise<string> {
  const uid = randomUUID()
  const config: PodSandboxConfigInit = {
    metadata: { name: `probe-${uid.slice(0, 8)}`, namespace: NAMESPACE, uid, attempt: 0 },
    hostname: 'fairlead-probe',
    logDirectory: tmpdir(),
    labels: { [OWNER_LABEL]: owner },
    annotations: { ...annotations },
    linux: { cgroupParent },
  }
  return valueOf(await cri.runPodSandbox(config, call), 'a pod cannot be made')
}

/** What a plugin gives a pod for which it has done nothing. */
const NO_ADDRESS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/**
 * Whether a sandbox has got a network. Multus from 4.2 on says of a pod that the API server does not know that all
 * is well, calls no plugin, and gives it 0.0.0.0 (MULTUS@v4.2.2:pkg/multus/multus.go `emptyCNIResult`; seen so).
 *
 * @throws {Error} where it has none, or nobody can tell.
 */
export async function checkProbeNetwork(
  cri: Pick<CriClient, 'podSandboxStatus'>,
  id: string,
  call: CallOptions,
): Promise<void> {
  const { status } = valueOf(await cri.podSandboxStatus(id, call), 'a pod cannot be looked at')
  const ip = status?.network?.ip ?? ''
  if (!NO_ADDRESS.has(ip)) return
  throw new Error(
    `a pod was made and got no network: its address is ${ip}, as of one that Multus does not find in the API server`,
  )
}

/**
 * Stops a sandbox, which runs DEL, and removes it. Where kubelet was first, which ends what it does not know, both
 * calls are answered all the same (CRI: they are idempotent).
 *
 * @throws {Error} why it cannot be stopped or removed.
 */
export async function endProbeSandbox(
  cri: Pick<CriClient, 'stopPodSandbox' | 'removePodSandbox'>,
  id: string,
  call: CallOptions,
): Promise<void> {
  valueOf(await cri.stopPodSandbox(id, call), 'a pod cannot be stopped')
  valueOf(await cri.removePodSandbox(id, call), 'a pod cannot be removed')
}

/**
 * Ends the sandboxes of an owner that was killed, or failed, before it could.
 *
 * @throws {Error} why one of them stays; the others are ended.
 */
export async function endLeftSandboxes(
  cri: Pick<CriClient, 'listPodSandbox' | 'stopPodSandbox' | 'removePodSandbox'>,
  owner: ProbeOwner,
  { listing, ending }: { readonly listing: CallOptions; readonly ending: CallOptions },
): Promise<void> {
  const { items } = valueOf(await cri.listPodSandbox(listing), 'the pods cannot be listed')
  const problems: string[] = []
  for (const { id, metadata, labels } of items) {
    if (!isProbeSandbox(metadata) || labels[OWNER_LABEL] !== owner) continue
    await endProbeSandbox(cri, id, ending).catch((error: unknown) => {
      problems.push(messageOf(error))
    })
  }
  if (problems.length > 0) throw new Error(`of an earlier probe, ${problems.join('; ')}`)
}

/** Whether a pod is one of ours, whoever of us has made it. */
export function isProbeSandbox(metadata: { readonly namespace: string } | undefined): boolean {
  return metadata?.namespace === NAMESPACE
}

function valueOf<T>(result: CriResult<T>, problem: string): T {
  if (result.ok) return result.value
  throw new Error(`${problem}: ${result.error.message}`, { cause: result.error })
}

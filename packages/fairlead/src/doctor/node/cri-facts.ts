import {
  type CallOptions,
  connectCri,
  type CriError,
  type CriResult,
  PodSandboxState,
  type StatusResponse,
} from '@fairlead/cri'
import type { Component } from '../../advisories/advisory.ts'
import { jsonOrUndefined } from '../../json.ts'
import { failingConditions } from '../../kubelet/ready-condition.ts'
import { networksInForce } from '../../verbose-info.ts'
import type { Fact, VersionFact } from '../fact.ts'
import { safeText } from '../../safe-text.ts'

/** What a runtime answers, and how long it takes. */
export interface RuntimeAnswers {
  readonly facts: readonly Fact[]
  /** Whether it answers at all, and not Status: so it is when a lock is held or a plugin hangs. */
  readonly isStatusSilent: boolean
  /** Its name and version as `containerd@2.1.9`; undefined where it does not tell them. */
  readonly name: string | undefined
  /** The names of the networks that it has loaded; undefined where it does not tell. */
  readonly loaded: readonly string[] | undefined
  /** The sandboxes that it lists; undefined where it does not. */
  readonly sandboxes: readonly { readonly id: string; readonly isReady: boolean }[] | undefined
}

/** Status asks nobody where all is well. kubelet's patience ends after 30 s, and it asks every 5 s. */
const SLOW_MS = 1000

/**
 * Asks a runtime what it is and how it is: each call under the same deadline, all at once, each once. For
 * every Status that is cut off may leave a plugin process more (go-cni asks for STATUS without a deadline),
 * so that the verbose one is only sent where the plain one has been answered.
 */
export async function askRuntime(
  socketPath: string,
  options: CallOptions,
): Promise<RuntimeAnswers> {
  using cri = connectCri(socketPath)
  const [version, status, listing] = await Promise.all([
    cri.version(options),
    cri.status({}, options),
    // Takes no lock of CNI: tells a runtime that is slow at everything from one whose Status hangs.
    cri.listPodSandbox(options),
  ])
  const verbose = status.ok ? await cri.status({ verbose: true }, options) : undefined
  const observed = { node: undefined, atMs: undefined, place: { source: socketPath } }
  const known = version.ok ? versionSaid(version.value) : undefined
  const facts: Fact[] = []
  if (known !== undefined) facts.push({ kind: 'version', ...known, ...observed })
  const probe = probeOf({ version, status, listing }, options.timeoutMs)
  if (probe !== undefined) facts.push({ kind: 'probe', ...probe, ...observed })
  if (isWell(valueOf(status))) {
    const condition = { type: 'NetworkReady', status: 'True', reason: '', message: '' } as const
    facts.push({ kind: 'condition', ...condition, ...observed })
  }
  for (const text of linesOf(verbose?.ok === true ? verbose.value : valueOf(status))) {
    facts.push({ kind: 'line', from: 'runtime-status', text: safeText(text), ...observed })
  }
  return {
    facts,
    loaded: inForce(verbose?.ok === true ? verbose.value.info['cniconfig'] : undefined),
    sandboxes: listing.ok
      ? listing.value.items.map(({ id, state }) => ({
          id,
          isReady: state === PodSandboxState.SANDBOX_READY,
        }))
      : undefined,
    isStatusSilent: isSilent(status) && !isSilent(version),
    name: known === undefined ? undefined : nameOf(known),
  }
}

/** As `fairlead lint --runtime` takes it. */
function nameOf({ component, version }: Pick<VersionFact, 'component' | 'version'>): string {
  return component === 'fairlead' ? component : `${component}@${version}`
}

/** Whether kubelet would call the node Ready. */
function isWell(status: StatusResponse | undefined): boolean {
  const conditions = status?.status?.conditions ?? []
  return conditions.length > 0 && failingConditions(conditions).length === 0
}

function inForce(cniConfig: string | undefined): readonly string[] | undefined {
  return cniConfig === undefined ? undefined : networksInForce(cniConfig)
}

/** Which runtime it is by its own answer; undefined for one that no advisory knows. */
export function versionSaid(answer: {
  readonly runtimeName: string
  readonly runtimeVersion: string
}): Pick<VersionFact, 'component' | 'version'> | undefined {
  const component = COMPONENTS.get(answer.runtimeName)
  const version = safeText(answer.runtimeVersion).replace(/^v/, '')
  return component === undefined ? undefined : { component, version }
}

/** By what a runtime calls itself. */
const COMPONENTS: ReadonlyMap<string, Component> = new Map([
  ['containerd', 'containerd'],
  ['cri-o', 'cri-o'],
  ['fairlead', 'fairlead'],
])

interface Answers {
  readonly version: CriResult<unknown>
  readonly status: CriResult<unknown>
  readonly listing: CriResult<unknown>
}

function probeOf({ version, status, listing }: Answers, timeoutMs: number) {
  const gone = [version, status, listing].every((answer) => !answer.ok && isGone(answer.error))
  if (gone && !version.ok) {
    return {
      probe: 'runtime-process-missing',
      text: safeText(`Nobody answers on the socket: ${version.error.message}`),
    } as const
  }
  const others = `ListPodSandbox ${described(listing)}, Version ${described(version)}`
  if (isSilent(status) && isSilent(listing)) {
    return {
      probe: 'listing-silent',
      text: `Neither Status nor ListPodSandbox has answered within ${timeoutMs} ms; Version ${described(version)}`,
    } as const
  }
  if (isSilent(status)) {
    return {
      probe: 'status-silent',
      text: `Status has not answered within ${timeoutMs} ms; ${others}`,
    } as const
  }
  if (status.ok && status.latencyMs > SLOW_MS) {
    const text = `Status has taken ${Math.round(status.latencyMs)} ms; ${others}`
    return { probe: 'status-slow', text } as const
  }
  return undefined
}

function isSilent(answer: CriResult<unknown>): boolean {
  return !answer.ok && answer.error.reason === 'deadline'
}

function isGone({ reason }: CriError): boolean {
  return reason === 'socket-missing' || reason === 'refused'
}

function described(answer: CriResult<unknown>): string {
  if (answer.ok) return `answered in ${Math.round(answer.latencyMs)} ms`
  return isSilent(answer) ? 'neither' : safeText(`failed: ${answer.error.message}`)
}

function valueOf(answer: CriResult<StatusResponse>): StatusResponse | undefined {
  return answer.ok ? answer.value : undefined
}

/** What Status says is wrong, in the words that kubelet repeats; and what verbose Status adds. */
function linesOf(status: StatusResponse | undefined): string[] {
  const conditions = failingConditions(status?.status?.conditions ?? []).map(
    ({ type, reason, message }) => `${type}=false reason:${reason} message:${message}`,
  )
  // containerd: a string in JSON, `OK` or the error of the last load; one more for each handler.
  const loads = Object.entries(status?.info ?? {})
    .filter(([key]) => key.startsWith('lastCNILoadStatus'))
    .map(([key, value]) => ({ key, load: jsonOrUndefined(value) ?? value }))
    .flatMap(({ key, load }) =>
      typeof load === 'string' && load !== 'OK' ? [`${key}: ${load}`] : [],
    )
  return [...conditions, ...loads]
}

import { z } from 'zod'
import { missingNetworks } from '../../kube/missing-networks.ts'
import type { Fact } from '../fact.ts'
import { hasLandmark, type Landmarks } from '../landmarks.ts'
import { safeText } from '../../safe-text.ts'
import { podName } from '../sources/layout.ts'
import { versionsIn } from '../versions.ts'

// Only what facts are made of; a field of another type than expected is taken for absent.
const text = z.string().optional().catch(undefined)
const list = <Item extends z.ZodType>(item: Item) => z.array(item).catch([])
const metadata = z.looseObject({ name: text, namespace: text }).catch({})

const nodeSchema = z.object({
  metadata,
  status: z
    .object({
      conditions: list(
        z.object({
          type: z.string(),
          status: z.enum(['True', 'False', 'Unknown']),
          reason: text,
          message: text,
          lastTransitionTime: text,
        }),
      ),
      addresses: list(z.object({ address: z.string() })),
      nodeInfo: z
        .object({ containerRuntimeVersion: text, kubeletVersion: text, osImage: text })
        .catch({}),
    })
    .catch({ conditions: [], addresses: [], nodeInfo: {} }),
})

const eventSchema = z.object({
  reason: text,
  message: text,
  note: text,
  lastTimestamp: text,
  eventTime: text,
  firstTimestamp: text,
  count: z.int().optional().catch(undefined),
  source: z.object({ host: text }).catch({}),
  involvedObject: z.object({ kind: text, name: text }).catch({}),
})

const state = z
  .object({
    waiting: z.object({ reason: text, message: text }).optional().catch(undefined),
    terminated: z
      .object({ reason: text, message: text, exitCode: z.int().optional(), finishedAt: text })
      .optional()
      .catch(undefined),
  })
  .catch({})
const containers = list(z.object({ name: z.string(), state, lastState: state }))

const podSchema = z.object({
  metadata: metadata.and(
    z.object({
      annotations: z.record(z.string(), z.string()).optional().catch(undefined),
      deletionTimestamp: text,
    }),
  ),
  spec: z
    .object({
      nodeName: text,
      hostNetwork: z.boolean().optional().catch(undefined),
      containers: list(z.object({ image: text })),
    })
    .catch({ containers: [] }),
  status: z
    .object({
      phase: text,
      message: text,
      containerStatuses: containers,
      initContainerStatuses: containers,
    })
    .catch({ containerStatuses: [], initContainerStatuses: [] }),
})

/**
 * What one object of a cluster tells; nothing where it is of another kind, or broken. The kind is told by
 * the shape: items of a list that a Go client wrote have none. No Secret is ever read.
 */
export function objectFacts(
  object: unknown,
  place: Fact['place'],
  landmarks: Landmarks,
): readonly Fact[] {
  const shape = shapeSchema.safeParse(object).data
  if (shape?.status?.nodeInfo !== undefined || shape?.kind === 'Node') {
    return nodeFacts(nodeSchema.safeParse(object).data, place)
  }
  if (shape?.involvedObject !== undefined || shape?.kind === 'Event') {
    return eventFacts(eventSchema.safeParse(object).data, place, landmarks)
  }
  if (shape?.spec?.containers !== undefined && shape.status !== undefined) {
    return podFacts(podSchema.safeParse(object).data, place)
  }
  return []
}

const shapeSchema = z.object({
  kind: text,
  involvedObject: z.unknown().optional(),
  spec: z.object({ containers: z.unknown().optional() }).optional().catch(undefined),
  status: z.object({ nodeInfo: z.unknown().optional() }).optional().catch(undefined),
})

function nodeFacts(
  node: z.output<typeof nodeSchema> | undefined,
  place: Fact['place'],
): readonly Fact[] {
  if (node?.metadata.name === undefined) return []
  const observed = { node: safeText(node.metadata.name), atMs: undefined, place }
  const { conditions, addresses, nodeInfo } = node.status
  const versions = [
    nodeInfo.containerRuntimeVersion ?? '',
    `Kubelet Version: ${nodeInfo.kubeletVersion ?? ''}`,
    nodeInfo.osImage ?? '',
  ]
  return [
    ...addresses.map(({ address }): Fact => ({
      kind: 'name',
      ...observed,
      name: safeText(address),
    })),
    ...versions
      .flatMap((line) => versionsIn(line, 'command-output'))
      .map((version): Fact => ({ kind: 'version', ...observed, ...version })),
    ...conditions.map((condition): Fact => ({
      kind: 'condition',
      ...observed,
      atMs: timeOf(condition.lastTransitionTime),
      type: safeText(condition.type),
      status: condition.status,
      reason: safeText(condition.reason ?? ''),
      message: safeText(condition.message ?? ''),
    })),
  ]
}

function eventFacts(
  event: z.output<typeof eventSchema> | undefined,
  place: Fact['place'],
  landmarks: Landmarks,
): readonly Fact[] {
  if (event === undefined) return []
  const { reason = '', source, involvedObject, count = 1 } = event
  const said = `${reason}: ${event.message ?? event.note ?? ''}`
  if (!hasLandmark(landmarks, said)) return []
  const ofNode = involvedObject.kind === 'Node' ? involvedObject.name : undefined
  const node = source.host ?? ofNode
  return [
    {
      kind: 'line',
      from: 'event',
      node: node === undefined || node === '' ? undefined : safeText(node),
      atMs: timeOf(event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp),
      place,
      text: safeText(said),
      more: Math.max(0, count - 1),
    },
  ]
}

function podFacts(
  pod: z.output<typeof podSchema> | undefined,
  place: Fact['place'],
): readonly Fact[] {
  if (pod === undefined) return []
  const { metadata: of, spec, status } = pod
  const node = spec.nodeName === undefined ? undefined : safeText(spec.nodeName)
  const observed = { node, atMs: undefined, place }
  const name = `${of.namespace ?? ''}/${of.name ?? ''}`
  const versions = spec.containers
    .flatMap(({ image }) => versionsIn(image ?? '', 'pod-status'))
    .map((version): Fact => ({ kind: 'version', ...observed, ...version }))
  const all = [...status.initContainerStatuses, ...status.containerStatuses]
  const states = all.flatMap(({ name: container, state: now, lastState }) => {
    const ended = [now.terminated, lastState.terminated].filter((each) => each !== undefined)
    const line = (reason: string | undefined, atMs: number | undefined, message = ''): Fact[] => {
      if (reason === undefined || reason === 'Completed') return []
      const said = safeText(`Pod ${name}, ${container}: ${reason} ${message}`.trim())
      return [{ kind: 'line', from: 'pod-status', ...observed, atMs, text: said }]
    }
    return [
      ...line(now.waiting?.reason, undefined, now.waiting?.message),
      ...ended.flatMap(({ reason, exitCode, message = '', finishedAt }) =>
        line(reason, timeOf(finishedAt), `exit code ${exitCode ?? '?'} ${message}`),
      ),
    ]
  })
  const isOn: Fact[] =
    node === undefined
      ? []
      : [{ kind: 'name', ...observed, name: podName(of.namespace ?? '', of.name ?? '') }]
  return [...isOn, ...versions, ...states, ...lackingFacts(pod, observed, name)]
}

/** A pod that runs without a network that it asks for was started before that was there, or never can have it. */
function lackingFacts(
  { metadata: of, spec, status }: z.output<typeof podSchema>,
  observed: Pick<Fact, 'node' | 'atMs' | 'place'>,
  name: string,
): readonly Fact[] {
  const runs = status.phase === 'Running' && of.deletionTimestamp === undefined
  if (!runs || spec.hostNetwork === true) return []
  const { annotations = {}, namespace = '' } = of
  const missing = missingNetworks({ annotations, namespace })
  if (missing.length === 0) return []
  const said = safeText(`pod ${name} runs without ${missing.join(', ')}, for which it asks`)
  return [{ kind: 'probe', probe: 'pods-without-networks', ...observed, text: said }]
}

function timeOf(stamp: string | undefined): number | undefined {
  const atMs = Date.parse(stamp ?? '')
  return Number.isNaN(atMs) ? undefined : atMs
}

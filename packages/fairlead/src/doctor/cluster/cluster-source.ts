import { z } from 'zod'
import type { KubeApi, KubeError, KubeObject, Resource, Selection } from '../../kube/api.ts'
import { EVENTS, LEASES, NODES, PODS, shown } from '../../kube/resources.ts'
import type { Fact } from '../fact.ts'
import { type Landmarks, landmarksOf } from '../landmarks.ts'
import { leaseText } from '../objects/lease-text.ts'
import { objectFacts } from '../objects/object-facts.ts'
import { safeText } from '../../safe-text.ts'
import { type Coverage, newCoverage, type Source } from '../sources/source.ts'

/** A cluster to ask, and nothing but to ask. */
export interface ClusterLook {
  readonly api: Pick<KubeApi, 'list'>
  /** Its server, for people to read. */
  readonly server: string
  /** For each page of a list. */
  readonly timeoutMs: number
  /** Only this node and its pods. */
  readonly node?: string
}

/** kubelet renews a lease of its node here (KEP-589). */
const LEASE_NAMESPACE = 'kube-node-lease'
const PAGE = 250
/** Of more objects of a kind the rest is not read. */
const OBJECTS_MAX = 50_000

/** A cluster as a source of facts: its nodes, what happens to them, and their pods. Reads only, a page at a time. */
export function clusterSource(look: ClusterLook, landmarks: Landmarks): Source {
  const coverage = newCoverage(`cluster ${look.server}`, 'cluster')
  const { node } = look
  const facts = async function* (signal: AbortSignal) {
    const notReady = new Map<string, number | undefined>()
    for await (const fact of read(NODES, ofNode(node), { look, coverage, landmarks, signal })) {
      if (isNotReady(fact) && fact.node !== undefined) notReady.set(fact.node, fact.atMs)
      yield fact
    }
    yield* leaseFacts(notReady, { look, coverage, signal })
    yield* read(PODS, onNode(node), { look, coverage, landmarks, signal })
    yield* read(EVENTS, {}, { look, coverage, landmarks, signal })
  }
  return { coverage, facts }
}

/** Which versions run on which node, as nodes and pods tell. */
export async function clusterVersions(
  look: ClusterLook,
  signal: AbortSignal,
): Promise<{ readonly facts: readonly Fact[]; readonly problems: Coverage['problems'] }> {
  const reading = { look, coverage: newCoverage('', 'cluster'), signal }
  const facts: Fact[] = []
  for (const [resource, selection] of [
    [NODES, ofNode(look.node)],
    [PODS, onNode(look.node)],
  ] as const) {
    for await (const fact of read(resource, selection, {
      ...reading,
      landmarks: landmarksOf([]),
    })) {
      if (fact.kind === 'version' || fact.kind === 'name') facts.push(fact)
    }
  }
  return { facts, problems: reading.coverage.problems }
}

function ofNode(node: string | undefined): Selection {
  return node === undefined ? {} : { fieldSelector: `metadata.name=${node}` }
}

function onNode(node: string | undefined): Selection {
  return node === undefined ? {} : { fieldSelector: `spec.nodeName=${node}` }
}

interface Reading {
  readonly look: ClusterLook
  readonly coverage: Coverage
  readonly signal: AbortSignal
}

async function* read(
  resource: Resource,
  selection: Selection,
  { landmarks, ...reading }: Reading & { readonly landmarks: Landmarks },
): AsyncGenerator<Fact, void, undefined> {
  const { node } = reading.look
  for await (const object of objects(resource, selection, reading)) {
    const found = objectFacts(object, placeOf(resource, object), landmarks)
    // Events tell in several ways of which node they are.
    yield* found.filter((fact) => node === undefined || (fact.node ?? node) === node)
  }
}

/** The objects of a resource; what cannot be had is told, and ends it. */
async function* objects(
  resource: Resource,
  selection: Selection,
  { look, coverage, signal }: Reading,
): AsyncGenerator<KubeObject, void, undefined> {
  const problem = (what: string) => coverage.problems.push({ source: resource.plural, what })
  let page: string | undefined
  let count = 0
  do {
    const query = { ...selection, limit: PAGE, ...(page !== undefined && { continue: page }) }
    const list = await look.api.list(resource, query, { timeoutMs: look.timeoutMs, signal })
    if (!list.ok) {
      problem(problemText(list.error))
      return
    }
    yield* list.value.items
    count += list.value.items.length
    coverage.counts.set(resource.plural, count)
    page = list.value.continue
  } while (page !== undefined && count < OBJECTS_MAX)
  if (page !== undefined) problem(`only the first ${count} are read`)
}

function problemText({ reason, message }: KubeError): string {
  return reason === 'gone' ? 'changed while it was read; try again' : message
}

const leaseSchema = z.object({ spec: z.object({ renewTime: z.string() }) })

async function* leaseFacts(
  notReady: ReadonlyMap<string, number | undefined>,
  reading: Reading,
): AsyncGenerator<Fact, void, undefined> {
  if (notReady.size === 0) return
  for await (const lease of objects(LEASES, { namespace: LEASE_NAMESPACE }, reading)) {
    const node = safeText(lease.metadata.name)
    const renewedMs = Date.parse(leaseSchema.safeParse(lease).data?.spec.renewTime ?? '')
    const text = leaseText(notReady.get(node), Number.isNaN(renewedMs) ? undefined : renewedMs)
    if (text === undefined) continue
    const place = placeOf(LEASES, lease)
    yield { kind: 'probe', probe: 'node-lease-fresh', node, atMs: renewedMs, place, text }
  }
}

function isNotReady(fact: Fact): boolean {
  return fact.kind === 'condition' && fact.type === 'Ready' && fact.status !== 'True'
}

function placeOf(resource: Resource, { metadata }: KubeObject): Fact['place'] {
  const { name, namespace } = metadata
  const ref = { resource, name, ...(namespace !== undefined && { namespace }) }
  return { source: safeText(shown(ref)) }
}

import type { KubeObject } from '../../packages/fairlead/src/kube/api.ts'
import type { Upgrade } from '../../packages/fairlead/src/upgrade/decide.ts'
import { upgradeOf } from '../../packages/fairlead/src/upgrade/controller/upgrade-object.ts'
import {
  NOTE,
  type NodeNote,
  type NodePhase,
  noteOf,
  PLAN,
  SLOT,
  SLOT_TARGET,
} from '../../packages/fairlead/src/upgrade/node-contract.ts'
import { chanceOf } from '../../packages/fairlead/src/upgrade/late-faults.ts'
import { countOf } from '../../packages/fairlead/src/upgrade/quantity.ts'
import { isReady, NEW } from './fleet.ts'
import type { Change } from './history.ts'

/** A write, and when it was made. */
export type TimedChange = Change & { readonly atMs: number }

const NEXT: Readonly<Record<NodePhase | 'none', readonly NodePhase[]>> = {
  none: ['drain', 'upgrade', 'rolled-back'],
  drain: ['upgrade', 'rolled-back'],
  upgrade: ['soak', 'failed', 'rollback'],
  soak: ['done', 'failed', 'rollback'],
  failed: ['rollback'],
  rollback: ['rolled-back'],
  done: ['rollback'],
  'rolled-back': [],
}

interface SeenNode {
  readonly object: KubeObject
  readonly note: NodeNote | undefined
  /** Since when it has been Ready. */
  readonly readyMs: number | undefined
  /** Since when it has not. */
  readonly illMs: number | undefined
}

/** What a controller that sees what happens at once, and nothing else, is held to within. */
const PROMPT_MS = 60_000
/** Less likely than what stops an upgrade: of some nodes it may not have heard. */
const BEYOND_DOUBT = 1e-5

/**
 * What must hold of every write, whoever made it. Each sentence is one that does not. `isPrompt`: watches tell of a
 * change at once, so that controllers know what they should.
 */
export function brokenRules(changes: readonly TimedChange[], isPrompt: boolean): string[] {
  const broken: string[] = []
  const nodes = new Map<string, SeenNode>()
  let upgrade: Upgrade | undefined
  let controllersMs = 0
  for (const change of changes) {
    const say = (what: string) =>
      broken.push(`${(change.atMs / 1000).toFixed(1)} s: ${change.name} ${what}`)
    if (change.kind === 'Controller') controllersMs = change.atMs
    if (change.object === undefined) {
      if (change.kind === 'Node') nodes.delete(change.name)
      continue
    }
    if (change.kind !== 'Node' && change.kind !== 'RuntimeUpgrade') continue
    if (change.kind === 'RuntimeUpgrade') {
      const next = upgradeOf(change.object)
      if (typeof next === 'string') say(`is invalid: ${next}`)
      else {
        lookAtStatus(upgrade, next, nodes, say)
        if (isPrompt && change.atMs - controllersMs >= PROMPT_MS) {
          lookAtJudgement(upgrade, next, nodes, change.atMs, say)
        }
        upgrade = next
      }
      continue
    }
    const before = nodes.get(change.name)
    const isSame = before?.object.metadata.uid === change.object.metadata.uid
    const note = noteOf(change.object.metadata.annotations?.[NOTE])
    const ready = isReady(change.object)
    const sinceMs = (ready ? before?.readyMs : before?.illMs) ?? change.atMs
    const after: SeenNode = {
      object: change.object,
      note,
      readyMs: ready ? (isSame ? sinceMs : change.atMs) : undefined,
      illMs: ready ? undefined : isSame ? sinceMs : change.atMs,
    }
    nodes.set(change.name, after)
    lookAtNode(isSame ? before : undefined, after, upgrade, change.atMs, say)
    const underWay = [...nodes.values()].filter(({ note }) => note !== undefined && isHeld(note))
    const max = upgrade === undefined ? 0 : maxOf(upgrade)
    if (underWay.length > max && before?.note?.phase !== note?.phase) {
      say(`makes ${underWay.length} nodes out of service, and maxUnavailable is ${max}`)
    }
  }
  return broken
}

function lookAtStatus(
  before: Upgrade | undefined,
  { spec, status }: Upgrade,
  nodes: ReadonlyMap<string, SeenNode>,
  say: (what: string) => void,
): void {
  if (status === undefined || before?.status === status) return
  const old = before?.status
  const key = ({ node, uid }: { node: string; uid: string }) => `${node} ${uid}`
  const had = new Set(old?.inFlight.map((flight) => key(flight)))
  const has = new Set(status.inFlight.map((flight) => key(flight)))
  for (const flight of status.inFlight) {
    if (had.has(key(flight)) || flight.back === true) continue
    if (status.failures.length > spec.maxFailed) say(`lets ${flight.node} begin after a failure`)
    if (spec.paused) say(`lets ${flight.node} begin while paused`)
    if (spec.rollback !== undefined) say(`lets ${flight.node} begin while rolling back`)
    if (flight.wave !== status.wave) say(`lets ${flight.node} begin outside of its wave`)
  }
  if (status.inFlight.length > maxOf({ spec, status })) {
    say(
      `has ${status.inFlight.length} nodes in flight, and maxUnavailable is ${maxOf({ spec, status })}`,
    )
  }
  if (status.started > (status.waves[status.wave]?.upTo ?? 0)) {
    say(`has begun ${status.started} nodes in wave ${status.wave}`)
  }
  for (const flight of old?.inFlight ?? []) {
    if (has.has(key(flight))) continue
    const node = nodes.get(flight.node)
    const isThere = node?.object.metadata.uid === flight.uid
    if (isThere && (node?.note === undefined || isHeld(node.note))) {
      say(`gives up ${flight.node}, which is ${node?.note?.phase ?? 'not begun'}`)
    }
  }
  if (old === undefined) return
  if (status.failures.length < old.failures.length) say('forgets a failure')
  if (status.wave > old.wave && status.inFlight.some(({ wave }) => wave < status.wave)) {
    say(`opens wave ${status.wave} while nodes of the one before are under way`)
  }
}

/** Nodes that are done: none has failed that is well, and when far too many are ill nobody begins. */
function lookAtJudgement(
  before: Upgrade | undefined,
  { status }: Upgrade,
  nodes: ReadonlyMap<string, SeenNode>,
  atMs: number,
  say: (what: string) => void,
): void {
  const old = before?.status
  if (status === undefined || old === undefined || old === status) return
  const failed = new Set(old.failures.map(({ node }) => node))
  for (const { node } of status.failures) {
    const seen = nodes.get(node)
    const wellMs = seen?.readyMs === undefined ? 0 : atMs - seen.readyMs
    if (!failed.has(node) && seen?.note?.phase === 'done' && wellMs >= PROMPT_MS) {
      say(`lets ${node} fail, which is done and has been well for ${wellMs} ms`)
    }
  }
  const had = new Set(old.inFlight.map(({ node }) => node))
  const begun = status.inFlight.find(({ node, back }) => !had.has(node) && back !== true)
  if (begun === undefined) return
  const having = { ill: 0, of: 0 }
  const others = { ill: 0, of: 0 }
  for (const [name, { object, note, illMs, readyMs }] of nodes) {
    if (note?.phase === 'done' && !failed.has(name)) {
      having.of++
      if (illMs !== undefined && atMs - illMs >= PROMPT_MS) having.ill++
    }
    if (note !== undefined || object.metadata.annotations?.[SLOT] === NEW) continue
    others.of++
    if (readyMs === undefined || atMs - readyMs < PROMPT_MS) others.ill++
  }
  if (chanceOf(having, others) < BEYOND_DOUBT) {
    say(`lets ${begun.node} begin, and of ${having.of} nodes that are done ${having.ill} are ill`)
  }
}

function lookAtNode(
  before: SeenNode | undefined,
  { object, note, readyMs }: SeenNode,
  upgrade: Upgrade | undefined,
  atMs: number,
  say: (what: string) => void,
): void {
  const annotations = object.metadata.annotations ?? {}
  const flight = upgrade?.status?.inFlight.find(
    ({ node, uid }) => node === object.metadata.name && uid === object.metadata.uid,
  )
  const target = annotations[SLOT_TARGET]
  const plan = object.metadata.labels?.[PLAN]
  if (target === NEW && before?.object.metadata.annotations?.[SLOT_TARGET] !== NEW) {
    if (flight === undefined) say('is upgraded, and the stored status does not name it')
    else if (flight.wave !== note?.wave) say('is upgraded in another wave than its own')
    if (note?.phase === 'rolled-back') say('is upgraded after it was rolled back')
    if (note?.phase === 'rollback' && plan !== undefined) say('is upgraded while it goes back')
  }
  if (plan?.includes(`-${note?.phase}-`) === false) {
    say(`is ${note?.phase ?? 'not begun'} and in Plan ${plan}`)
  }
  if (note === undefined || note.phase === before?.note?.phase) return
  if (!NEXT[before?.note?.phase ?? 'none'].includes(note.phase)) {
    say(`goes from ${before?.note?.phase ?? 'nothing'} to ${note.phase}`)
  }
  if (note.phase === 'done') {
    if (readyMs === undefined) say('is done, and not Ready')
    else if (atMs - readyMs < (upgrade?.spec.soak.duration ?? 0)) {
      say(`is done after ${atMs - readyMs} ms of being Ready`)
    }
    if (annotations[SLOT] !== NEW) say(`is done, and runs ${annotations[SLOT]}`)
  }
  if (note.phase === 'rolled-back' && annotations[SLOT] !== note.from) {
    say(`is rolled back, and runs ${annotations[SLOT]}`)
  }
}

/**
 * Whether a node that is in flight is as far as it gets while nothing begins. A policy that pauses leaves a failed node as
 * it is, for somebody to look at.
 */
export function rests(node: KubeObject | undefined, pauses: boolean): boolean {
  const phase = noteOf(node?.metadata.annotations?.[NOTE])?.phase
  return phase === undefined || phase === 'drain' || (pauses && phase === 'failed')
}

/** Whether a note means that its node takes no pods. */
function isHeld({ phase }: NodeNote): boolean {
  return phase !== 'done' && phase !== 'rolled-back'
}

function maxOf({ spec, status }: Pick<Upgrade, 'spec' | 'status'>): number {
  return Math.max(1, countOf(spec.maxUnavailable, status?.total ?? 0))
}

/** What must hold when it is over. */
export function brokenAtEnd(upgrade: Upgrade, nodes: Iterable<KubeObject>): string[] {
  const { spec, status } = upgrade
  const broken: string[] = []
  for (const node of nodes) {
    const { metadata, spec: nodeSpec } = node
    const { name, annotations = {} } = metadata
    const note = noteOf(annotations[NOTE])
    if (note === undefined) continue
    const runs = annotations[SLOT]
    const hasFailed = status?.failures.some(({ node }) => node === name) ?? false
    if (note.phase === 'done' && runs !== NEW) broken.push(`${name} is done, and runs ${runs}`)
    if (note.phase === 'rolled-back' && runs !== note.from) {
      broken.push(`${name} is rolled back, and runs ${runs}`)
    }
    const mayRest = status?.phase === 'Stopped' && rests(node, spec.onFailure === 'pause')
    if (isHeld(note) && !mayRest) broken.push(`${name} is left in ${note.phase}`)
    if (hasFailed && spec.onFailure !== 'pause' && status?.phase !== 'Complete' && runs === NEW) {
      broken.push(`${name} has failed, and was not sent back`)
    }
    if (status?.phase === 'RolledBack' && runs === NEW) broken.push(`${name} was not rolled back`)
    const isCordoned = Reflect.get(Object(nodeSpec), 'unschedulable') === true
    if (!isHeld(note) && isCordoned && !note.cordoned) broken.push(`${name} is left cordoned`)
  }
  return broken
}

import { FairleadError, messageOf } from '../errors.ts'
import type { Random } from '../random.ts'
import { jsonOrUndefined } from '../json.ts'
import type { KubeApi, KubeObject } from '../kube/api.ts'
import { createReflector } from '../kube/reflector.ts'
import { NODES } from '../kube/resources.ts'
import type { Clock } from '../ports.ts'
import type { SlotRecord } from './state.ts'
import {
  isUnderWay,
  NOTE,
  noteOf,
  SLOT,
  SLOT_RESULT,
  SLOT_TARGET,
  type SlotResult,
  slotResultSchema,
} from '../upgrade/node-contract.ts'

/** What a node's slots are like now. */
interface SlotsNow {
  readonly current: string | null
  /** The slot whose shim new pods get. */
  readonly shim: string | null
  /** Where a way back leads. */
  readonly previous: string | null
  /** Whether a change goes on, or waits to be resumed. */
  readonly isChanging: boolean
  /** How the last change ended. */
  readonly last: Pick<SlotRecord, 'to' | 'outcome' | 'reasons'> | undefined
}

/** What follows a node. */
export interface FollowWorld {
  readonly api: Pick<KubeApi, 'list' | 'watch' | 'patch'>
  readonly clock: Clock
  readonly random: Random
  readonly slots: () => Promise<SlotsNow>
  /** Changes the runtime, and leaves new pods the shim of before; undefined when it is on the slot, else why it is not. */
  readonly activate: (
    slot: string,
    options: { readonly force: boolean },
  ) => Promise<string | undefined>
  /** Gives new pods the shim of the slot that is in force. */
  readonly giveShim: () => Promise<void>
  readonly onEvent: (text: string) => void
}

const CALL_TIMEOUT_MS = 10_000
const AGAIN_MS = 5_000
/** However little the API server says, the node is looked at this often: somebody may change it by hand. */
const LOOK_EVERY_MS = 10_000

/**
 * Keeps a node on the slot that its Node object sends it to, and says there which it is on and what came of it, until
 * `signal` is aborted. Each order is carried out once: a slot that failed is not tried again until somebody sends the
 * node there anew, and a node that somebody has changed by hand is told of and left as it is.
 */
export async function followNode(
  nodeName: string,
  world: FollowWorld,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = world
  let bell = new AbortController()
  const reflector = createReflector(
    NODES,
    { fieldSelector: `metadata.name=${nodeName}` },
    {
      ...world,
      onEvent: (event) => {
        if (event.type === 'failed') world.onEvent(`the API server: ${event.error.message}`)
        bell.abort()
      },
    },
  )
  const running = reflector.run(signal)
  while (!signal.aborted) {
    bell = new AbortController()
    const node = reflector.objects().get(nodeName)
    const isSettled = node === undefined || (await look(node, world, signal))
    const ends = AbortSignal.any([signal, bell.signal])
    await clock.sleep(isSettled ? LOOK_EVERY_MS : AGAIN_MS, ends).catch(() => undefined)
  }
  await running
}

/** Looks once at where the node is and where it should be; whether nothing is left to do. */
async function look(node: KubeObject, world: FollowWorld, signal: AbortSignal): Promise<boolean> {
  const { annotations = {} } = node.metadata
  const target = annotations[SLOT_TARGET]
  const before = await world.slots()
  if (before.isChanging) return false
  const said = slotResultSchema.safeParse(jsonOrUndefined(annotations[SLOT_RESULT])).data
  const known = target === undefined ? said : knownResult(target, said, before)
  if (target === undefined || known !== undefined) {
    const isGiven = await giveShim(node, before, known, world)
    return (await say(node, before.current, known, world, signal)) && isGiven
  }
  const working = { target, outcome: 'working', message: 'is being activated' } as const
  await say(node, before.current, working, world, signal)
  world.onEvent(`goes to ${target}`)
  // Whatever the runtime is like now, the way back is open.
  const force = target === before.previous
  const failure = await world.activate(target, { force }).catch((error: unknown) => {
    if (error instanceof FairleadError && error.code === 'FL_SLOT_BUSY') return 'busy' as const
    return messageOf(error)
  })
  if (failure === 'busy') return false
  world.onEvent(failure === undefined ? `is on ${target}` : `is not on ${target}: ${failure}`)
  const { current } = await world.slots()
  const result: SlotResult =
    failure === undefined
      ? { target, outcome: 'active', message: `${target} is steadily healthy` }
      : { target, outcome: 'failed', message: failure }
  return say(node, current, result, world, signal)
}

/** What is to be said of a target without anything being done; undefined where the node has yet to go there. */
function knownResult(
  target: string,
  said: SlotResult | undefined,
  { current, previous, last }: SlotsNow,
): SlotResult | undefined {
  const before = said?.target === target ? said : undefined
  const failed = (message: string): SlotResult => ({ target, outcome: 'failed', message })
  if (target === current) {
    if (before?.outcome === 'active') return before
    return { target, outcome: 'active', message: `${target} runs` }
  }
  switch (before?.outcome) {
    case 'failed':
      return before
    case 'active':
      return failed(`it ran, and the node was changed to ${current ?? 'none'} by hand${why(last)}`)
    case 'working':
      // Whoever carried it out was ended, and it was taken back. What ends a node may be the version; a way
      // back is gone all the same.
      if (target === previous || last?.to !== target || last.outcome === 'activated') return
      return failed(last.reasons.join('; ') || last.outcome)
    case undefined:
      return undefined
  }
}

/**
 * Gives new pods the new shim when nobody may send the node back any more: an older version would end them
 * (see shims.ts). Whether nothing is left to do.
 */
async function giveShim(
  { metadata: { annotations = {} } }: KubeObject,
  { current, shim }: SlotsNow,
  known: SlotResult | undefined,
  world: FollowWorld,
): Promise<boolean> {
  const note = noteOf(annotations[NOTE])
  const isInForce = known?.outcome === 'active' && known.target === current
  if (!isInForce || shim === current || (note !== undefined && isUnderWay(note))) return true
  try {
    await world.giveShim()
    world.onEvent(`new pods get the shim of ${current}`)
    return true
  } catch (error) {
    world.onEvent(`new pods get the shim of ${shim ?? 'none'}: ${messageOf(error)}`)
    return false
  }
}

function why(last: SlotsNow['last']): string {
  return last === undefined || last.reasons.length === 0 ? '' : `: ${last.reasons.join('; ')}`
}

/** Writes what is not on the Node yet; whether that is so now. */
async function say(
  { metadata: { name, annotations = {} } }: KubeObject,
  current: string | null,
  result: SlotResult | undefined,
  { api, onEvent }: FollowWorld,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = {
    [SLOT]: current,
    ...(result === undefined ? {} : { [SLOT_RESULT]: JSON.stringify(result) }),
  }
  const news = Object.entries(wanted).filter(([key, value]) => (annotations[key] ?? null) !== value)
  if (news.length === 0) return true
  const patch = { metadata: { annotations: Object.fromEntries(news) } }
  const call = { timeoutMs: CALL_TIMEOUT_MS, signal, kind: 'merge' } as const
  const written = await api.patch({ resource: NODES, name }, patch, call)
  if (!written.ok) onEvent(`the Node cannot be written: ${written.error.message}`)
  return written.ok
}

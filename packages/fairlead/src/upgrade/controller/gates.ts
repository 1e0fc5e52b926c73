import { z } from 'zod'
import type { KubeObject } from '../../kube/api.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports.ts'
import { askLabGates } from './lab-gates.ts'
import {
  create,
  endOf,
  jobName,
  type JobWorld,
  jobWith,
  podOnNode,
  RETRIES_ON_NODE,
} from '../executors/jobs.ts'
import type { MoveFailure } from '../executors/executor.ts'
import type { Progress } from '../node-step.ts'
import type { UpgradeSpec } from '../spec.ts'

/** What has to hold beside the conditions of the nodes. */
export interface Gates {
  /** What speaks against the version: nothing begins, and a node that soaks is as one that is not healthy. */
  readonly alarm: string | undefined
  /** What is not known: nothing begins, and no soak ends. */
  readonly hold: string | undefined
  /** What keeps the first node from beginning. */
  readonly preflight: string | undefined
  /** Asks, if it was not asked just now; once nodes have begun not for what has to hold before. */
  readonly look: (hasBegun: boolean, signal: AbortSignal) => Promise<void>
  /** How the gate of a node that soaks is. */
  readonly progress: (node: KubeObject) => Progress
  /** Begins the gate of a node, or finds that it has begun. */
  readonly begin: (node: KubeObject, signal: AbortSignal) => Promise<MoveFailure | undefined>
}

/** What gates work with. */
export interface GateWorld extends JobWorld {
  readonly clock: Clock
  readonly wallMs: () => number
  readonly fetch: typeof fetch
}

const ASK_EVERY_MS = 15_000
const QUERY_TIMEOUT_MS = 10_000

/** The gates of a policy. */
export function gatesOf({ gates, target, soak }: UpgradeSpec, world: GateWorld): Gates {
  const asksLab = gates.some(({ lab }) => lab !== undefined)
  const queries = gates.flatMap(({ name, prometheus }) =>
    prometheus ? [{ name, prometheus }] : [],
  )
  const jobs = gates.flatMap(({ name, job }) => (job ? [{ name, job }] : []))
  let askedMs = Number.NEGATIVE_INFINITY
  let alarm: string | undefined
  let hold = queries.length === 0 ? undefined : 'its queries have not been asked'
  let preflight = asksLab ? 'its lab report has not been read' : undefined
  const stateOf = (node: KubeObject, name: string) => {
    const jobKey = `${world.namespace}/${jobName(world.upgrade, node, `gate-${name}`)}`
    const job = world.jobs().get(jobKey)
    return job === undefined ? 'none' : (endOf(job) ?? 'runs')
  }
  return {
    get alarm() {
      return alarm
    },
    get hold() {
      return hold
    },
    get preflight() {
      return preflight
    },
    look: async (hasBegun, signal) => {
      if (world.clock.now() - askedMs < ASK_EVERY_MS) return
      askedMs = world.clock.now()
      if (asksLab && !hasBegun) {
        const answers = await askLabGates({ gates, target }, world, signal)
        preflight = answers.find(({ objection }) => objection !== undefined)?.objection
      }
      const answers = await Promise.all(
        queries.map(({ name, prometheus }) => ask(name, prometheus, world.fetch, signal)),
      )
      alarm = answers.find((answer) => answer?.holds === false)?.text
      hold = answers.find((answer) => answer?.holds === undefined)?.text
    },
    progress: (node) => {
      const states = jobs.map(({ name }) => ({ name, state: stateOf(node, name) }))
      const failed = states.find(({ state }) => state === 'failed')
      if (failed !== undefined) return { at: 'failed', reason: `did not pass ${failed.name}` }
      const open = states.find(({ state }) => state !== 'complete')
      return open === undefined ? { at: 'there' } : { at: 'on-the-way', why: `${open.name} runs` }
    },
    begin: async (node, signal) => {
      for (const { name, job } of jobs) {
        if (stateOf(node, name) !== 'none') continue
        const jobObject = jobWith(
          jobName(world.upgrade, node, `gate-${name}`),
          podOnNode({ node, version: target.version }, job, world.upgrade),
          { deadlineMs: soak.deadline, retries: RETRIES_ON_NODE },
          world,
        )
        const failure = await create(jobObject, world, signal)
        if (failure !== undefined) return failure
      }
      return undefined
    },
  }
}

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({ result: z.array(z.unknown()) }),
})

/** Asks Prometheus; `holds` is undefined where it does not answer. Undefined where all is well. */
async function ask(
  name: string,
  { url, query, holdsWhen }: { url: string; query: string; holdsWhen: 'empty' | 'not-empty' },
  fetchIt: typeof fetch,
  signal: AbortSignal,
): Promise<{ holds: false | undefined; text: string } | undefined> {
  const unknown = (text: string) => ({
    holds: undefined,
    text: `gate ${name} is not known: ${text}`,
  })
  const target = new URL('api/v1/query', url.endsWith('/') ? url : `${url}/`)
  target.searchParams.set('query', query)
  const ends = AbortSignal.any([signal, AbortSignal.timeout(QUERY_TIMEOUT_MS)])
  try {
    const response = await fetchIt(target, { signal: ends })
    const answer = answerSchema.safeParse(await response.json())
    if (!response.ok || !answer.success)
      return unknown(`${target.origin} answers ${response.status}`)
    const isEmpty = answer.data.data.result.length === 0
    if (isEmpty === (holdsWhen === 'empty')) return undefined
    const what = isEmpty ? 'has no result' : `has ${answer.data.data.result.length} results`
    return { holds: false, text: `gate ${name} does not hold: its query ${what}` }
  } catch (error) {
    return unknown(messageOf(error))
  }
}

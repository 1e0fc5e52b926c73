import { closeSync, openSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { PROBES } from '../advisories/probes.ts'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { scenarioSchema } from './scenario.ts'
import { type TraceEvent, TRACE_VERSION, type TraceSink } from './trace.ts'

/** No trial takes 30 years; what is made of a moment is a time that a calendar has. */
const MOMENT_MS_MAX = 1e12
const atMs = z.number().min(-MOMENT_MS_MAX).max(MOMENT_MS_MAX)
const condition = z.object({ status: z.boolean(), reason: z.string(), message: z.string() })

const schema: z.ZodType<TraceEvent> = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('trial'),
    traceVersion: z.literal(TRACE_VERSION, {
      error: `only trace version ${TRACE_VERSION} can be read`,
    }),
    atMs,
    startedAt: z.iso.datetime(),
    scenario: scenarioSchema,
    runtime: z.object({ name: z.string(), version: z.string() }),
    trial: z.number(),
    kubelet: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('runtime'),
    atMs,
    phase: z.enum(['started', 'serving', 'stopping', 'rebooting', 'exited']),
    message: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('step'),
    atMs,
    phase: z.enum(['begin', 'end', 'in-vain', 'averted']),
    index: z.number(),
    id: z.string().exactOptional(),
    text: z.string(),
  }),
  z.object({
    type: z.literal('status'),
    atMs,
    startedAtMs: atMs,
    observer: z.enum(['kubelet', 'probe']),
    outcome: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('answered'), runtimeReady: condition, networkReady: condition }),
      z.object({ kind: z.literal('failed') }),
      z.object({ kind: z.literal('unanswered') }),
    ]),
    message: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('node-ready'),
    atMs,
    status: z.enum(['True', 'False']),
    reason: z.enum(['KubeletReady', 'KubeletNotReady']),
    message: z.string(),
  }),
  z.object({ type: z.literal('list'), atMs, startedAtMs: atMs, ok: z.boolean() }),
  z.object({
    type: z.literal('lateness'),
    atMs,
    startedAtMs: atMs,
    maxMs: z.number(),
    sumMs: z.number(),
  }),
  z.object({
    type: z.literal('cni-load'),
    atMs,
    lastCniLoadStatus: z.string(),
    networks: z.array(z.string()),
  }),
  z.object({ type: z.literal('conf'), atMs, file: z.string(), sizeBytes: z.number().nullable() }),
  z.object({
    type: z.literal('exec'),
    atMs,
    phase: z.enum(['begin', 'end']),
    id: z.number(),
    plugin: z.string(),
    verb: z.string(),
    containerId: z.string(),
    ifName: z.string(),
    pod: z.string().exactOptional(),
    outcome: z.string().exactOptional(),
  }),
  z.object({
    type: z.literal('pod'),
    atMs,
    phase: z.enum(['begin', 'end']),
    call: z.enum(['RunPodSandbox', 'StopPodSandbox', 'RemovePodSandbox']),
    pod: z.string(),
    attempt: z.number(),
    error: z.string().exactOptional(),
  }),
  z.object({ type: z.literal('look'), atMs, probe: z.enum(PROBES), text: z.string() }),
  z.object({ type: z.literal('repair'), atMs, why: z.string() }),
  z.object({ type: z.literal('pods-removed'), atMs, netns: z.array(z.string()) }),
  z.object({
    type: z.literal('end'),
    atMs,
    reason: z.enum(['completed', 'decided', 'aborted', 'failed']),
    message: z.string().exactOptional(),
  }),
])

/** A sink that writes one JSON object a line to `file`, each at once, and keeps them all. */
export class TraceFile implements TraceSink, Disposable {
  readonly events: TraceEvent[] = []
  readonly #descriptor: number

  constructor(file: string) {
    this.#descriptor = openSync(file, 'w')
  }

  write(event: TraceEvent): void {
    this.events.push(event)
    writeSync(this.#descriptor, `${JSON.stringify(event)}\n`)
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }
}

/**
 * Reads a trace back.
 *
 * @throws {FairleadError} FL_TRACE_INVALID with the line that is not a trace event.
 */
export async function readTraceFile(file: string): Promise<TraceEvent[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const problem = systemCodeOf(error) === 'ENOENT' ? 'does not exist' : messageOf(error)
    throw invalid(`The trace file ${file} cannot be read: it ${problem}.`)
  })
  const lines = text.split('\n').filter((line) => line !== '')
  const events = lines.map((line, index) => parseLine(line, `${file}:${index + 1}`))
  if (events[0]?.type !== 'trial') throw invalid(`${file}:1: a trace begins with a "trial" line`)
  return events
}

function parseLine(line: string, place: string): TraceEvent {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw invalid(`${place}: not JSON: ${messageOf(error)}`)
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(`${place}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`)
}

function invalid(message: string): FairleadError {
  return new FairleadError('FL_TRACE_INVALID', message, {
    hint: 'Give a .jsonl file from the traces folder of a report.',
  })
}

import type { ConfSample, ExecSpan, Span, Timeline } from '../../report.ts'
import { confFiles } from './conf-files.ts'
import { momentLabel } from './moment-label.ts'
import type { Packed } from './pack.ts'
import { pack, rowCount } from './pack.ts'
import type { TimeScale } from './scale.ts'

/** A horizontal strip of the timeline, px; `name` is written beside it. */
export interface Strip {
  readonly y: number
  readonly height: number
  readonly name: string
  /** A `row` belongs to the `group` above it. */
  readonly level: 'lane' | 'group' | 'row'
}

/** A strip whose marks are placed in sub-rows of `ROW_HEIGHT`. */
export interface PackedStrip<T> extends Strip {
  readonly marks: readonly Packed<T>[]
}

/** A mark without duration, numbered from 1. */
export interface Moment {
  readonly atMs: number
  readonly text: string
  readonly number: number
}

/** Where everything in a timeline goes; a lane without content is absent. */
export interface TimelineLayout {
  readonly height: number
  /** All strips from the top. */
  readonly strips: readonly Strip[]
  readonly ready: Strip
  readonly status?: Strip
  readonly steps?: PackedStrip<Moment>
  readonly confFiles: readonly (Strip & { readonly samples: readonly ConfSample[] })[]
  readonly cniLoads?: Strip
  readonly plugins: readonly PackedStrip<ExecSpan>[]
  readonly pods: readonly PackedStrip<Timeline['pods'][number]>[]
  readonly runtime?: PackedStrip<Moment>
}

/** Height of the time axis at the top and at the bottom. */
export const AXIS_HEIGHT = 22
/** Height of one sub-row of spans. */
export const ROW_HEIGHT = 16
/** What of a sub-row is left free above a bar, and below it. */
export const ROW_GAP = 1.5
/** Height of one sub-row of step markers. */
export const STEP_HEIGHT = 19

const GAP = 9
const STATUS_HEIGHT = 140
const GROUP_HEIGHT = 17

/** Lays the lanes of a timeline out from top to bottom. */
export function layoutTimeline(
  timeline: Timeline,
  scale: TimeScale,
  rowsMax?: number,
): TimelineLayout {
  const stack = new Stack()
  const place = { scale, stack, rowsMax }
  const ready = stack.lane('Ready', 20)
  const status = timeline.status.length > 0 && stack.lane('Status', STATUS_HEIGHT)
  const steps = timeline.steps.length > 0 && packedSteps(timeline, scale, stack)
  const confFiles = confFileStrips(timeline, stack)
  const cniLoads = timeline.cniLoads.length > 0 && stack.lane('CNI load', 16)
  const plugins = spanStrips('Plugins', timeline.execs, (exec) => exec.plugin, place)
  const pods = spanStrips('Pods', timeline.pods, (span) => span.pod, place)
  const runtime = timeline.runtime.length > 0 && packedRuntime(timeline, scale, stack)
  return {
    height: stack.bottom + AXIS_HEIGHT,
    strips: stack.strips,
    ready,
    confFiles,
    plugins,
    pods,
    ...(status && { status }),
    ...(steps && { steps }),
    ...(cniLoads && { cniLoads }),
    ...(runtime && { runtime }),
  }
}

/** Hands out strips from the top down. */
class Stack {
  readonly strips: Strip[] = []
  #y = AXIS_HEIGHT + 4

  get bottom(): number {
    return this.#y + GAP
  }

  lane(name: string, height: number): Strip {
    return this.#add(name, height, 'lane', GAP)
  }

  group(name: string): void {
    this.#add(name, GROUP_HEIGHT, 'group', GAP)
  }

  row(name: string, height: number): Strip {
    return this.#add(name, height, 'row', 0)
  }

  #add(name: string, height: number, level: Strip['level'], gap: number): Strip {
    const y = this.strips.length === 0 ? this.#y : this.#y + gap
    const strip = { y, height, name, level }
    this.strips.push(strip)
    this.#y = y + height
    return strip
  }
}

function packedSteps(timeline: Timeline, scale: TimeScale, stack: Stack): PackedStrip<Moment> {
  const steps = timeline.steps.map((step, i) => ({ ...step, number: i + 1 }))
  const radius = STEP_HEIGHT / 2
  const marks = pack(steps, scale.width, ({ atMs }) => ({
    from: scale.x(atMs) - radius,
    to: scale.x(atMs) + radius,
  }))
  return { ...stack.lane('Steps', rowCount(marks) * STEP_HEIGHT), marks }
}

function packedRuntime(timeline: Timeline, scale: TimeScale, stack: Stack): PackedStrip<Moment> {
  const moments = timeline.runtime.map((event, i) => ({ ...event, number: i + 1 }))
  const marks = pack(moments, scale.width, ({ atMs, text }) => momentLabel(atMs, text, scale))
  return { ...stack.lane('Runtime', rowCount(marks) * ROW_HEIGHT), marks }
}

function confFileStrips(timeline: Timeline, stack: Stack): TimelineLayout['confFiles'] {
  const files = confFiles(timeline.confEvents)
  if (files.length > 0) stack.group('Conf dir')
  return files.map(({ name, samples }) => ({ ...stack.row(name, ROW_HEIGHT), samples }))
}

function spanStrips<T extends Span>(
  group: string,
  spans: readonly T[],
  nameOf: (span: T) => string,
  {
    scale,
    stack,
    rowsMax,
  }: { readonly scale: TimeScale; readonly stack: Stack; readonly rowsMax: number | undefined },
): PackedStrip<T>[] {
  if (spans.length > 0) stack.group(group)
  return [...Map.groupBy(spans, nameOf)].map(([name, own]) => {
    const extent = ({ startMs, endMs }: Span) => ({ from: scale.x(startMs), to: scale.x(endMs) })
    const marks = pack(own, scale.width, extent, rowsMax)
    return { ...stack.row(name, rowCount(marks) * ROW_HEIGHT), marks }
  })
}

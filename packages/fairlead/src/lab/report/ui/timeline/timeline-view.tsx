import { useSignal } from '@preact/signals'
import { useLayoutEffect, useMemo } from 'preact/hooks'
import type { Evidence } from '../evidence.ts'
import { timelineLabel } from '../trial/events.ts'
import { Axis } from './axis.tsx'
import { Crosshair } from './crosshair.tsx'
import { FailureMark } from './failure-mark.tsx'
import { LaneNames } from './lane-names.tsx'
import { Lanes } from './lanes.tsx'
import { layoutTimeline } from './layout.ts'
import { Legend } from './legend.tsx'
import { timeScale } from './scale.ts'
import { StepsList } from './steps-list.tsx'
import { useWidth } from './use-width.ts'

const PLOT_WIDTH_MIN = 760
const NARROW = 700

/** All that was observed, on one time axis; `fromEnd` shows its end first where it is too wide. */
export function TimelineView({
  evidence,
  fromEnd = false,
}: {
  readonly evidence: Evidence
  readonly fromEnd?: boolean
}) {
  const { timeline } = evidence
  const { ref, width } = useWidth<HTMLDivElement>()
  useLayoutEffect(() => {
    if (fromEnd && ref.current !== null) ref.current.scrollLeft = ref.current.scrollWidth
  }, [fromEnd, ref, width])
  return (
    <figure class="timeline">
      {/* A scroller must be in reach of the keyboard. */}
      <div class="timeline-scroll" ref={ref} tabIndex={0} role="group" aria-label="Timeline">
        {width !== undefined && <Plot evidence={evidence} width={width} />}
      </div>
      <figcaption>
        <Legend timeline={timeline} />
        {timeline.steps.length > 0 && <StepsList steps={timeline.steps} />}
      </figcaption>
    </figure>
  )
}

function Plot({ evidence, width }: { readonly evidence: Evidence; readonly width: number }) {
  const { failure, timeline, axis, rowsMax } = evidence
  const pointerX = useSignal<number | undefined>(undefined)
  const namesWidth = width < NARROW ? 122 : 172
  const plotWidth = Math.max(width - namesWidth, PLOT_WIDTH_MIN)
  const scale = useMemo(() => timeScale(axis, plotWidth), [axis, plotWidth])
  const layout = useMemo(() => layoutTimeline(timeline, scale, rowsMax), [timeline, scale, rowsMax])
  const { height } = layout
  return (
    <>
      <LaneNames layout={layout} status={timeline.status} width={namesWidth} />
      <svg
        class="plot"
        width={plotWidth}
        height={height}
        role="img"
        aria-label={timelineLabel(evidence)}
        onPointerMove={(event) => {
          pointerX.value = event.clientX - event.currentTarget.getBoundingClientRect().left
        }}
        onPointerLeave={() => {
          pointerX.value = undefined
        }}
      >
        <Axis scale={scale} height={height} />
        {failure !== undefined && <FailureMark {...failure} scale={scale} height={height} />}
        <Lanes evidence={evidence} layout={layout} scale={scale} />
        <Crosshair pointerX={pointerX} scale={scale} height={height} />
      </svg>
    </>
  )
}

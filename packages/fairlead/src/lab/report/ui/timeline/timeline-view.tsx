import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
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

/** All that was observed in a trial, on one time axis. */
export function TimelineView({ evidence }: { readonly evidence: Evidence }) {
  const { timeline } = evidence
  const { ref, width } = useWidth<HTMLDivElement>()
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
  const { verdict, timeline } = evidence
  const pointerX = useSignal<number | undefined>(undefined)
  const namesWidth = width < NARROW ? 122 : 172
  const plotWidth = Math.max(width - namesWidth, PLOT_WIDTH_MIN)
  const { durationMs, status } = timeline
  const scale = useMemo(() => timeScale(durationMs, plotWidth), [durationMs, plotWidth])
  const layout = useMemo(() => layoutTimeline(timeline, scale), [timeline, scale])
  const { height } = layout
  return (
    <>
      <LaneNames layout={layout} status={status} width={namesWidth} />
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
        {verdict.failedAtMs !== undefined && (
          <FailureMark
            atMs={verdict.failedAtMs}
            word={verdict.word}
            scale={scale}
            height={height}
          />
        )}
        <Lanes evidence={evidence} layout={layout} scale={scale} />
        <Crosshair pointerX={pointerX} scale={scale} height={height} />
      </svg>
    </>
  )
}

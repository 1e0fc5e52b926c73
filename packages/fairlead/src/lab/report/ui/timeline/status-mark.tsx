import type { StatusSample } from '../../report.ts'
import { latency } from '../format.ts'
import type { TimeScale } from './scale.ts'

const HUNG_MS = 1000

/** One Status call: a diamond for kubelet's, a dot for the probe's; a bar if it hung. */
export function StatusMark({
  sample,
  y,
  scale,
}: {
  readonly sample: StatusSample
  readonly y: number
  readonly scale: TimeScale
}) {
  const { observer, startMs, latencyMs, outcome } = sample
  const isUnanswered = outcome === 'unanswered'
  const isHung = isUnanswered || latencyMs >= HUNG_MS
  const x = scale.x(startMs)
  const end = scale.x(startMs + latencyMs)
  return (
    <g class={`call call-${observer} call-${outcome}`}>
      <title>{title(sample, scale)}</title>
      {isHung && <line class="call-hung" x1={x} x2={end} y1={y} y2={y} />}
      {isUnanswered ? (
        <path class="call-open" d={`M${end - 4} ${y - 4}l6 4l-6 4`} />
      ) : (
        <CallShape observer={observer} outcome={outcome} x={isHung ? end : x} y={y} />
      )}
    </g>
  )
}

/** The shape of a call that ended, also for the legend. */
export function CallShape({
  observer,
  outcome,
  x,
  y,
}: Pick<StatusSample, 'observer' | 'outcome'> & { readonly x: number; readonly y: number }) {
  const r = observer === 'kubelet' ? 4.5 : 2.2
  if (outcome === 'failed' || outcome === 'unanswered') {
    const d = `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`
    return <path class="call-cross" d={d} />
  }
  if (observer === 'probe') return <circle class="call-shape" cx={x} cy={y} r={r} />
  return <path class="call-shape" d={`M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`} />
}

function title({ observer, startMs, latencyMs, outcome }: StatusSample, scale: TimeScale): string {
  const call = `Status call of ${observer === 'probe' ? 'the probe' : 'kubelet'}`
  return `${call} at ${scale.text(startMs)}: ${outcome} after ${latency(latencyMs)}`
}

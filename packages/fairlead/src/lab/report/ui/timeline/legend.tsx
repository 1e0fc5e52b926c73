import type { ComponentChildren } from 'preact'
import type { Timeline } from '../../report.ts'
import { ConfMark } from './conf-lane.tsx'
import { CallShape } from './status-mark.tsx'
import { callTone, verbTone } from './tones.ts'

/** What the marks of a timeline mean; only those that it can have. */
export function Legend({ timeline }: { readonly timeline: Timeline }) {
  const verbs = new Set(timeline.execs.map((exec) => exec.verb))
  const calls = new Set(timeline.pods.map((span) => span.call))
  return (
    <ul class="legend">
      {timeline.status.length > 0 && <StatusEntries />}
      {timeline.confEvents.length > 0 && <ConfEntries />}
      {[...verbs].map((verb) => (
        <Swatch key={verb} tone={verbTone(verb)}>
          {verb}
        </Swatch>
      ))}
      {[...calls].map((call) => (
        <Swatch key={call} tone={callTone(call)}>
          {call}
        </Swatch>
      ))}
      {timeline.status.length > 0 && <Entry sign={<TroubleSign />}>failed or NotReady</Entry>}
    </ul>
  )
}

function StatusEntries() {
  return (
    <>
      <Entry sign={<Call observer="kubelet" outcome="ready" />}>Status of kubelet</Entry>
      <Entry sign={<Call observer="probe" outcome="ready" />}>of the probe</Entry>
      <Entry sign={<Call observer="kubelet" outcome="not-ready" />}>answers not ready</Entry>
      <Entry sign={<Call observer="kubelet" outcome="failed" />}>fails</Entry>
      <Entry sign={<line class="call-hung" x1="0" x2="12" y1="6" y2="6" />}>hangs</Entry>
    </>
  )
}

function Call(props: {
  readonly observer: 'kubelet' | 'probe'
  readonly outcome: 'ready' | 'not-ready' | 'failed'
}) {
  return (
    <g class={`call call-${props.observer} call-${props.outcome}`}>
      <CallShape {...props} x={6} y={6} />
    </g>
  )
}

function ConfEntries() {
  return (
    <>
      <Entry sign={<ConfMark sizeBytes={1} x={6} y={6} />}>file written</Entry>
      <Entry sign={<ConfMark sizeBytes={0} x={6} y={6} />}>empty</Entry>
      <Entry sign={<ConfMark sizeBytes={null} x={6} y={6} />}>gone</Entry>
    </>
  )
}

function TroubleSign() {
  return (
    <g class="bar tone-other is-trouble">
      <rect class="bar-body" x="1" y="1" width="10" height="10" rx="2" />
      <rect class="bar-hatch" x="1" y="1" width="10" height="10" rx="2" />
    </g>
  )
}

function Swatch({
  tone,
  children,
}: {
  readonly tone: string
  readonly children: ComponentChildren
}) {
  const sign = (
    <g class={`bar ${tone}`}>
      <rect class="bar-body" x="1" y="1" width="10" height="10" rx="2" />
    </g>
  )
  return <Entry sign={sign}>{children}</Entry>
}

function Entry({
  sign,
  children,
}: {
  readonly sign: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <li>
      <svg class="legend-sign" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        {sign}
      </svg>
      {children}
    </li>
  )
}

import type { Timeline } from '../../report.ts'
import { seconds, unbroken } from '../format.ts'

/** The steps in words; their numbers are those of the markers. */
export function StepsList({ steps }: { readonly steps: Timeline['steps'] }) {
  return (
    <ol class="steps">
      {steps.map(({ atMs, text }, i) => (
        <li key={i}>
          <span class="step-number">{i + 1}</span>
          <span class="time">{seconds(atMs)}</span>
          <span>{unbroken(text)}</span>
        </li>
      ))}
    </ol>
  )
}

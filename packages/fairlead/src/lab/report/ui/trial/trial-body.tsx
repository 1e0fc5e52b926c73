import type { ScenarioSummary, TrialReport } from '../../report.ts'
import { relativeHref, unbroken } from '../format.ts'
import { TimelineView } from '../timeline/timeline-view.tsx'
import { EventsTable } from './events-table.tsx'
import { ReadyTable } from './ready-table.tsx'

/** Verdict, evidence and timeline of one trial. */
export function TrialBody({
  trial,
  scenario,
}: {
  readonly trial: TrialReport
  readonly scenario: ScenarioSummary | undefined
}) {
  return (
    <div class="trial-body">
      {scenario !== undefined && <p class="trial-title">{scenario.title}</p>}
      <div class="trial-text">
        <Reasons trial={trial} />
        <ReadyTable ready={trial.verdict.ready} />
      </div>
      <TimelineView trial={trial} />
      <EventsTable trial={trial} />
      {scenario !== undefined && <Why scenario={scenario} />}
      <p class="files">
        <a href={relativeHref(trial.files.trace)}>Trace</a>
        <a href={relativeHref(trial.files.runtimeLog)}>Runtime log</a>
        <a href="#matrix">Back to the matrix</a>
      </p>
    </div>
  )
}

function Reasons({ trial }: { readonly trial: TrialReport }) {
  const { word, reasons, lastCniLoadError } = trial.verdict
  return (
    <div class="reasons">
      <h4>{word === 'pass' ? 'What was seen' : `Why ${word}`}</h4>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{unbroken(reason)}</li>
        ))}
        {reasons.length === 0 && <li>Everything the scenario expects held.</li>}
      </ul>
      {lastCniLoadError !== undefined && (
        <>
          <h4>Last CNI load error</h4>
          <pre>{lastCniLoadError}</pre>
        </>
      )}
    </div>
  )
}

function Why({ scenario }: { readonly scenario: ScenarioSummary }) {
  return (
    <details class="aside">
      <summary>Why this scenario</summary>
      <p>{scenario.why}</p>
      {scenario.failureModes.length > 0 && (
        <p class="failure-modes">
          Known failure modes:{' '}
          {scenario.failureModes.map((id) => (
            <code key={id}>{id}</code>
          ))}
        </p>
      )}
    </details>
  )
}

import { useContext, useEffect, useState } from 'preact/hooks'
import type { ScenarioSummary, Timeline, TrialFinding, TrialReport } from '../../report.ts'
import { trialEvidence } from '../evidence.ts'
import { Evidences } from '../evidence-source.ts'
import { seconds, unbroken } from '../format.ts'
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
  const source = useContext(Evidences)
  return (
    <div class="trial-body">
      {scenario !== undefined && <p class="trial-title">{scenario.title}</p>}
      <div class="trial-text">
        <div class="reasons">
          <Reasons trial={trial} />
          {trial.findings !== undefined && <Findings findings={trial.findings} />}
          {scenario !== undefined && scenario.failureModes.length > 0 && (
            <Incidents failureModes={scenario.failureModes} />
          )}
        </div>
        <ReadyTable verdict={trial.verdict} />
      </div>
      <LoadedTimeline trial={trial} />
      {scenario !== undefined && (
        <details class="aside">
          <summary>Why this scenario</summary>
          <p>{scenario.why}</p>
        </details>
      )}
      <h4 class="again-title">Run such a trial again</h4>
      <pre class="again">{trial.again}</pre>
      <p class="files">
        <a href={source.href(trial, 'trace')}>Trace</a>
        <a href={source.href(trial, 'runtimeLog')}>Runtime log</a>
        <span>{timing(trial)}</span>
        <a href="#matrix">Back to the matrix</a>
      </p>
    </div>
  )
}

/** The timeline, once it is here. */
function LoadedTimeline({ trial }: { readonly trial: TrialReport }) {
  const source = useContext(Evidences)
  const [loaded, setLoaded] = useState<{ readonly timeline: Timeline | undefined }>()
  useEffect(() => {
    void source.timeline(trial).then((timeline) => setLoaded({ timeline }))
  }, [source, trial])
  if (loaded === undefined) return <p class="timeline-note">The timeline is being loaded.</p>
  const { timeline } = loaded
  if (timeline === undefined) {
    return (
      <p class="timeline-note" role="alert">
        The timeline is not here: {source.missing(trial)}
      </p>
    )
  }
  const evidence = trialEvidence(trial, timeline)
  return (
    <>
      <TimelineView evidence={evidence} />
      <EventsTable evidence={evidence} />
    </>
  )
}

function Reasons({ trial }: { readonly trial: TrialReport }) {
  const { word, reasons, repairs = [], failedAtMs, lastCniLoadError } = trial.verdict
  return (
    <>
      <h4>
        {word === 'pass' ? 'What was seen' : `Why ${word}`}
        {failedAtMs !== undefined && `, from ${seconds(failedAtMs)} on`}
      </h4>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{unbroken(reason)}</li>
        ))}
        {reasons.length === 0 && <li>Everything the scenario expects held.</li>}
        {repairs.map((repair) => (
          <li key={repair}>{unbroken(repair)}</li>
        ))}
      </ul>
      {lastCniLoadError !== undefined && (
        <>
          <h4>Last CNI load error</h4>
          <pre>{lastCniLoadError}</pre>
        </>
      )}
    </>
  )
}

/** What the doctor makes of the trial's log and trace, which know nothing of the scenario. */
function Findings({ findings }: { readonly findings: readonly TrialFinding[] }) {
  return (
    <>
      <h4>What the doctor finds</h4>
      {findings.length === 0 && <p>No known cause.</p>}
      {findings.map(({ advisory, title, sure, evidence }) => (
        <details key={advisory} class="finding">
          <summary>
            {sure}: {title}
          </summary>
          <p>
            <code>{advisory}</code>
          </p>
          <ul>
            {evidence.map((text) => (
              <li key={text}>{unbroken(text)}</li>
            ))}
          </ul>
        </details>
      ))}
    </>
  )
}

function Incidents({ failureModes }: { readonly failureModes: readonly string[] }) {
  return (
    <>
      <h4>Known incidents behind this scenario</h4>
      <p class="failure-modes">
        {failureModes.map((id) => (
          <code key={id}>{id}</code>
        ))}
      </p>
    </>
  )
}

/** When it ran, and how far its clocks can be trusted. */
function timing({ startMs, durationMs, repeats, verdict }: TrialReport): string {
  const again = repeats === 0 ? '' : `, run ${repeats + 1} times as the others were inconclusive`
  return (
    `Began ${seconds(startMs)} into the run, took ${seconds(durationMs)}, clocks late by ` +
    `${Math.round(verdict.latenessMs)} ms at most${again}`
  )
}

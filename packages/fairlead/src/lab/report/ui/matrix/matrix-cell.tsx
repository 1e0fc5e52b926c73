import type { Report, ScenarioSummary, TrialReport } from '../../report.ts'
import { unbroken } from '../format.ts'
import { readyNotes } from '../ready.ts'
import { trialHref } from '../reveal.ts'
import { tally } from '../verdict/severity.ts'
import { VerdictMark, VerdictSign } from '../verdict/verdict-mark.tsx'
import type { Cell } from './cells.ts'
import { cellOf, silenceText } from './cells.ts'

/** One scenario on one runtime: its verdict, and a way to the trial behind it. */
export function MatrixCell({
  report,
  runtime,
  scenario,
}: {
  readonly report: Report
  readonly runtime: string
  readonly scenario: ScenarioSummary
}) {
  const cell = cellOf(report, runtime, scenario.name)
  const word = cell?.worst.verdict.word ?? 'none'
  return (
    <td class={`cell cell-${word}`}>
      <span class="cell-scenario">{scenario.name}</span>
      {cell === undefined ? <span class="cell-blank">not run</span> : <CellBody cell={cell} />}
    </td>
  )
}

function CellBody({ cell: { trials, worst } }: { readonly cell: Cell }) {
  return (
    <>
      <a class="cell-link" href={trialHref(worst)}>
        <CellVerdict trials={trials} />
      </a>
      <span class="cell-silence">{silenceText(trials)}</span>
      <span class="cell-ready">
        {readyNotes(worst.verdict.ready).map(({ status, text }) => (
          <span key={text} class={`ready-note ready-note-${status}`}>
            {unbroken(text)}
          </span>
        ))}
      </span>
      {trials.length > 1 && <TrialStrip trials={trials} />}
    </>
  )
}

function CellVerdict({ trials }: { readonly trials: readonly TrialReport[] }) {
  return tally(trials).map(({ word, count }) => (
    <VerdictMark key={word} word={word}>
      {trials.length === 1 ? word : `${count}/${trials.length} ${word}`}
    </VerdictMark>
  ))
}

function TrialStrip({ trials }: { readonly trials: readonly TrialReport[] }) {
  return (
    <span class="trial-strip">
      {trials.map((trial) => (
        <a
          key={trial.id}
          class={`verdict-${trial.verdict.word}`}
          href={trialHref(trial)}
          title={`Trial ${trial.trial}: ${trial.verdict.word}`}
          aria-label={`Trial ${trial.trial}: ${trial.verdict.word}`}
        >
          <VerdictSign word={trial.verdict.word} />
        </a>
      ))}
    </span>
  )
}

import type { TrialReport } from '../../report.ts'
import { shorten, unbroken } from '../format.ts'
import { readyNotes } from '../ready.ts'
import { trialHref } from '../reveal.ts'
import { VerdictMark, VerdictSign } from '../verdict/verdict-mark.tsx'
import type { MatrixCell as Cell } from './cells.ts'
import { rateText, silenceText } from './cells.ts'

/** One scenario on one runtime: its verdicts, and a way to the trial behind the worst. */
export function MatrixCell({
  runtime,
  cell,
  skipped,
}: {
  readonly runtime: string
  readonly cell: Cell | undefined
  /** Why there is none, where the lab left it out. */
  readonly skipped: string | undefined
}) {
  return (
    <td class={`cell cell-${cell?.worst.verdict.word ?? 'none'}`}>
      <span class="cell-runtime">{runtime}</span>
      {cell !== undefined && <CellBody cell={cell} />}
      {cell === undefined && skipped === undefined && <span class="cell-blank">not run</span>}
      {cell === undefined && skipped !== undefined && (
        <span class="cell-blank">skipped: {skipped}</span>
      )}
    </td>
  )
}

function CellBody({ cell }: { readonly cell: Cell }) {
  const { trials, worst, verdicts } = cell
  const rate = rateText(cell)
  return (
    <div class="cell-body">
      <a class="cell-link" href={trialHref(worst)} title={silenceText(trials)}>
        {verdicts.map(({ word, count }) => (
          <VerdictMark key={word} word={word}>
            {trials.length === 1 ? word : `${word} ${count}/${trials.length}`}
          </VerdictMark>
        ))}
        {rate !== undefined && <span class="cell-rate">{rate}</span>}
      </a>
      {worst.verdict.word !== 'pass' && (
        <span class="cell-cause" title={worst.verdict.reasons[0]}>
          {unbroken(cause(worst))}
        </span>
      )}
      <CellFinding trial={worst} />
      {verdicts.length > 1 && <TrialStrip trials={trials} />}
    </div>
  )
}

/** The cause that the doctor puts first, and a way to what speaks for it. */
function CellFinding({ trial }: { readonly trial: TrialReport }) {
  const [finding] = trial.findings ?? []
  if (finding === undefined) return null
  return (
    <a class="cell-finding" href={trialHref(trial)} title={`${finding.sure}: ${finding.title}`}>
      {unbroken(finding.advisory)}
    </a>
  )
}

/** What went wrong, in a few words. */
function cause({ verdict }: TrialReport): string {
  const { word, ready, reasons } = verdict
  const lost = readyNotes(ready).find(({ status }) => status === 'False')
  if (word === 'wedge' || word === 'stall' || word === 'flap') {
    if (lost !== undefined) return lost.text
  }
  return shorten(reasons[0] ?? '', CAUSE_MAX)
}

const CAUSE_MAX = 80

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

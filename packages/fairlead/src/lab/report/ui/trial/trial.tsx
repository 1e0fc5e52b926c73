import { useSignal } from '@preact/signals'
import type { Report, TrialReport } from '../../report.ts'
import { silenceText } from '../matrix/cells.ts'
import { readyNotes } from '../ready.ts'
import { VerdictMark } from '../verdict/verdict-mark.tsx'
import { TrialBody } from './trial-body.tsx'

/** One trial; its details are built only when they are opened. */
export function Trial({ trial, report }: { readonly trial: TrialReport; readonly report: Report }) {
  const open = useSignal(false)
  const scenario = report.scenarios.find(({ name }) => name === trial.scenario)
  const runtime = report.runtimes.find(({ name }) => name === trial.runtime)
  const headingId = `${trial.id}-heading`
  return (
    <section id={trial.id} class={`trial trial-${trial.verdict.word}`} aria-labelledby={headingId}>
      <details
        open={open.value}
        onToggle={(event) => {
          open.value = event.currentTarget.open
        }}
      >
        <summary>
          <VerdictMark word={trial.verdict.word} />
          <h3 id={headingId}>
            {trial.scenario} <span class="on">on</span> {trial.runtime}
          </h3>
          <span class="trial-facts">
            <span>{runtime?.version}</span>
            <span>trial {trial.trial}</span>
            <span>{silenceText([trial])}</span>
            {!open.value && <span>{closedNote(trial)}</span>}
          </span>
        </summary>
        {open.value && <TrialBody trial={trial} scenario={scenario} />}
      </details>
    </section>
  )
}

function closedNote(trial: TrialReport): string {
  return readyNotes(trial.verdict.ready)
    .map((note) => note.text)
    .join(' · ')
}

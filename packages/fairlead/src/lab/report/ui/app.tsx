import { useEffect } from 'preact/hooks'
import type { Report, TrialReport } from '../report.ts'
import { Header } from './header.tsx'
import { Matrix } from './matrix/matrix.tsx'
import { revealTargets } from './reveal.ts'
import { Trial } from './trial/trial.tsx'
import { worstFirst } from './verdict/severity.ts'

/** The whole page. */
export function App({ report }: { readonly report: Report }) {
  useEffect(revealTargets, [])
  const trials = worstFirst(report)
  return (
    <>
      <Header report={report} />
      <main>
        <Matrix report={report} />
        <section aria-labelledby="trials">
          <h2 id="trials">Trials, the worst first</h2>
          {trials.map((trial) => (
            <Trial
              key={trial.id}
              trial={trial}
              report={report}
              isOpenAtFirst={trial.verdict.word !== 'pass' && isWorstOfCell(trial, trials)}
            />
          ))}
        </section>
      </main>
      <Hatch />
    </>
  )
}

// Repeated trials tend to look alike; one of them says enough until somebody asks for more.
function isWorstOfCell(trial: TrialReport, sorted: readonly TrialReport[]): boolean {
  const { runtime, scenario } = trial
  return trial === sorted.find((other) => other.runtime === runtime && other.scenario === scenario)
}

/** The pattern that every timeline fills trouble with; outside of them, as a hidden one has none. */
function Hatch() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="hatch"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="hatch-line" width="2" height="6" />
        </pattern>
      </defs>
    </svg>
  )
}

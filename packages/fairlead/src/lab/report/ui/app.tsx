import { useEffect } from 'preact/hooks'
import type { Report, TrialReport } from '../report.ts'
import { count } from './format.ts'
import { Header } from './header.tsx'
import { Matrix } from './matrix/matrix.tsx'
import { revealTargets } from './reveal.ts'
import { Hatch } from './timeline/hatch.tsx'
import { Trial } from './trial/trial.tsx'
import { worstFirst } from './verdict/severity.ts'

/** The whole page. */
export function App({ report }: { readonly report: Report }) {
  useEffect(revealTargets, [])
  const trials = worstFirst(report)
  const passed = trials.filter(({ verdict }) => verdict.word === 'pass')
  const others = trials.slice(0, trials.length - passed.length)
  return (
    <>
      <Header report={report} />
      <main>
        <Matrix report={report} />
        <section aria-labelledby="trials">
          <h2 id="trials">Trials, the worst first</h2>
          <Trials trials={others} report={report} />
          {passed.length > 0 && (
            <details class="passed">
              <summary>{count(passed.length, 'trial')} with the verdict pass</summary>
              <Trials trials={passed} report={report} />
            </details>
          )}
        </section>
      </main>
      <Hatch />
    </>
  )
}

function Trials({
  trials,
  report,
}: {
  readonly trials: readonly TrialReport[]
  readonly report: Report
}) {
  return trials.map((trial) => <Trial key={trial.id} trial={trial} report={report} />)
}

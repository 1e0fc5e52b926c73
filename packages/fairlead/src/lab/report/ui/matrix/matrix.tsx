import type { Report, RuntimeRow, ScenarioSummary } from '../../report.ts'
import { count } from '../format.ts'
import { tally } from '../verdict/severity.ts'
import { VerdictSign } from '../verdict/verdict-mark.tsx'
import { matrixRows } from './cells.ts'
import { MatrixCell } from './matrix-cell.tsx'

/** Every scenario against every runtime, the worst scenarios first. */
export function Matrix({ report }: { readonly report: Report }) {
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Scenarios by runtime, the worst first</h2>
      {/* A scroller must be in reach of the keyboard. */}
      <div class="matrix-scroll" tabIndex={0} role="group" aria-labelledby="matrix">
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col" class="matrix-corner">
                Scenario
              </th>
              {report.runtimes.map((runtime) => (
                <RuntimeHeader key={runtime.name} runtime={runtime} report={report} />
              ))}
            </tr>
          </thead>
          <tbody>
            {matrixRows(report).map(({ scenario, cells }) => (
              <tr key={scenario.name}>
                <ScenarioHeader scenario={scenario} />
                {report.runtimes.map(({ name }, index) => (
                  <MatrixCell
                    key={name}
                    runtime={name}
                    cell={cells[index]}
                    skipped={skipReason(report, name, scenario.name)}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function skipReason({ skipped }: Report, runtime: string, scenario: string): string | undefined {
  return skipped?.find((cell) => cell.runtime === runtime && cell.scenario === scenario)?.reason
}

function RuntimeHeader({
  runtime: { name, version },
  report,
}: {
  readonly runtime: RuntimeRow
  readonly report: Report
}) {
  const trials = report.trials.filter((trial) => trial.runtime === name)
  const tallies = tally(trials)
  return (
    <th scope="col">
      <BreakableName name={name} />
      <span class="version">{version}</span>
      <span class="runtime-tally">
        {tallies.map(({ word, count: n }) => (
          <span key={word} class={`verdict-${word}`} title={count(n, word)}>
            <VerdictSign word={word} />
            {n}
          </span>
        ))}
      </span>
    </th>
  )
}

/** A name that may go on in the next line after each of its parts. */
function BreakableName({ name }: { readonly name: string }) {
  return name.split(/(?<=[@:/=])/).map((part, index) => (
    <span key={index}>
      {part}
      <wbr />
    </span>
  ))
}

function ScenarioHeader({ scenario }: { readonly scenario: ScenarioSummary }) {
  return (
    <th scope="row" class="matrix-scenario">
      {scenario.name}
      <p class="scenario-title">{scenario.title}</p>
    </th>
  )
}

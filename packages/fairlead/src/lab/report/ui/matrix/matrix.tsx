import type { Report, ScenarioSummary } from '../../report.ts'
import { MatrixCell } from './matrix-cell.tsx'

/** Every runtime against every scenario. */
export function Matrix({ report }: { readonly report: Report }) {
  return (
    <section aria-labelledby="matrix">
      <h2 id="matrix">Runtimes by scenario</h2>
      <div class="matrix-scroll">
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col" class="matrix-corner">
                Runtime
              </th>
              {report.scenarios.map((scenario) => (
                <ScenarioHeader key={scenario.name} scenario={scenario} />
              ))}
            </tr>
          </thead>
          <tbody>
            {report.runtimes.map(({ name, version }) => (
              <tr key={name}>
                <th scope="row" class="matrix-runtime">
                  {name}
                  <span class="version">{version}</span>
                </th>
                {report.scenarios.map((scenario) => (
                  <MatrixCell
                    key={scenario.name}
                    report={report}
                    runtime={name}
                    scenario={scenario}
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

function ScenarioHeader({ scenario }: { readonly scenario: ScenarioSummary }) {
  return (
    <th scope="col">
      {scenario.name}
      <p class="scenario-title">{scenario.title}</p>
      <details class="why">
        <summary aria-label={`Why ${scenario.name}`}>why</summary>
        <p>{scenario.why}</p>
      </details>
    </th>
  )
}

import { count, duration, when } from '../../lab/report/ui/format.ts'
import { tallyWords } from '../../lab/report/ui/verdict/severity.ts'
import { VerdictMark } from '../../lab/report/ui/verdict/verdict-mark.tsx'
import type { RunSummary } from '../runs.ts'
import { useFetched } from './fetched.ts'

/** The lab runs whose reports this machine has. */
export function RunsPage() {
  const fetched = useFetched('/api/runs')
  return (
    <main>
      <h1 class="page-title">Lab runs</h1>
      {fetched.state === 'loading' && <p class="nothing">The reports are being read.</p>}
      {fetched.state === 'failed' && <p role="alert">{fetched.reason}</p>}
      {fetched.state === 'here' && <RunList runs={runsIn(fetched.text)} />}
    </main>
  )
}

/** Page and server are of one version. */
function runsIn(text: string): readonly RunSummary[] {
  return JSON.parse(text)
}

function RunList({ runs }: { readonly runs: readonly RunSummary[] }) {
  if (runs.length === 0) {
    return (
      <p class="nothing">
        There is no report here. <code>fairlead lab run</code> writes one into{' '}
        <code>fairlead-report</code>; name other folders by <code>--runs</code>.
      </p>
    )
  }
  return (
    <ul class="cards">
      {runs.map((run) => (
        <li key={run.id} class="sheet">
          <Run run={run} />
        </li>
      ))}
    </ul>
  )
}

function Run({ run: { id, dir, content } }: { readonly run: RunSummary }) {
  if (!content.ok) {
    return (
      <>
        <span class="card-name">{dir}</span>
        <span class="reason">{content.problem}</span>
      </>
    )
  }
  const { startedAt, durationMs, runtimes, scenarios, verdicts } = content
  return (
    <>
      <a class="card-name" href={`/runs/${encodeURIComponent(id)}`}>
        {when(startedAt)}
      </a>
      <span class="card-signs">
        {tallyWords(verdicts).map(({ word, count: n }) => (
          <VerdictMark key={word} word={word}>
            {`${n} ${word}`}
          </VerdictMark>
        ))}
      </span>
      <span class="card-facts">
        {count(scenarios, 'scenario')} on {runtimes.join(', ')}; took {duration(durationMs)}
      </span>
      <code class="soft">{dir}</code>
    </>
  )
}

import type { Report } from '../report.ts'
import { count, duration, unbroken, when } from './format.ts'
import { summary, tally } from './verdict/severity.ts'
import { VerdictSign } from './verdict/verdict-mark.tsx'

/** What was run, when, and what came of it. */
export function Header({ report }: { readonly report: Report }) {
  const { runtimes, scenarios, trials, skipped = [] } = report
  const worst = tally(trials)[0]?.word
  return (
    <header class="page-header">
      <h1>Fairlead lab report</h1>
      <p class="summary">
        {worst !== undefined && (
          <span class={`verdict-${worst}`}>
            <VerdictSign word={worst} />
          </span>
        )}
        {unbroken(summary(trials))}
      </p>
      <p class="run">
        <time dateTime={report.startedAt}>{when(report.startedAt)}</time>
        <span>took {duration(report.durationMs)}</span>
        <span>
          {count(runtimes.length, 'runtime')}, {count(scenarios.length, 'scenario')}
        </span>
        {skipped.length > 0 && <span>{count(skipped.length, 'cell')} skipped</span>}
        {report.plan.upgradeTo !== undefined && <span>upgrade to {report.plan.upgradeTo}</span>}
        {report.plan.kubelet !== undefined && <span>kubelet {report.plan.kubelet}</span>}
        <span>seed {report.plan.seed}</span>
        {machines(report).map((machine) => (
          <span key={machine}>{machine}</span>
        ))}
      </p>
    </header>
  )
}

function machines({ runtimes }: Report): string[] {
  const texts = runtimes.map(
    ({ machine: { os, kernel, arch, cpus } }) =>
      `${os}, Linux ${kernel}, ${arch}, ${count(cpus, 'CPU').replace(' ', '\u00a0')}`,
  )
  return [...new Set(texts)]
}

import { escapeText, STYLE } from '../../html.ts'
import { plot } from './plot.ts'
import type { SimulationReport } from './simulate.ts'
import { HEADINGS, playedText, rowOf } from './words.ts'

const PLOT_STYLE = `
.plot .axis { stroke: var(--line); }
.plot .tick { fill: var(--ink-soft); font-size: 12px; }
.plot .new { fill: none; stroke: var(--accent); stroke-width: 2; }
.plot .broken { fill: var(--bad); fill-opacity: 0.22; stroke: var(--bad); stroke-width: 2; }
td.number { text-align: right; }
`

/** A simulation as one HTML page that needs nothing else: a table, and how the first cluster of each policy went. */
export function page(report: SimulationReport): string {
  const rows = report.policies.map((policy) => rowOf(policy))
  const keys = ['policy', 'hurt', 'broken', 'onNew', 'took', 'ended'] as const
  const head = keys.map((key) => `<th scope="col">${HEADINGS[key]}</th>`).join('')
  const body = rows.map((row, index) => {
    const bad = (report.policies[index]?.broken.max ?? 0) > 0
    const cells = keys.map((key) => {
      if (key === 'policy') return `<th scope="row">${escapeText(row.policy)}</th>`
      const kind = key === 'broken' ? (bad ? ' bad' : ' good') : ''
      return `<td class="number${kind}">${escapeText(row[key])}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const longestMs = Math.max(
    ...report.policies.flatMap(({ timeline }) => timeline.at(-1)?.atMs ?? 0),
  )
  const drawings = report.policies.map(
    (policy) =>
      `<section><h2>${escapeText(policy.policy)}</h2><p class="soft">${endText(policy.timeline)}</p>` +
      `<div class="scroll" tabindex="0">${plot(policy, report.nodes, longestMs)}</div></section>\n`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fairlead upgrade simulation</title>
<link rel="icon" href="data:,">
<style>${STYLE}${PLOT_STYLE}</style>
</head>
<body>
<main>
<h1>An upgrade, simulated</h1>
<p class="soft">${escapeText(playedText(report))}</p>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>
<ul class="legend">
<li><svg width="24" height="12" aria-hidden="true" class="plot"><path class="new" d="M1 6H23"/></svg>nodes on the new version</li>
<li><svg width="24" height="12" aria-hidden="true" class="plot"><path class="broken" d="M1 6H23V11H1z"/></svg>nodes that are hurt</li>
</ul>
${drawings.join('')}</main>
</body>
</html>
`
}

function endText(timeline: SimulationReport['policies'][number]['timeline']): string {
  const most = Math.max(0, ...timeline.map(({ broken }) => broken))
  const last = timeline.at(-1)
  return (
    `The first cluster: at most ${most.toLocaleString('en-US')} nodes hurt at once, ` +
    `${(last?.broken ?? 0).toLocaleString('en-US')} at the end.`
  )
}

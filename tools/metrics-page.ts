import { AGENT_METRICS } from '../packages/fairlead/src/agent/agent-metrics.ts'
import type { MetricFamily } from '../packages/fairlead/src/agent/exposition.ts'

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  const rows = Object.entries<MetricFamily>(AGENT_METRICS).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ])
  const all = [['metric', 'type', 'labels', 'meaning'], ...rows]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  )
  const line = (row: readonly string[], fill = ' ') =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`
  const [heading = [], ...body] = all
  return `# Metrics of the agent

Answered on \`/metrics\` where the agent's config gives an \`http.address\`, in the text format of Prometheus. Alert rules for
them are in \`deploy/prometheus/alerts.yaml\`, a Grafana dashboard in \`deploy/grafana/fairlead-agent.json\`.

${[line(heading), line(['', '', '', ''], '-'), ...body.map((row) => line(row))].join('\n')}
`
}

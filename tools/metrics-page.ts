import { AGENT_METRICS } from '../packages/fairlead/src/agent/agent-metrics.ts'
import type { MetricFamily } from '../packages/fairlead/src/exposition.ts'
import { CONTROLLER_METRICS } from '../packages/fairlead/src/upgrade/controller/controller-metrics.ts'

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  return `# Metrics

In the text format of Prometheus. Alert rules for them are in \`deploy/prometheus/alerts.yaml\`.

## The agent

Answered on \`/metrics\` where the agent's config gives an \`http.address\`. A Grafana dashboard is in
\`deploy/grafana/fairlead-agent.json\`.

${tableOf(AGENT_METRICS)}

## The controller of upgrades

Answered on \`/metrics\` where \`fairlead controller\` is given \`--http\`, as \`deploy/kubernetes/controller-deployment.yaml\` does.

${tableOf(CONTROLLER_METRICS)}
`
}

function tableOf(families: Readonly<Record<string, MetricFamily>>): string {
  const rows = Object.entries(families).map(([name, { type, labels, help }]) => [
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
  return [line(heading), line(['', '', '', ''], '-'), ...body.map((row) => line(row))].join('\n')
}

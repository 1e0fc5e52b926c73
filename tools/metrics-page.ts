import { AGENT_METRICS } from '../packages/fairlead/src/agent/agent-metrics.ts'
import type { MetricFamily } from '../packages/fairlead/src/agent/exposition.ts'
import { markdownTable } from './markdown-table.ts'

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  const rows = Object.entries<MetricFamily>(AGENT_METRICS).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ])
  return `# Metrics of the agent

Answered on \`/metrics\` where the agent's config gives an \`http.address\`, in the text format of Prometheus. Alert rules for
them are in \`deploy/prometheus/alerts.yaml\`, a Grafana dashboard in \`deploy/grafana/fairlead-agent.json\`.

${markdownTable(['metric', 'type', 'labels', 'meaning'], rows)}
`
}

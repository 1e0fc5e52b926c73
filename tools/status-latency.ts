// How long Status took in the trials of a run of the lab, each runtime and scenario for itself:
//   node -C fairlead-source tools/status-latency.ts REPORT-DIR
// What it shows is worth something only of a run on a machine with nothing else to do (`--jobs 1`).
import path from 'node:path'
import { table } from '../packages/fairlead/src/cli/table.ts'
import { readReport } from '../packages/fairlead/src/lab/report/read.ts'
import { readTraceFile } from '../packages/fairlead/src/lab/trace-file.ts'

const [dir] = process.argv.slice(2)
if (dir === undefined) throw new Error('Name the folder of a report.')
const { report } = await readReport(dir)
const cells = new Map<string, number[]>()
for (const { runtime, scenario, files } of report.trials) {
  const events = await readTraceFile(path.join(dir, files.trace))
  const latencies = events.flatMap((event) =>
    event.type === 'status' ? [event.atMs - event.startedAtMs] : [],
  )
  for (const cell of [`${runtime}\t${scenario}`, `${runtime}\tall of them`]) {
    cells.set(cell, [...(cells.get(cell) ?? []), ...latencies])
  }
}
const rows = [...cells].map(([cell, latencies]) => {
  const sorted = latencies.toSorted((a, b) => a - b)
  return { cell, sorted, p99: quantile(sorted, 0.99) }
})
process.stdout.write(
  table(
    ['RUNTIME', 'SCENARIO', 'CALLS', 'P50 MS', 'P99 MS', 'MOST MS'],
    rows
      .toSorted((a, b) => b.p99 - a.p99)
      .map(({ cell, sorted, p99 }) => [
        ...cell.split('\t'),
        String(sorted.length),
        ...[quantile(sorted, 0.5), p99, quantile(sorted, 1)].map((ms) => ms.toFixed(1)),
      ]),
  ),
)

/** The value that the given share of the calls did not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

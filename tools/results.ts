import { readdir } from 'node:fs/promises'
import { readReport } from '../packages/fairlead/src/lab/report/read.ts'
import type { Cell, Report } from '../packages/fairlead/src/lab/report/report.ts'
import { verdictsText } from '../packages/fairlead/src/lab/report/words.ts'

const DIR = 'docs/results'

/** A page for each report in docs/results/: the matrix, and what every failing cell comes from. */
export async function resultPages(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(DIR)).filter((name) => name.endsWith('.json'))
  const pages = names.map(async (name) => {
    const { report } = await readReport(`${DIR}/${name}`)
    return [`${DIR}/${name.replace(/\.json$/, '.md')}`, page(report, name)] as const
  })
  return new Map(await Promise.all(pages))
}

function page(report: Report, file: string): string {
  const { runtimes, scenarios, cells, trials, plan } = report
  const [machine] = runtimes.map(
    ({ machine: { os, kernel, arch } }) => `${os}, Linux ${kernel}, ${arch}`,
  )
  const inconclusive = trials.filter(({ verdict }) => verdict.word === 'inconclusive').length
  const minutes = (report.durationMs / 60_000).toFixed(1)
  const rows = scenarios.map(({ name }) => [
    `[${name}](../scenarios.md#${name})`,
    ...runtimes.map((runtime) => text(cellOf(cells, runtime.name, name))),
  ])
  const failing = scenarios.filter(({ name }) =>
    cells.some((cell) => cell.scenario === name && isFailing(cell)),
  )
  return `# Results of ${report.startedAt.slice(0, 10)}

${trials.length} trials in ${minutes} minutes, seed ${plan.seed}, ${inconclusive} of them inconclusive. ${machine ?? ''}; the
runtimes: ${runtimes.map(({ name, version }) => `\`${name}\` ${version}`).join(', ')}. The same as data:
[${file}](${file}). Made by \`npm run generate\`.

${table(['scenario', ...runtimes.map(({ name }) => `\`${name}\``)], rows)}

## What the failures come from

${table(
  ['scenario', 'fails on', 'the first reason', 'known as'],
  failing.map(({ name, failureModes }) => [
    name,
    runtimes
      .map((runtime) => cellOf(cells, runtime.name, name))
      .filter((cell) => cell !== undefined)
      .filter(isFailing)
      .map(({ runtime }) => `\`${runtime}\``)
      .join(', '),
    reasonOf(report, name),
    failureModes.join(', '),
  ]),
)}
${repaired(report)}`
}

/** What an agent in front has done, trial by trial; nothing where there was none, or it had nothing to do. */
function repaired({ trials }: Report): string {
  const rows = trials.flatMap(({ runtime, scenario, verdict: { repairs = [], statusSilenceMs } }) =>
    repairs.map((repair) => [
      scenario,
      `\`${runtime}\``,
      repair,
      `${(statusSilenceMs / 1000).toFixed(1)} s`,
    ]),
  )
  if (rows.length === 0) return ''
  return `
## What the agent repaired

${table(['scenario', 'on', 'what', 'Status silent'], rows)}
`
}

function cellOf(cells: readonly Cell[], runtime: string, scenario: string): Cell | undefined {
  return cells.find((cell) => cell.runtime === runtime && cell.scenario === scenario)
}

function isFailing({ passed, judged }: Cell): boolean {
  return passed < judged
}

function text(cell: Cell | undefined): string {
  if (cell === undefined) return 'not run'
  return isFailing(cell) ? `**${verdictsText(cell)}**` : verdictsText(cell)
}

/** The newest runtime's, without what differs from trial to trial. */
function reasonOf({ trials }: Report, scenario: string): string {
  const reasons = trials
    .filter((trial) => trial.scenario === scenario && trial.verdict.word !== 'pass')
    .map(({ verdict }) => verdict.reasons[0])
  const reason = reasons.at(-1) ?? ''
  return reason.length > 200 ? `${reason.slice(0, 200)} ...` : reason
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

import { jsonOrUndefined } from '../json.ts'
import { isJudged } from '../lab/report/report.ts'
import { type LabSummary, summarySchema } from '../lab/report/summary.ts'
import type { LabGate } from './spec.ts'

/** The file of a report that the ConfigMap of a gate holds, and its key in it. */
export const SUMMARY_FILE = 'summary.json'

/** What a gate asks of a lab report. */
export interface Asked {
  readonly gate: LabGate
  /** The version that nodes are to run. */
  readonly target: string
  readonly wallMs: number
}

/** The rest of a sentence that begins with the report: why it does not speak for the version; undefined where it does. */
export function objectionTo(
  text: string | undefined,
  { gate, target, wallMs }: Asked,
): string | undefined {
  const parsed = summarySchema.safeParse(jsonOrUndefined(text))
  if (!parsed.success) {
    return text === undefined
      ? `has no ${SUMMARY_FILE}`
      : `cannot be read: ${parsed.error.issues[0]?.message ?? 'it is not valid'}`
  }
  const summary = parsed.data
  const ageMs = wallMs - Date.parse(summary.startedAt)
  if (ageMs > gate.maxAge) {
    return `is ${daysText(ageMs)} old, and maxAge is ${daysText(gate.maxAge)}`
  }
  const version = versionAsked(gate, target)
  const ofVersion = summary.runtimes.filter((row) => bareVersion(row.version) === version)
  if (ofVersion.length === 0) {
    const about = summary.runtimes.map((row) => `${row.name} (${row.version})`).join(', ')
    return `is about ${about}, and not about ${version}`
  }
  const rows = ofVersion.filter(({ name }) => gate.runtime === undefined || name === gate.runtime)
  if (rows.length === 0) {
    return `has no runtime ${gate.runtime}, only ${ofVersion.map(({ name }) => name).join(', ')}`
  }
  for (const { name } of rows) {
    const objection = objectionToRow(name, summary, gate)
    if (objection !== undefined) return objection
  }
  return undefined
}

function objectionToRow(runtime: string, summary: LabSummary, gate: LabGate): string | undefined {
  const { scenarios, cells, skipped = [] } = summary
  const ofStack = scenarios.filter(({ stack }) => gate.stack === undefined || stack === gate.stack)
  const isSkipped = (name: string) =>
    skipped.some((one) => one.runtime === runtime && one.scenario === name)
  const wanted =
    gate.scenarios.length > 0
      ? gate.scenarios
      : ofStack.map(({ name }) => name).filter((name) => !isSkipped(name))
  if (wanted.length === 0) {
    return gate.stack === undefined
      ? 'has no scenario'
      : `has no scenario of the stack ${gate.stack}`
  }
  for (const name of wanted) {
    if (!ofStack.some((one) => one.name === name)) {
      const stack = gate.stack === undefined ? '' : ` on the stack ${gate.stack}`
      return `lacks the scenario ${name}${stack}`
    }
    const cell = cells.find((one) => one.runtime === runtime && one.scenario === name)
    if (cell === undefined) return `has not run ${name} on ${runtime}`
    const words = cell.verdicts.map(({ word }) => word)
    const judged = words.filter((word) => isJudged(word))
    // Trials that say nothing of the runtime are no objection beside some that do.
    const worst = (judged.length > 0 ? judged : words).find((word) => word !== 'pass')
    if (worst !== undefined) return `says ${worst} of ${name} on ${runtime}`
  }
  return undefined
}

/** How such a report is made, and put where the gate looks. */
export function remedyFor(
  { gate, target }: Pick<Asked, 'gate' | 'target'>,
  namespace: string,
): string {
  const { configMap, runtime = '', scenarios } = gate
  // Its row says how it was run: `containerd@1.7.24, upgraded to containerd@2.1.9, guarded` (lab/upgrade.ts).
  const [name = '', ...more] = runtime.split(', ')
  const upgraded = more.find((part) => part.startsWith('upgraded to '))?.slice(12)
  const run = [
    'fairlead lab run',
    `--runtime ${name === '' ? `containerd@${versionAsked(gate, target)}` : name}`,
    ...(upgraded === undefined ? [] : [`--upgrade-to ${upgraded}`]),
    ...(more.includes('guarded') ? ['--guard'] : []),
    ...scenarios.map((scenario) => `--scenario ${scenario}`),
    '--report lab',
  ]
  return (
    `\`${run.join(' ')}\`, then \`kubectl -n ${namespace} create configmap ${configMap} ` +
    `--from-file=lab/${SUMMARY_FILE} --dry-run=client -o yaml | kubectl apply -f -\``
  )
}

function versionAsked({ version }: LabGate, target: string): string {
  return bareVersion(version ?? target)
}

/** `containerd-2.1.9` and `v2.1.9` are both 2.1.9. */
function bareVersion(text: string): string {
  return text.replace(/^\D+/, '')
}

function daysText(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

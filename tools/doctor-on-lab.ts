import { loadAdvisories } from '../packages/fairlead/src/advisories/advisory-files.ts'
import { diagnose } from '../packages/fairlead/src/doctor/diagnose.ts'
import { FileReader } from '../packages/fairlead/src/doctor/file-reader.ts'
import { landmarksOf } from '../packages/fairlead/src/doctor/landmarks.ts'
import type { NodeReport } from '../packages/fairlead/src/doctor/report.ts'
import { hasFailed, trialsSource } from '../packages/fairlead/src/doctor/trials/trials-source.ts'
import { readReport } from '../packages/fairlead/src/lab/report/read.ts'
import { isJudged } from '../packages/fairlead/src/lab/report/report.ts'

// How well the doctor reads the trials of a run of the lab:
//   node -C fairlead-source tools/doctor-on-lab.ts REPORT-DIR [ADVISORIES-DIR]
// Of failing trials, in how many the first finding is a failure mode that the scenario comes from; and what is
// found in passing ones, where nothing should be. A trial passes, too, whose node has no network because the
// scenario gives it none, or whose pods fail while a plugin is missing and come up later.

const [dir, advisoriesDir] = process.argv.slice(2)
if (dir === undefined) throw new Error('Name the folder of a report.')
const read = await readReport(dir)
const { report } = read
const advisories = await loadAdvisories(advisoriesDir)
const landmarks = landmarksOf(advisories)
const source = trialsSource(
  read,
  (file) => new FileReader(file, landmarks),
  () => true,
)
const { signal } = new AbortController()
const { nodes } = await diagnose({ sources: [source], advisories, language: 'en', signal })
const findings = new Map(nodes.map((node) => [node.node, node.findings]))
const troubles = new Map(nodes.map((node) => [node.node, troubleOf(node)]))
const modes = new Map(report.scenarios.map(({ name, failureModes }) => [name, failureModes]))

const print = (line: string) => {
  process.stdout.write(`${line}\n`)
}
let right = 0
let anywhere = 0
let falsely = 0
let withoutTrouble = 0
const judged = report.trials.filter(({ verdict }) => isJudged(verdict.word))
const failing = judged.filter(hasFailed)
for (const trial of judged) {
  const found = findings.get(trial.id) ?? []
  const wanted = modes.get(trial.scenario) ?? []
  const words = found.map(({ advisory, sure, score }) => `${advisory} (${sure}, ${score})`)
  if (!hasFailed(trial)) {
    if (found.length === 0) continue
    falsely += 1
    const trouble = troubles.get(trial.id)
    if (trouble === undefined) withoutTrouble += 1
    print(`passes  ${trial.id}, ${trouble ?? 'all well'}: ${words.join('; ')}`)
    continue
  }
  const isFirst = found[0] !== undefined && wanted.includes(found[0].advisory)
  const isFound = found.some(({ advisory }) => wanted.includes(advisory))
  if (isFirst) right += 1
  if (isFound) anywhere += 1
  print(
    `${isFirst ? 'right  ' : isFound ? 'later  ' : 'missed '} ${trial.id} (${trial.verdict.word}): ` +
      `${words.join('; ') || 'nothing'}; wanted ${wanted.join(', ')}`,
  )
}
const percent = (count: number, of: number) =>
  `${count} of ${of} (${Math.round((100 * count) / of)} %)`
print(
  `failing: first finding right in ${percent(right, failing.length)}, among the findings in ` +
    `${percent(anywhere, failing.length)}; passing: something found in ` +
    `${percent(falsely, judged.length - failing.length)}, of which ${withoutTrouble} where all was well`,
)
for (const problem of source.coverage.problems) print(`${problem.source}: ${problem.what}`)

/** What went wrong in a trial, as far as a node would tell; undefined where nothing did. */
function troubleOf({ conditions, timeline }: NodeReport): string | undefined {
  const lost = timeline.findLast(({ text }) => text.includes('NetworkReady=false'))
  const ready = conditions.findLast(({ type }) => type === 'Ready')
  if (ready?.status !== 'True' || (lost?.at ?? '') > (ready.at ?? '')) return 'not Ready in the end'
  return timeline.some(({ from }) => from === 'event') ? 'pods failed and came up later' : undefined
}

import { loadAdvisories } from '../packages/fairlead/src/advisories/advisory-files.ts'
import { loadScenarios } from '../packages/fairlead/src/lab/scenario-files.ts'

const WHY_NOT = {
  vendor: "the vendor's own binary",
  doctor: 'for the doctor',
  open: 'not yet',
} as const

/** docs/coverage.md: which scenario reproduces which of the known failure modes, and why not the rest. */
export async function coverage(): Promise<string> {
  const modes = await loadAdvisories()
  const scenarios = (await loadScenarios([])).map(({ scenario }) => scenario)
  const known = new Set(modes.map(({ id }) => id))
  for (const { name, failureModes: cited } of scenarios) {
    const unknown = cited.find((id) => !known.has(id))
    if (unknown !== undefined) throw new Error(`${name} cites ${unknown}, which nobody knows`)
  }
  const covering = (id: string) =>
    scenarios.filter((scenario) => scenario.failureModes.includes(id)).map(({ name }) => name)
  const rows = modes.map(({ id, title, notInLab }) => {
    const names = covering(id).map((name) => `\`${name}\``)
    if (notInLab !== undefined) {
      return { isCovered: false, row: [id, title, WHY_NOT[notInLab.reason], notInLab.because] }
    }
    if (names.length === 0) throw new Error(`no scenario cites ${id}, and nothing says why not`)
    return { isCovered: true, row: [id, title, names.join(', '), ''] }
  })
  const covered = rows.filter(({ isCovered }) => isCovered).length
  const lines = rows.map(
    ({ row }) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`,
  )
  return `# Which failure modes the lab reproduces

${covered} of the ${modes.length} that are known ([\`advisories/\`](../advisories/)). A scenario reproduces one where it puts a
runtime into the state that the failure mode is about; the plugins in it are the lab's own, so that what a
vendor's binary adds to it is left out. Made by \`npm run generate\`.

| failure mode | what happens | scenario, or why there is none | |
| --- | --- | --- | --- |
${lines.join('\n')}
`
}

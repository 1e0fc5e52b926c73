import { loadScenarios } from '../packages/fairlead/src/lab/scenario-files.ts'

/** docs/scenarios.md: what each scenario that ships does, and why it matters. */
export async function scenarioList(): Promise<string> {
  const sections = (await loadScenarios([])).map(({ scenario }) => {
    const { name, title, why, failureModes } = scenario
    const from = failureModes.length === 0 ? '' : `\n\nFrom: ${failureModes.join(', ')}.`
    return `## ${name}

**${title}.** ${why}${from}`
  })
  return `# The scenarios that ship

\`fairlead lab run\` runs all of them, \`--scenario NAME\` one. \`fairlead lab check NAME\` tells one step by step; which
known failure modes they cover is in [coverage.md](coverage.md). Made by \`npm run generate\`.

${sections.join('\n\n')}
`
}

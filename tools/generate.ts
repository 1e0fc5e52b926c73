// Writes what is made from the code and the data: the JSON Schemas, docs/coverage.md, docs/scenarios.md,
// docs/reference/metrics.md, docs/results/*.md, deploy/kubernetes/*.yaml and the Helm chart.
// `npm run generate`; a test checks that what is checked in is up to date.
import { writeFile } from 'node:fs/promises'
import { generatedFiles } from './generated-files.ts'

for (const [file, text] of await generatedFiles()) {
  await writeFile(new URL(`../${file}`, import.meta.url), text)
}

// Writes scenarios/*.schema.json from the schemas in the code. `npm run generate`; a test checks that
// what is checked in is up to date.
import { writeFile } from 'node:fs/promises'
import { schemaFiles } from '../packages/fairlead/src/lab/schema-files.ts'

for (const [name, text] of schemaFiles()) {
  await writeFile(new URL(`../scenarios/${name}`, import.meta.url), text)
}

import { schemaFiles } from '../packages/fairlead/src/lab/schema-files.ts'
import { coverage } from './coverage.ts'

/** Every file of the repository that is made from others, and what it has to hold. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map([['docs/coverage.md', await coverage()]])
  for (const [name, text] of schemaFiles()) files.set(`scenarios/${name}`, text)
  return files
}

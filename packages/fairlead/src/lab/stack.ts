import { z } from 'zod'
import { fileName, name } from './schema-words.ts'

/** The shape of a stack file; published as `scenarios/stack.schema.json`. */
export const stackSchema = z.strictObject({
  name,
  title: z.string(),
  plugins: z
    .array(z.strictObject({ type: name, role: z.enum(['endpoint', 'multus-shim']) }))
    .min(1)
    .describe('The plugin executables; loopback is always there.'),
  installers: z.record(
    name,
    z.strictObject({
      file: fileName.describe('The file it writes in the conf dir.'),
      manner: z
        .enum(['rename', 'truncate'])
        .describe('`rename`: a temporary file beside it, then rename. `truncate`: in place.'),
      tempFile: fileName.optional().describe('For `rename`: the name of the temporary file.'),
      content: z
        .record(z.string(), z.unknown())
        .describe('The JSON it writes; `${confDir}` stands for the conf dir in any string.'),
    }),
  ),
})

/** A stack: how a set of CNIs gets onto a node. */
export type Stack = z.output<typeof stackSchema>

/** What one installer of a stack writes, and how. */
export type Installer = Stack['installers'][string]

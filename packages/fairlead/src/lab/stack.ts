import { z } from 'zod'
import { fileName, name } from './schema-words.ts'

/**
 * How a file gets into the conf dir: `rename` (a temporary file beside it, then a rename), `truncate` (in
 * place), `move-in` (a rename from another folder), `hard-link` (of a file in another folder), `symlink` (to
 * one).
 */
export const manner = z.enum(['rename', 'truncate', 'move-in', 'hard-link', 'symlink'])

/** The shape of a stack file; published as `scenarios/stack.schema.json`. */
export const stackSchema = z.strictObject({
  name: name.describe('As scenarios call it; the file is stacks/NAME.yaml.'),
  title: z.string().describe('What it is, in one line.'),
  plugins: z
    .array(
      z.union([
        z.strictObject({
          type: name.describe('What configs call it, and its executable.'),
          role: z
            .enum(['endpoint', 'chained', 'multus-shim'])
            .describe(
              'What it does for a pod: an interface, something on top of one, or what Multus does.',
            ),
        }),
        z.strictObject({
          type: name.describe('What configs call it, and its executable.'),
          path: z
            .string()
            .describe("A real plugin's executable; from this file's folder, if not absolute."),
        }),
      ]),
    )
    .min(1)
    .describe('The plugin executables; loopback is always there.'),
  installers: z
    .record(
      name,
      z.strictObject({
        file: fileName.describe('The file it writes in the conf dir.'),
        manner: manner.describe(
          '`rename`: a temporary file beside it, then rename. `truncate`: in place. `move-in`: rename from another folder.',
        ),
        tempFile: fileName.optional().describe('For `rename`: the name of the temporary file.'),
        content: z
          .record(z.string(), z.unknown())
          .describe('The JSON it writes; `${confDir}` stands for the conf dir in any string.'),
      }),
    )
    .describe('Who writes which file, by name.'),
})

/** A stack: how a set of CNIs gets onto a node. */
export type Stack = z.output<typeof stackSchema>

/** What one installer of a stack writes, and how. */
export type Installer = Stack['installers'][string]

/** How a file gets into the conf dir. */
export type Manner = z.output<typeof manner>

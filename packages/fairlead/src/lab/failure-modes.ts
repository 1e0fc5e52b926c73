import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'

const failureModesSchema = z.array(
  z.strictObject({
    id: z.string(),
    title: z.string(),
    /** Why no scenario reproduces it; absent where one does. */
    notInLab: z.enum(['vendor', 'doctor', 'open']).optional(),
    because: z.string().optional(),
  }),
)

/** A way in which a node with several CNIs is known to fail. */
export type FailureMode = z.output<typeof failureModesSchema>[number]

/** The failure modes that are known; `file` is `advisories/failure-modes.yaml`. */
export async function readFailureModes(file: string | URL): Promise<readonly FailureMode[]> {
  return failureModesSchema.parse(parse(await readFile(file, 'utf8')))
}

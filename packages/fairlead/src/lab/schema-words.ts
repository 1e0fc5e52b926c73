import { CNI_VERBS, type CniVerb } from '@fairlead/cni'
import { z } from 'zod'

/** A verb of the CNI spec. */
export const verb = z
  .enum(CNI_VERBS as [CniVerb, ...CniVerb[]])
  .describe('What the plugin is run for.')
/** The name of a scenario, a stack, a plugin, an installer or a step. */
export const name = z.string().regex(/^[a-z0-9]+([-.+][a-z0-9]+)*$/, {
  error: 'expected a name of lower-case letters, digits, `-`, `.` and `+`',
})
/** The name of a file in the conf dir. */
export const fileName = z
  .string()
  .regex(/^[^/\0]+$/, { error: 'expected a file name without a `/`' })
/** One or more. */
export const count = z.int().positive()
/** A file in the conf dir or in a folder of it. */
export const confPath = z.string().regex(/^[^/\0]+(\/[^/\0]+)?$/, {
  error: 'expected a file name, or folder/file',
})

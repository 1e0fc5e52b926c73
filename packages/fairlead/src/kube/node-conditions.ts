import { z } from 'zod'

/** The conditions of a Node, as they are read of it; none where it has none yet. */
export const nodeConditions = z
  .array(
    z.object({
      type: z.string(),
      status: z.string(),
      // Null where it was never set (meta/v1 Time).
      lastTransitionTime: z.string().nullish(),
    }),
  )
  .default([])

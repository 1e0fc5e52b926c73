import { z } from 'zod'
import type { KubeObject } from './api.ts'

const text = z.string().optional()
const words = z.record(z.string(), z.string()).optional()

/** What every object has; the rest is for whoever asked for it to parse. */
export const kubeObject = z.looseObject({
  apiVersion: z.string().default(''),
  kind: z.string().default(''),
  metadata: z.looseObject({
    name: z.string(),
    namespace: text,
    uid: text,
    resourceVersion: text,
    generation: z.int().optional(),
    // Null in objects that were never created: templates, and those that are only shown.
    creationTimestamp: z
      .string()
      .nullish()
      .transform((time) => time ?? undefined),
    deletionTimestamp: text,
    labels: words,
    annotations: words,
    finalizers: z.array(z.string()).optional(),
    ownerReferences: z
      .array(
        z.looseObject({
          apiVersion: z.string(),
          kind: z.string(),
          name: z.string(),
          uid: z.string(),
          controller: z.boolean().optional(),
        }),
      )
      .optional(),
  }),
}) as unknown as z.ZodType<KubeObject>
// The cast: of zod's optional keys, which may be undefined, JSON only ever has those that are there.

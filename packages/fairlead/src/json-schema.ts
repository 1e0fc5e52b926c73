import { z } from 'zod'

/** The text of a published JSON Schema, of what is valid as input. */
export function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' })
  return `${JSON.stringify({ $schema, title, ...body }, null, 2)}\n`
}

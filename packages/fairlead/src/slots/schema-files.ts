import { jsonSchema } from '../json-schema.ts'
import { slotsConfigSchema } from './config.ts'

/** The published JSON Schema of the config of runtime slots, by the name of its file in `deploy/`. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['slots.schema.json', jsonSchema(slotsConfigSchema, "The config of Fairlead's runtime slots")],
  ])
}

import { jsonSchema } from '../json-schema.ts'
import { advisorySchema } from './advisory.ts'

/** The published JSON Schema of an advisory, by the name of its file in `advisories/`. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([['advisory.schema.json', jsonSchema(advisorySchema, 'An advisory of Fairlead')]])
}

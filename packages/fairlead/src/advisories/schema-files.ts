import { jsonSchema } from '../json-schema.ts'
import { advisorySchema } from './advisory.ts'
import { distributionsSchema } from './distributions.ts'
import { upgradeRulesSchema } from './upgrade-rules.ts'

/** The published JSON Schemas of the files in `advisories/`, by their names in it. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['advisory.schema.json', jsonSchema(advisorySchema, 'An advisory of Fairlead')],
    [
      'rules/distributions.schema.json',
      jsonSchema(distributionsSchema, 'What distributions bring, as Fairlead knows it'),
    ],
    [
      'rules/upgrades.schema.json',
      jsonSchema(upgradeRulesSchema, 'What upgrades keep to, as Fairlead knows it'),
    ],
  ])
}

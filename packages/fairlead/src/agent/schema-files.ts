import { jsonSchema } from '../json-schema.ts'
import { agentConfigSchema } from './config.ts'

/** The published JSON Schema of the agent's config, by the name of its file in `deploy/`. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['agent.schema.json', jsonSchema(agentConfigSchema, "The config of Fairlead's agent")],
  ])
}

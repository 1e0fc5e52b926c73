import { parse } from 'yaml'
import { schemaFiles as advisorySchemas } from '../packages/fairlead/src/advisories/schema-files.ts'
import { schemaFiles as agentSchemas } from '../packages/fairlead/src/agent/schema-files.ts'
import { schemaFiles as labSchemas } from '../packages/fairlead/src/lab/schema-files.ts'
import { schemaFiles as slotsSchemas } from '../packages/fairlead/src/slots/schema-files.ts'
import { crdFiles } from '../packages/fairlead/src/upgrade/crd.ts'
import { type JsonSchema, schemaSections } from './schema-page.ts'

const LENGTHS =
  'Lengths of time are written as `500ms`, `5s` or `2m`, or as a number of milliseconds.'

/** `docs/reference/NAME.md`: the files that people write, field by field, from the schemas that they are read by. */
export function schemaPages(): ReadonlyMap<string, string> {
  const pages = {
    'agent-config': page(
      'The config of the agent',
      `\`/etc/fairlead/agent.yaml\`, or what \`fairlead agent run --config\` names. The same as a JSON Schema for an editor:
\`deploy/agent.schema.json\`. What the settings do together is told in [the agent](../agent.md). ${LENGTHS}`,
      sectionsOf(agentSchemas(), 'agent.schema.json', 'agent.yaml'),
    ),
    'slots-config': page(
      'The config of runtime slots',
      `\`/etc/fairlead/slots.yaml\`, which need not be there. The same as a JSON Schema: \`deploy/slots.schema.json\`. How slots
work is told in [runtime slots](../runtime-slots.md). ${LENGTHS}`,
      sectionsOf(slotsSchemas(), 'slots.schema.json', 'slots.yaml'),
    ),
    'runtime-upgrade': page(
      'RuntimeUpgrade',
      `The resource that [an upgrade in waves](../upgrade.md) is, \`fairlead.dev/v1alpha1\`, of the whole cluster. \`spec\` is yours,
\`status\` the controller's. Made from \`deploy/crds/fairlead.dev_runtimeupgrades.yaml\`. Lengths of time are written as \`90s\`, \`3m\`
or \`1h\`.`,
      upgradeSections(),
    ),
    scenario: page(
      'Scenarios and stacks',
      `Files of [the lab](../lab.md#a-scenario-of-ones-own), which you can write yourself; \`fairlead lab new scenario NAME\` begins one, and
\`fairlead lab check\` says what is wrong with it. The same as JSON Schemas: \`scenarios/scenario.schema.json\` and
\`scenarios/stack.schema.json\`. ${LENGTHS}`,
      `${sectionsOf(labSchemas(), 'scenario.schema.json', 'scenario')}\n\n${sectionsOf(labSchemas(), 'stack.schema.json', 'stack')}`,
    ),
    advisory: page(
      'Advisories',
      `A file for each [known issue](../advisories.md); \`fairlead advisories lint\` says what is wrong with one. The same as a JSON
Schema: \`advisories/advisory.schema.json\`.`,
      sectionsOf(advisorySchemas(), 'advisory.schema.json', 'advisory'),
    ),
  }
  return new Map(
    Object.entries(pages).map(([name, text]) => [`docs/reference/${name}.md`, text] as const),
  )
}

function page(title: string, intro: string, sections: string): string {
  return `# ${title}

${intro} Made by \`npm run generate\`.

${sections}
`
}

function sectionsOf(files: ReadonlyMap<string, string>, file: string, name: string): string {
  const text = files.get(file)
  if (text === undefined) throw new Error(`there is no ${file}`)
  // Written by z.toJSONSchema.
  return schemaSections(JSON.parse(text) as JsonSchema, name)
}

function upgradeSections(): string {
  const [text = ''] = crdFiles().values()
  // Written beside this, by upgrade/crd.ts.
  const definition = parse(text) as {
    readonly spec: {
      readonly versions: readonly {
        readonly schema: { readonly openAPIV3Schema: JsonSchema }
      }[]
    }
  }
  const properties = definition.spec.versions[0]?.schema.openAPIV3Schema.properties ?? {}
  return (['spec', 'status'] as const)
    .map((part) => schemaSections(properties[part] ?? {}, part))
    .join('\n\n')
}

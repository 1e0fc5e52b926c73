import { jsonSchema } from '../json-schema.ts'
import { reportSchema } from './report/report-schema.ts'
import { summarySchema } from './report/summary.ts'
import { scenarioSchema } from './scenario.ts'
import { stackSchema } from './stack.ts'

/** The published JSON Schemas of the lab's data files, by the name of their file in `scenarios/`. */
export function schemaFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['scenario.schema.json', jsonSchema(scenarioSchema, 'A scenario of the Fairlead lab')],
    ['report.schema.json', jsonSchema(reportSchema, 'A report of the Fairlead lab')],
    [
      'summary.schema.json',
      jsonSchema(summarySchema, 'What a report of the Fairlead lab comes to'),
    ],
    ['stack.schema.json', jsonSchema(stackSchema, 'A stack of the Fairlead lab')],
  ])
}

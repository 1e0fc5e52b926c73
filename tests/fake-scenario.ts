import { type Scenario, scenarioSchema } from '../packages/fairlead/src/lab/scenario.ts'

/** A scenario in which nothing happens, but for `fields`. */
export function fakeScenario(fields: object): Scenario {
  return scenarioSchema.parse({
    name: 'a',
    title: '',
    why: '',
    stack: 's',
    steps: [],
    steady: 0,
    expect: {},
    ...fields,
  })
}

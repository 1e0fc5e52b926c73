import { z } from 'zod'
import { durationMs } from '../duration.ts'
import { name } from './schema-words.ts'
import { nodeStepSchema, stepSchema } from './step.ts'

const expectations = z.strictObject({
  readyWithin: z
    .strictObject({
      atMost: durationMs.describe('How long that may take.'),
      after: name.optional().describe("The `id` of a step; the runtime's start if not given."),
    })
    .optional()
    .describe('The node is Ready at some moment of that time.'),
  notReadyBefore: name
    .optional()
    .describe('The `id` of a step; the network is not said to be ready before it.'),
  readyKept: z.boolean().default(true).describe('Once Ready, the node stays Ready.'),
  networkKept: z
    .boolean()
    .default(false)
    .describe('Once true, NetworkReady stays true in every answer of Status.'),
  statusSilenceAtMost: durationMs
    .optional()
    .describe("Status is never silent for longer; kubelet's patience of 30 s if not given."),
  podsRunning: z.int().nonnegative().optional().describe('So many pods run when the time is over.'),
  attached: z
    .record(name, z.int().nonnegative())
    .optional()
    .describe('So many attachments of a plugin stand when the time is over.'),
})

/** The shape of a scenario file; published as `scenarios/scenario.schema.json`. */
export const scenarioSchema = z.strictObject({
  name: name.describe('As `--scenario` and reports call it; the file is NAME.yaml.'),
  title: z.string().describe('What happens, in one line.'),
  why: z.string().describe('Why it matters, for people.'),
  failureModes: z
    .array(z.string())
    .default([])
    .describe('Ids of the known failure modes behind it.'),
  stack: name.describe('The name of a file in `stacks/`.'),
  confDirAtStart: z
    .array(name)
    .default([])
    .describe('Installers whose file of the last boot is there when the runtime starts.'),
  beforeStart: z
    .array(nodeStepSchema)
    .default([])
    .describe('What is done to the node before the runtime starts.'),
  steps: z
    .array(stepSchema)
    .describe('What happens once the runtime has been started, one after the other.'),
  steady: durationMs.describe('How long the node is watched after the last step.'),
  expect: expectations.describe('What must hold; what is left out may be as it will.'),
})

/** A scenario: a stack, a timeline of steps, and what must hold. All times are in ms. */
export type Scenario = z.output<typeof scenarioSchema>

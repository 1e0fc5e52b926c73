import { CNI_VERBS, type CniVerb } from '@fairlead/cni'
import { z } from 'zod'
import { durationMs } from './duration.ts'

const verb = z.enum(CNI_VERBS as [CniVerb, ...CniVerb[]])
const name = z.string().regex(/^[a-z0-9]+([-.+][a-z0-9]+)*$/, {
  error: 'expected a name of lower-case letters, digits, `-`, `.` and `+`',
})
const fileName = z.string().regex(/^[^/\0]+$/, { error: 'expected a file name without a `/`' })
const count = z.int().positive()

const behaviour = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer') }),
  z.strictObject({ kind: z.literal('hold') }),
  z.strictObject({ kind: z.literal('delay'), ms: durationMs }),
  z.strictObject({ kind: z.literal('fail'), code: z.int(), msg: z.string() }),
  z.strictObject({ kind: z.literal('crash') }),
  z.strictObject({ kind: z.literal('garbage') }),
])

const common = {
  id: name.optional().describe('A name for this moment, to be used in `expect`.'),
}

const step = z.discriminatedUnion('do', [
  z
    .strictObject({
      do: z.literal('install'),
      ...common,
      installer: name,
      as: z.enum(['whole', 'halves', 'empty']).default('whole'),
      pause: durationMs.default(0).describe('Between the halves.'),
    })
    .describe('An installer of the stack writes its file, in the manner that is its own.'),
  z
    .strictObject({
      do: z.literal('write-file'),
      ...common,
      file: fileName,
      text: z.string(),
    })
    .describe('Any other file in the conf dir is written in place.'),
  z
    .strictObject({ do: z.literal('remove-file'), ...common, file: fileName })
    .describe('A file in the conf dir is removed.'),
  z
    .strictObject({ do: z.literal('behave'), ...common, plugin: name, verb, as: behaviour })
    .describe('From now on a plugin does this when it is run with this verb.'),
  z
    .strictObject({
      do: z.literal('release'),
      ...common,
      plugin: name,
      verb,
      count: count.optional().describe('How many held executions go on; all if not given.'),
      every: durationMs.optional().describe('One at a time, this far apart.'),
    })
    .describe('Held executions go on, the oldest first; what comes later is not held any more.'),
  z
    .strictObject({ do: z.literal('start-daemon'), ...common, daemon: z.literal('multus') })
    .describe('The daemon behind a plugin is up.'),
  z
    .strictObject({ do: z.literal('stop-daemon'), ...common, daemon: z.literal('multus') })
    .describe('The daemon behind a plugin is gone.'),
  z
    .strictObject({ do: z.literal('start-pods'), ...common, count })
    .describe('RunPodSandbox for so many pods at once, each tried again until it succeeds.'),
  z.strictObject({ do: z.literal('wait'), ...common, for: durationMs }).describe('Time passes.'),
  z
    .strictObject({
      do: z.literal('wait-for-executions'),
      ...common,
      plugin: name,
      verb,
      count,
      within: durationMs,
    })
    .describe('Until at least so many executions of a plugin are running at once.'),
  z
    .strictObject({ do: z.literal('wait-for-network'), ...common, within: durationMs })
    .describe('Until Status answers with NetworkReady.'),
])

const expectations = z.strictObject({
  readyWithin: z
    .strictObject({
      atMost: durationMs,
      after: name.optional().describe("The `id` of a step; the runtime's start if not given."),
    })
    .optional()
    .describe('The node is Ready by then.'),
  readyKept: z.boolean().default(true).describe('Once Ready, the node stays Ready.'),
  networkKept: z
    .boolean()
    .default(false)
    .describe('Once true, NetworkReady stays true in every answer of Status.'),
  statusSilenceAtMost: durationMs
    .optional()
    .describe("Status is never silent for longer; kubelet's patience of 30 s if not given."),
})

/** The shape of a scenario file; published as `scenarios/scenario.schema.json`. */
export const scenarioSchema = z.strictObject({
  name,
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
  steps: z.array(step),
  steady: durationMs.describe('How long the node is watched after the last step.'),
  expect: expectations,
})

/** A scenario: a stack, a timeline of steps, and what must hold. All times are in ms. */
export type Scenario = z.output<typeof scenarioSchema>

/** One step of a scenario's timeline, told apart by `do`. */
export type Step = Scenario['steps'][number]

/** The shape of a stack file; published as `scenarios/stack.schema.json`. */
export const stackSchema = z.strictObject({
  name,
  title: z.string(),
  plugins: z
    .array(z.strictObject({ type: name, role: z.enum(['endpoint', 'multus-shim']) }))
    .min(1)
    .describe('The plugin executables; loopback is always there.'),
  installers: z.record(
    name,
    z.strictObject({
      file: fileName.describe('The file it writes in the conf dir.'),
      manner: z
        .enum(['rename', 'truncate'])
        .describe('`rename`: a temporary file beside it, then rename. `truncate`: in place.'),
      tempFile: fileName.optional().describe('For `rename`: the name of the temporary file.'),
      content: z
        .record(z.string(), z.unknown())
        .describe('The JSON it writes; `${confDir}` stands for the conf dir in any string.'),
    }),
  ),
})

/** A stack: how a set of CNIs gets onto a node. */
export type Stack = z.output<typeof stackSchema>

/** What one installer of a stack writes, and how. */
export type Installer = Stack['installers'][string]

/** One line that says what a step does, for progress and reports. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'install':
      if (step.as === 'empty') return `${step.installer} leaves its file empty`
      return step.as === 'halves'
        ? `${step.installer} writes its file in two halves`
        : `${step.installer} writes its file`
    case 'write-file':
      return `${step.file} is written`
    case 'remove-file':
      return `${step.file} is removed`
    case 'behave':
      return `${step.plugin} ${step.verb} from now on: ${step.as.kind}`
    case 'release':
      return step.count === undefined
        ? `held ${step.plugin} ${step.verb} go on`
        : `${step.count} held ${step.plugin} ${step.verb} go on`
    case 'start-daemon':
      return `the ${step.daemon} daemon is up`
    case 'stop-daemon':
      return `the ${step.daemon} daemon is gone`
    case 'start-pods':
      return step.count === 1 ? 'a pod comes' : `${step.count} pods come`
    case 'wait':
      return `wait ${step.for / 1000} s`
    case 'wait-for-executions':
      return `until ${step.count} ${step.plugin} ${step.verb} run`
    case 'wait-for-network':
      return 'until the network is ready'
  }
}

import { z } from 'zod'
import { durationMs } from './duration.ts'
import { count, fileName, name, verb } from './schema-words.ts'

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

/** One step of a scenario's timeline. */
export const stepSchema = z.discriminatedUnion('do', [
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

/** One step of a scenario's timeline, told apart by `do`. */
export type Step = z.output<typeof stepSchema>

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

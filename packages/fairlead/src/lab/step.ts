import { z } from 'zod'
import { durationMs } from '../duration.ts'
import { confPath, count, fileName, name, verb } from './schema-words.ts'
import { manner } from './stack.ts'

const behaviour = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer') }).describe('It does its work.'),
  z.strictObject({ kind: z.literal('hold') }).describe('It hangs until `release`.'),
  z
    .strictObject({ kind: z.literal('delay'), ms: durationMs.describe('How long it takes.') })
    .describe('It does its work after a while.'),
  z
    .strictObject({
      kind: z.literal('fail'),
      code: z.int().describe('Of the CNI spec, e.g. 11: try again later.'),
      msg: z.string().describe('What it says.'),
    })
    .describe('It fails with an error as the CNI spec has it.'),
  z.strictObject({ kind: z.literal('crash') }).describe('It ends without an answer.'),
  z.strictObject({ kind: z.literal('garbage') }).describe('Its answer is not JSON.'),
  z
    .strictObject({ kind: z.literal('flood'), mb: count.describe('How many megabytes.') })
    .describe('It floods its stdout.'),
  z
    .strictObject({
      kind: z.literal('orphan'),
      ms: durationMs.describe('How long the child lives.'),
    })
    .describe('It does its work, and leaves a child that holds its output open.'),
])

const installer = name.describe('The name of an installer of the stack.')
const plugin = name.describe('The `type` of a plugin of the stack.')
const daemon = z.literal('multus').describe('Whose daemon.')
const within = durationMs.describe('It waits in vain after that, and the trial is over.')

const common = {
  id: name.optional().describe('A name for this moment, to be used in `expect`.'),
}

/** A step that takes no runtime: it changes what a runtime finds. */
export const nodeStepSchema = z.discriminatedUnion('do', [
  z
    .strictObject({
      do: z.literal('install'),
      ...common,
      installer,
      as: z
        .enum(['whole', 'halves', 'empty'])
        .default('whole')
        .describe('At once, in two halves, or with nothing in it.'),
      pause: durationMs.prefault('0s').describe('Between the halves.'),
      manner: manner.optional().describe("Another manner than the installer's own."),
    })
    .describe('An installer of the stack writes its file.'),
  z
    .strictObject({
      do: z.literal('write-file'),
      ...common,
      file: confPath.describe('Its name, or folder/name.'),
      text: z.string().describe('What is in it then.'),
      into: z
        .literal('loaded-dir')
        .optional()
        .describe('Where the runtime loads from, also if an agent stands between the two.'),
    })
    .describe('Any other file in the conf dir, or in a folder of it, is written in place.'),
  z
    .strictObject({
      do: z.literal('remove-file'),
      ...common,
      file: confPath.describe('Its name, or folder/name.'),
    })
    .describe('A file in the conf dir is removed.'),
  z
    .strictObject({
      do: z.literal('rename-file'),
      ...common,
      file: fileName.describe('Its name.'),
      to: fileName.describe('Its name from then on.'),
    })
    .describe('A file in the conf dir gets another name; nothing happens where it is not there.'),
  z
    .strictObject({
      do: z.literal('link-file'),
      ...common,
      file: fileName.describe('The name of the link.'),
      to: z.string().describe('What it points to.'),
    })
    .describe('A symbolic link in the conf dir; what it points to need not be there.'),
  z
    .strictObject({ do: z.literal('remove-conf-dir'), ...common })
    .describe('The conf dir and all in it are removed.'),
  z
    .strictObject({ do: z.literal('make-conf-dir'), ...common })
    .describe('The conf dir is made anew, empty.'),
  z
    .strictObject({
      do: z.literal('repoint-conf-dir'),
      ...common,
      installers: z.array(name).describe('Whose files are in the new folder.'),
    })
    .describe('The conf dir, which is a link, is pointed to another folder, as ConfigMaps are.'),
  z
    .strictObject({
      do: z.literal('binary'),
      ...common,
      plugin,
      is: z
        .enum(['whole', 'missing', 'not-executable', 'wrong-arch', 'empty', 'busy'])
        .describe('How it is then.'),
    })
    .describe(
      'The executable of a plugin is so from now on. `whole` replaces it by a rename; `busy`: ' +
        'somebody has it open for writing.',
    ),
  z
    .strictObject({
      do: z.literal('disk'),
      ...common,
      is: z.enum(['full', 'free']).describe('Whether anything more fits.'),
    })
    .describe("The file systems that hold the runtime's state and the CNI cache."),
  z
    .strictObject({ do: z.literal('damage-cache'), ...common })
    .describe("libcni's file of every attachment is cut off, as after a power loss."),
  z
    .strictObject({
      do: z.literal('behave'),
      ...common,
      plugin,
      verb,
      as: behaviour.describe('What it does.'),
    })
    .describe('From now on a plugin does this when it is run with this verb.'),
  z
    .strictObject({
      do: z.literal('release'),
      ...common,
      plugin,
      verb,
      count: count.optional().describe('How many held executions go on; all if not given.'),
      every: durationMs.optional().describe('One at a time, this far apart.'),
    })
    .describe('Held executions go on, the oldest first; what comes later is not held any more.'),
  z
    .strictObject({ do: z.literal('start-daemon'), ...common, daemon })
    .describe('The daemon behind a plugin is up.'),
  z
    .strictObject({ do: z.literal('stop-daemon'), ...common, daemon })
    .describe('The daemon behind a plugin is gone.'),
])

/** A step that stands for itself. */
const plainStep = z.discriminatedUnion('do', [
  ...nodeStepSchema.options,
  z
    .strictObject({ do: z.literal('start-pods'), ...common, count: count.describe('How many.') })
    .describe('RunPodSandbox for so many pods at once, each tried again until it succeeds.'),
  z
    .strictObject({
      do: z.literal('stop-pods'),
      ...common,
      count: count.optional().describe('How many; all if not given.'),
    })
    .describe(
      'The oldest pods, or all of them, are stopped and removed, each tried again until it succeeds.',
    ),
  z
    .strictObject({
      do: z.literal('wait-for-pods'),
      ...common,
      running: z.int().nonnegative().describe('How many.'),
      within,
    })
    .describe('Until exactly so many pods run.'),
  z
    .strictObject({ do: z.literal('wait'), ...common, for: durationMs.describe('How long.') })
    .describe('Time passes.'),
  z
    .strictObject({
      do: z.literal('wait-for-executions'),
      ...common,
      plugin,
      verb,
      count: count.describe('How many.'),
      within,
    })
    .describe('Until at least so many executions of a plugin are running at once.'),
  z
    .strictObject({ do: z.literal('wait-for-network'), ...common, within })
    .describe('Until Status answers with NetworkReady.'),
  z
    .strictObject({ do: z.literal('stop-runtime'), ...common })
    .describe('The runtime ends by SIGTERM. Pods and plugins that run live on.'),
  z
    .strictObject({ do: z.literal('kill-runtime'), ...common })
    .describe('The runtime ends by SIGKILL. Pods and plugins that run live on.'),
  z
    .strictObject({ do: z.literal('start-runtime'), ...common })
    .describe('The runtime starts again on its state; until it answers.'),
  z
    .strictObject({
      do: z.literal('upgrade-runtime'),
      ...common,
      to: z.enum(['other', 'original']).default('other').describe('Which version starts.'),
    })
    .describe(
      'The runtime is stopped, and the version given by --upgrade-to (if none is, the same one) starts on ' +
        'its state; `original`: the version under test again. Pods and plugins that run live on.',
    ),
  z
    .strictObject({
      do: z.literal('reboot'),
      ...common,
      confDir: z
        .enum(['kept', 'emptied'])
        .default('kept')
        .describe('Whether the files of before are there, as on a disk, or not, as on a tmpfs.'),
    })
    .describe(
      'Everything on the node ends, /run and all network namespaces are gone, files stay. The runtime ' +
        'and kubelet start again, and once there is a network kubelet makes the pods anew. Daemons stay ' +
        'away until they are started.',
    ),
])

/** One step of a scenario's timeline. */
export const stepSchema = z.discriminatedUnion('do', [
  ...plainStep.options,
  z
    .strictObject({
      do: z.literal('repeat'),
      ...common,
      times: count.describe('How many rounds.'),
      every: durationMs.describe('From the beginning of one round to that of the next.'),
      steps: z.array(plainStep).min(1).describe('What is done in each.'),
    })
    .describe('The same steps again and again; a round that takes longer is not cut short.'),
])

/** See {@link nodeStepSchema}. */
export type NodeStep = z.output<typeof nodeStepSchema>

/** One step of a scenario's timeline, told apart by `do`. */
export type Step = z.output<typeof stepSchema>

/** Every step that is carried out, those that are repeated once. */
export function plainSteps(steps: readonly Step[]): readonly Exclude<Step, { do: 'repeat' }>[] {
  return steps.flatMap((step) => (step.do === 'repeat' ? step.steps : [step]))
}

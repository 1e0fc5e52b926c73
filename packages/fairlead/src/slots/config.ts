import { z } from 'zod'
import { type FileKind, readDataFile } from '../data-file.ts'
import { durationMs } from '../duration.ts'
import { isThere } from '../files.ts'

/** Where the config is looked for; without one, the defaults hold. */
const SLOTS_CONFIG_FILE = '/etc/fairlead/slots.yaml'

const path = z.string().regex(/^\//, { error: 'expected a path from the root' })
const command = z.array(z.string()).min(1)

const watch = z.strictObject({
  every: durationMs
    .prefault('1s')
    .describe('Between the end of a look at the runtime and the next.'),
  statusAtMost: durationMs
    .prefault('1s')
    .describe('A Status that takes longer, or is not answered, is unhealthy.'),
  startWithin: durationMs
    .prefault('1m')
    .describe('How long a version may take from its start to the first healthy look.'),
  steadyFor: durationMs
    .prefault('90s')
    .describe('How long it must then be healthy without a break. Longer than faults need to show.'),
  within: durationMs.prefault('5m').describe('How long all of that may take.'),
  patience: durationMs
    .prefault('10s')
    .describe(
      'How long a version that was healthy may be unhealthy. kubelet gives up on Status after 30 s.',
    ),
  fallsAtMost: z
    .int()
    .nonnegative()
    .default(2)
    .describe('How often it may turn unhealthy, and healthy again.'),
  commandWithin: durationMs
    .prefault('2m')
    .describe('How long the commands that stop and start the runtime may take.'),
})

const probe = z.strictObject({
  pod: z
    .boolean()
    .default(true)
    .describe('Whether a sandbox of our own is made and removed, before and after.'),
  annotations: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Of that sandbox, for plugins whose config has the capability io.kubernetes.cri.pod-annotations. Multus reads the Pod object.',
    ),
  podWithin: durationMs.prefault('30s').describe('How long it may take to make, and to remove.'),
  drill: z
    .boolean()
    .default(true)
    .describe('Whether a file is written to the conf dir while that sandbox is attached.'),
  drillDir: path
    .optional()
    .describe(
      "Where it is written; the runtime's conf_dir if not given. Behind an agent: a source dir.",
    ),
})

/** The shape of the config of runtime slots; published as `deploy/slots.schema.json`. */
export const slotsConfigSchema = z.strictObject({
  slotsDir: path
    .default('/var/lib/fairlead/slots')
    .describe('The versions, the link that picks one, and the state.'),
  socket: path.default('/run/containerd/containerd.sock').describe("The runtime's CRI socket."),
  stop: command
    .default(['systemctl', 'stop', 'containerd'])
    .describe('The command that stops the runtime, and leaves its pods alone.'),
  start: command
    .default(['systemctl', 'start', 'containerd'])
    .describe('The command that starts what the link picks.'),
  publicKey: path
    .optional()
    .describe('An Ed25519 public key in PEM; with it, only what it has signed is staged.'),
  watch: watch.prefault({}).describe('What a version has to show, and how long it may take.'),
  probe: probe.prefault({}).describe('What is tried with a pod of our own.'),
})

/** How a node changes its runtime. All times are in ms. */
export type SlotsConfig = z.output<typeof slotsConfigSchema>
/** What a version has to show, and how long it may take. */
export type WatchPolicy = SlotsConfig['watch']

const SLOTS_CONFIG: FileKind = {
  word: 'slots config',
  schemaFile: 'deploy/slots.schema.json',
  unknown: 'FL_SLOT_CONFIG',
  invalid: 'FL_SLOT_CONFIG',
  give: 'Give one by --config; docs/runtime-slots.md shows one.',
}

/**
 * Reads the config of runtime slots; without a `file` that of the node, where there is one.
 *
 * @throws {FairleadError} FL_SLOT_CONFIG with file, line, column and what was expected.
 */
export async function loadSlotsConfig(file: string | undefined): Promise<SlotsConfig> {
  if (file === undefined && !(await isThere(SLOTS_CONFIG_FILE))) return slotsConfigSchema.parse({})
  const { value, reject } = await readDataFile(
    file ?? SLOTS_CONFIG_FILE,
    slotsConfigSchema,
    SLOTS_CONFIG,
  )
  if (value.watch.startWithin + value.watch.steadyFor > value.watch.within) {
    reject(['watch', 'within'], 'is less than startWithin and steadyFor together')
  }
  return value
}

import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { slotConfigFlag } from './slot-flags.ts'

interface Flags {
  readonly dryRun: boolean
  readonly config?: string
}

/** `fairlead runtime-slot gc`: removes the slots that nothing needs. */
export const slotGcCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Remove the slots that nothing needs',
    fullDescription:
      'The current and the previous one stay, and every one that a process was started from: the shims of\n' +
      'running pods are of the version that made them.\n\n' +
      'Example:\n' +
      '  fairlead runtime-slot gc --dry-run',
  },
  parameters: {
    flags: {
      dryRun: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'Say what would be removed, and remove nothing',
      },
      config: slotConfigFlag,
    },
  },
  func: action(async (context: CliContext, { dryRun, config }: Flags) => {
    const [{ loadSlotsConfig }, { collectSlots }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/gc.ts'),
    ])
    const { slotsDir } = await loadSlotsConfig(config)
    for (const { name, staysFor } of await collectSlots(slotsDir, { dryRun })) {
      const goes = dryRun ? 'would be removed' : 'is removed'
      context.process.stdout.write(
        `${name} ${staysFor === undefined ? goes : `stays: ${staysFor}`}.\n`,
      )
    }
    return EXIT.ok
  }),
})

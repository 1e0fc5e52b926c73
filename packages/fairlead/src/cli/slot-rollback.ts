import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { showChange, slotEventText } from './slot-change.ts'
import { slotConfigFlag, slotForceFlag } from './slot-flags.ts'

interface Flags {
  readonly reason: string
  readonly force: boolean
  readonly config?: string
}

/** `fairlead runtime-slot rollback`: back to the version before. */
export const slotRollbackCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Change the runtime back to the version before',
    fullDescription:
      'A version that is on trial goes back at once. One that was confirmed is changed for the one before as\n' +
      'by activate: checked and watched, and changed back where that one is not well.\n\n' +
      'Example:\n' +
      '  fairlead runtime-slot rollback --reason "pods of team A do not start"',
  },
  parameters: {
    flags: {
      reason: {
        kind: 'parsed',
        parse: String,
        default: 'it was rolled back by hand',
        brief: 'Why, for the list',
        placeholder: 'text',
      },
      force: slotForceFlag,
      config: slotConfigFlag,
    },
  },
  func: action(async (context: CliContext, { reason, force, config }: Flags) => {
    const [{ loadSlotsConfig }, { rollbackSlot }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/activate.ts'),
    ])
    const { change, isBack } = await rollbackSlot(
      await loadSlotsConfig(config),
      { reason, force },
      {
        signal: context.signal,
        onEvent: (event) => {
          context.process.stderr.write(slotEventText(event))
        },
      },
    )
    showChange(change, context)
    return isBack ? EXIT.ok : EXIT.findings
  }),
})

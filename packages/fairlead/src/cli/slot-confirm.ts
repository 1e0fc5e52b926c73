import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action } from './exit.ts'
import { showChange, slotEventText } from './slot-change.ts'
import { slotConfigFlag } from './slot-flags.ts'

/** `fairlead runtime-slot confirm`: a version that is on trial stays. */
export const slotConfirmCommand = buildCommand<{ readonly config?: string }, [], CliContext>({
  docs: {
    brief: 'Have a version that is on trial stay',
    fullDescription:
      'For a version that was activated with --confirm-within.\n\n' +
      'Example:\n' +
      '  fairlead runtime-slot confirm',
  },
  parameters: { flags: { config: slotConfigFlag } },
  func: action(async (context: CliContext, flags: { readonly config?: string }) => {
    const [{ loadSlotsConfig }, { confirmSlot }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/activate.ts'),
    ])
    const { signal } = context
    const change = await confirmSlot(await loadSlotsConfig(flags.config), {
      signal,
      onEvent: (event) => {
        context.process.stderr.write(slotEventText(event))
      },
    })
    return showChange(change, context)
  }),
})

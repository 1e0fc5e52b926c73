import { buildCommand } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { showChange, slotEventText } from './slot-change.ts'
import { slotConfigFlag } from './slot-flags.ts'

interface Flags {
  readonly beforeRuntime: boolean
  readonly config?: string
}

/** `fairlead runtime-slot resume`: takes a change to its end that was killed, or lost its power. */
export const slotResumeCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Take a change to its end that was killed, or lost its power; otherwise do nothing',
    fullDescription:
      'What was on its way forward goes back, and what was on its way back goes on. A version on trial goes back\n' +
      'when its time is over. The units of deploy/systemd run it, at boot and every minute.\n\n' +
      'Examples:\n' +
      '  fairlead runtime-slot resume\n' +
      '  fairlead runtime-slot resume --before-runtime',
  },
  parameters: {
    flags: {
      beforeRuntime: {
        kind: 'boolean',
        default: false,
        withNegated: false,
        brief: 'At boot: put right what is picked, and start nothing; a later resume watches it',
      },
      config: slotConfigFlag,
    },
  },
  func: action(async (context: CliContext, { beforeRuntime, config }: Flags) => {
    const [{ loadSlotsConfig }, { resumeSlots }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/activate.ts'),
    ])
    const { stderr } = context.process
    const onEvent: Parameters<typeof resumeSlots>[2]['onEvent'] = (event) => {
      stderr.write(slotEventText(event))
    }
    const { signal } = context
    try {
      const slots = await loadSlotsConfig(config)
      const change = await resumeSlots(slots, { beforeRuntime }, { signal, onEvent })
      return change === undefined ? EXIT.ok : showChange(change, context)
    } catch (error) {
      // It has nothing to do then: somebody does it.
      if (error instanceof FairleadError && error.code === 'FL_SLOT_BUSY') return EXIT.ok
      throw error
    }
  }),
})

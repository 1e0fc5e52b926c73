import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action } from './exit.ts'
import { durationMs } from './flags.ts'
import { showChange, slotEventText } from './slot-change.ts'
import { slotArgument, slotConfigFlag, slotForceFlag } from './slot-flags.ts'

interface Flags {
  readonly confirmWithin?: string
  readonly force: boolean
  readonly config?: string
}

/** `fairlead runtime-slot activate SLOT`: changes the node's runtime, and changes it back if it is not well. */
export const slotActivateCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Change the runtime to a slot; back by itself unless it is steadily healthy',
    fullDescription:
      'Checks both versions and the node, stops the runtime, copies its metadata, picks the slot, starts it and\n' +
      'watches it: Status, the pods that were there, the networks that were loaded, a pod of our own while the\n' +
      'conf dir is written to. Pods run on. What it was not steadily healthy for is why it goes back, and in the\n' +
      'list. Exit code 0 where the node is on the new version, 1 where it is not. ctrl-C goes back.\n\n' +
      'Examples:\n' +
      '  fairlead runtime-slot activate 2.1.9\n' +
      '  fairlead runtime-slot activate 2.1.9 --confirm-within 30m',
  },
  parameters: {
    flags: {
      confirmWithin: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Keep it on trial: without "confirm" within this time it goes back',
        placeholder: 'time',
      },
      force: slotForceFlag,
      config: slotConfigFlag,
    },
    positional: { kind: 'tuple', parameters: [slotArgument] },
  },
  func: action(async (context: CliContext, flags: Flags, slot: string) => {
    const [{ loadSlotsConfig }, { activateSlot }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/activate.ts'),
    ])
    const config = await loadSlotsConfig(flags.config)
    const confirmWithinMs =
      flags.confirmWithin === undefined ? 0 : await durationMs(flags.confirmWithin)
    const change = await activateSlot(
      config,
      { slot, confirmWithinMs, force: flags.force },
      {
        signal: context.signal,
        onEvent: (event) => {
          context.process.stderr.write(slotEventText(event))
        },
      },
    )
    return showChange(change, context)
  }),
})

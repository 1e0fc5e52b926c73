import { buildCommand } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { slotEventText } from './slot-change.ts'
import { slotConfigFlag } from './slot-flags.ts'
import { type KubeconfigFlags, kubeconfigFlags } from './kubeconfig-flags.ts'
import { withCluster } from './upgrade-cluster.ts'

interface Flags extends KubeconfigFlags {
  readonly node: string
  readonly config?: string
}

/** `fairlead runtime-slot follow`: keeps the node on the slot that its Node object sends it to. */
export const slotFollowCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Keep this node on the slot that a RuntimeUpgrade sends it to',
    fullDescription:
      "The node's part of `fairlead controller`: activates what fairlead.dev/runtime-slot-target on the Node names,\n" +
      "and writes there which slot is in force and what came of it. kubelet's own kubeconfig lets it do that\n" +
      'and no more. Takes root; ctrl-C ends it, and has a change that goes on go back.\n\n' +
      'Example:\n' +
      '  fairlead runtime-slot follow --node worker-1 --kubeconfig /etc/kubernetes/kubelet.conf',
  },
  parameters: {
    flags: {
      ...kubeconfigFlags,
      node: { kind: 'parsed', parse: String, brief: 'The name of this Node', placeholder: 'name' },
      config: slotConfigFlag,
    },
  },
  func: action(async (context: CliContext, flags: Flags) => {
    const [
      { loadSlotsConfig },
      { activateSlot, giveShim },
      { previousSlot },
      { currentSlot, shimSlot },
      { readState },
      { followNode },
      { newSeed, randomOf },
    ] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/activate.ts'),
      import('../slots/list.ts'),
      import('../slots/slot.ts'),
      import('../slots/state.ts'),
      import('../slots/follow.ts'),
      import('../random.ts'),
    ])
    const config = await loadSlotsConfig(flags.config)
    const { signal, clock } = context
    const { stderr } = context.process
    await withCluster(context, flags, (api) =>
      followNode(
        flags.node,
        {
          api,
          clock,
          random: randomOf(newSeed()),
          slots: async () => {
            const state = await readState(config.slotsDir)
            const current = await currentSlot(config.slotsDir)
            const previous = previousSlot(state, current)
            const [last] = state.history
            const shim = await shimSlot(config.slotsDir)
            return { current, shim, previous, isChanging: state.activation !== null, last }
          },
          activate: async (slot, { force }) => {
            const request = { slot, confirmWithinMs: 0, force, leavesShim: true }
            const onEvent = (event: Parameters<typeof slotEventText>[0]) =>
              stderr.write(slotEventText(event))
            const change = await activateSlot(config, request, { signal, onEvent })
            if (change.kind !== 'ended') {
              throw new FairleadError('FL_SLOT_BUSY', 'the change goes on when the runtime starts')
            }
            if (change.record.outcome === 'activated') return undefined
            return change.record.reasons.join('; ') || change.record.outcome
          },
          giveShim: () => giveShim(config),
          onEvent: (text) => stderr.write(`${flags.node} ${text}\n`),
        },
        signal,
      ),
    )
    return EXIT.ok
  }),
})

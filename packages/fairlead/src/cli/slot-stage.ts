import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { slotArgument, slotConfigFlag } from './slot-flags.ts'

interface Flags {
  readonly from: string
  readonly containerdConfig?: string
  readonly checksums?: string
  readonly config?: string
}

/** `fairlead runtime-slot stage SLOT --from DIR`: a version beside the others, checked, and not run. */
export const slotStageCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Put a version beside the others: copied, checked, and not started',
    fullDescription:
      'Copies containerd, containerd-shim-runc-v2 and ctr of a folder (and runc, if it is there) with a config\n' +
      'into a slot, and compares checksums. The program is asked for its version and for what it makes of the\n' +
      'config; a config that this version would overlook a part of is refused. What runs is not touched.\n\n' +
      'Examples:\n' +
      '  fairlead runtime-slot stage 1.7.24 --from /usr/bin --containerd-config /etc/containerd/config.toml\n' +
      '  fairlead runtime-slot stage 2.1.9 --from ./containerd-2.1.9/bin --checksums SHA256SUMS',
  },
  parameters: {
    flags: {
      from: {
        kind: 'parsed',
        parse: String,
        brief: 'The folder that the programs are in',
        placeholder: 'dir',
      },
      containerdConfig: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: "The version's config [default: that of the slot that is picked now]",
        placeholder: 'file',
      },
      checksums: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'What sha256sum prints for the programs; signed where the config has a publicKey',
        placeholder: 'file',
      },
      config: slotConfigFlag,
    },
    positional: { kind: 'tuple', parameters: [slotArgument] },
  },
  func: action(async (context: CliContext, flags: Flags, name: string) => {
    const [{ loadSlotsConfig }, { stageSlot }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/stage.ts'),
    ])
    const slots = await loadSlotsConfig(flags.config)
    const { from, containerdConfig, checksums } = flags
    const { slot, warnings } = await stageSlot(
      {
        name,
        from,
        ...(containerdConfig === undefined ? {} : { config: containerdConfig }),
        ...(checksums === undefined ? {} : { checksums }),
      },
      slots,
    )
    const { stdout, stderr } = context.process
    for (const warning of warnings) stderr.write(`warning: ${warning}\n`)
    const { kind, version } = slot.manifest.runtime
    stdout.write(`${slot.name}: ${kind} ${version} is staged in ${slot.dir}.\n`)
    return EXIT.ok
  }),
})

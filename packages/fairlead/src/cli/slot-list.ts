import { buildCommand } from '@stricli/core'
import type { ListedSlot, SlotList } from '../slots/list.ts'
import type { SlotRecord } from '../slots/state.ts'
import type { Activation } from '../slots/activation.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { outputFlag } from './flags.ts'
import { slotConfigFlag } from './slot-flags.ts'
import { table } from './table.ts'

interface Flags {
  readonly config?: string
  readonly output: 'table' | 'json'
}

const RECORDS_SHOWN = 5

/** `fairlead runtime-slot list`: the versions there are, which runs, and how the last changes ended. */
export const slotListCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Show the versions there are, which one is picked, and how the last changes ended',
    fullDescription:
      'Example:\n' + //
      '  fairlead runtime-slot list -o json',
  },
  parameters: {
    flags: { config: slotConfigFlag, output: outputFlag },
    aliases: { o: 'output' },
  },
  func: action(async (context: CliContext, { config, output }: Flags) => {
    const [{ loadSlotsConfig }, { listSlots }] = await Promise.all([
      import('../slots/config.ts'),
      import('../slots/list.ts'),
    ])
    const { slotsDir } = await loadSlotsConfig(config)
    const list = await listSlots(slotsDir)
    context.process.stdout.write(
      output === 'json' ? `${JSON.stringify(jsonOf(list), null, 2)}\n` : told(list, slotsDir),
    )
    return list.slots.some(({ problem }) => problem !== undefined) ? EXIT.findings : EXIT.ok
  }),
})

function jsonOf({ slots, state }: SlotList) {
  const { activation, history } = state
  return {
    slots: slots.map(({ name, role, manifest, problem }) => ({
      name,
      role,
      version: manifest?.runtime.version ?? null,
      stagedAt: manifest?.stagedAt ?? null,
      signedBy: manifest?.signedBy ?? null,
      problem: problem ?? null,
    })),
    activation,
    history,
  }
}

function told({ slots, state }: SlotList, slotsDir: string): string {
  const { activation, history } = state
  if (slots.length === 0) {
    return `There is no slot in ${slotsDir} yet. fairlead runtime-slot stage makes one.\n`
  }
  return [
    table(['SLOT', '', 'VERSION', 'STAGED', 'CHECKSUMS'], slots.map(rowOf)),
    activation === null ? '' : `\n${goingOn(activation)}\n`,
    history.length === 0 ? '' : '\n',
    ...history.slice(0, RECORDS_SHOWN).map((record) => `${recordText(record)}\n`),
  ].join('')
}

function rowOf({ name, role, manifest, problem }: ListedSlot): readonly string[] {
  if (manifest === undefined) return [name, role === 'none' ? '' : role, problem ?? '']
  const signed = manifest.signedBy === undefined ? '' : `signed by ${manifest.signedBy}`
  const { runtime, stagedAt } = manifest
  return [
    name,
    role === 'none' ? '' : role,
    `${runtime.kind} ${runtime.version}`,
    stagedAt.slice(0, 16).replace('T', ' '),
    signed,
  ]
}

function goingOn({ from, to, way, step, reasons }: Activation): string {
  if (step === 'trial') return `${to} is on trial: confirm it, or roll back to ${from ?? 'none'}.`
  const where = way === 'forward' ? `to ${to}` : `back to ${from ?? 'none'}: ${reasons.join('; ')}`
  return `A change ${where} is at the step "${step}".`
}

/** A change that has ended, in a line. */
function recordText({ from, to, endedAt, outcome, reasons }: SlotRecord): string {
  const at = endedAt.slice(0, 16).replace('T', ' ')
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`
  return `${at}  ${from ?? 'none'} -> ${to}  ${outcome}${why}`
}

import type { Change } from '../slots/activate.ts'
import type { SlotEvent } from '../slots/drive.ts'
import type { Activation, Step } from '../slots/activation.ts'
import { targetOf } from '../slots/transition.ts'
import type { CliContext } from './context.ts'
import { EXIT } from './exit.ts'

/** What happens while a version is changed, in a line. */
export function slotEventText(event: SlotEvent): string {
  switch (event.type) {
    case 'step':
      return `${STEPS[event.activation.step](event.activation)}\n`
    case 'failed':
      return `  failed: ${event.reason}\n`
    case 'look':
      return event.look.kind === 'healthy'
        ? `  healthy: Status took ${event.look.latencyMs.toFixed(0)} ms\n`
        : `  unhealthy: ${event.look.reason}\n`
    case 'not-remembered':
      return `  ${event.reason}\n`
  }
}

/** Prints what a change came to; its exit code. */
export function showChange(change: Change, { process }: CliContext): number {
  if (change.kind === 'on-trial') {
    const { to, from, confirmByMs } = change.activation
    const until = new Date(confirmByMs ?? 0).toISOString()
    process.stdout.write(
      `The node is on ${to}, on trial: back to ${nameOf(from)} at ${until} unless it is confirmed.\n`,
    )
    return EXIT.ok
  }
  if (change.kind === 'goes-on') {
    const target = targetOf(change.activation)
    process.stdout.write(`${target} is picked; it is watched when the runtime has been started.\n`)
    return EXIT.ok
  }
  const { from, to, outcome, reasons } = change.record
  const why = reasons.map((reason) => `  ${reason}\n`).join('')
  switch (outcome) {
    case 'activated':
      process.stdout.write(`The node is on ${to}.\n${why}`)
      return EXIT.ok
    case 'refused':
      process.stdout.write(`Nothing was changed; the node stays on ${nameOf(from)}:\n${why}`)
      break
    case 'rolled-back':
      process.stdout.write(`The node is back on ${nameOf(from)}, and well:\n${why}`)
      break
    case 'failed':
      process.stdout.write(
        `The node is back on ${nameOf(from)}, and not well. It needs somebody:\n${why}`,
      )
      break
  }
  return EXIT.findings
}

const STEPS: Readonly<Record<Step, (activation: Activation) => string>> = {
  check: ({ to }) => `checking ${to} and the node`,
  stop: ({ way, from }) =>
    way === 'forward' ? 'stopping the runtime' : `going back to ${nameOf(from)}: stopping`,
  data: ({ data }) => DATA[data],
  flip: (activation) => `picking ${targetOf(activation)}`,
  start: (activation) => `starting ${targetOf(activation)}`,
  watch: (activation) => `watching ${targetOf(activation)}`,
  trial: ({ to }) => `${to} is on trial`,
  keep: ({ to, leavesShim }) =>
    `keeping ${to}: new pods get ${leavesShim ? 'the shim of before, for now' : 'its shim'}`,
}

const DATA = {
  save: "copying the runtime's metadata",
  keep: "leaving the runtime's metadata as it is",
  restore: "putting the copy of the runtime's metadata back",
} as const

function nameOf(slot: string | null): string {
  return slot ?? 'what was there before'
}

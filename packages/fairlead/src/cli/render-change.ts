import type { Change, ChangeKind } from '../lab/report/compare.ts'
import type { CliContext, Output } from './context.ts'
import { type Paint, paint } from './paint.ts'

const PAINTS: Readonly<Record<ChangeKind, Paint>> = {
  regression: 'red',
  unjudged: 'magenta',
  improvement: 'green',
  new: 'bold',
  gone: 'dim',
}

/** One line a change, what is worse first. */
export function changeLines(
  changes: readonly Change[],
  context: CliContext,
  stream: Output,
): string {
  if (changes.length === 0) return 'No cell changed.\n'
  const kinds = Object.keys(PAINTS)
  return changes
    .toSorted((left, right) => kinds.indexOf(left.kind) - kinds.indexOf(right.kind))
    .map(({ kind, runtime, scenario, text }) => {
      const word = paint(context, stream, PAINTS[kind], kind.padEnd(11))
      return `${word} ${runtime} ${scenario}: ${text}\n`
    })
    .join('')
}

import { styleText } from 'node:util'
import type { CliContext, Output } from './context.ts'

/** A colour or weight of text. */
export type Paint = 'red' | 'green' | 'yellow' | 'magenta' | 'bold' | 'dim'

/** Colours text for a terminal; plain for a pipe, and where NO_COLOR is set (no-color.org). */
export function paint(context: CliContext, stream: Output, how: Paint, text: string): string {
  const noColor = (context.process.env['NO_COLOR'] ?? '') !== ''
  if (stream.isTTY !== true || noColor) return text
  return styleText(how, text, { validateStream: false })
}

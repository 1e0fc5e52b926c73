import type { ExecSpan } from '../../report.ts'
import { latency } from '../format.ts'
import { Bar } from './bar.tsx'
import type { PackedStrip } from './layout.ts'
import { ROW_GAP, ROW_HEIGHT } from './layout.ts'
import type { TimeScale } from './scale.ts'
import { verbTone } from './tones.ts'

/** The executions of one plugin, those at the same time below one another. */
export function PluginLane({
  strip,
  scale,
}: {
  readonly strip: PackedStrip<ExecSpan>
  readonly scale: TimeScale
}) {
  return strip.marks.map(({ item, row, ...extent }, i) => {
    const name = item.pod === undefined ? item.verb : `${item.verb} ${item.pod}`
    const isTrouble = isTroubled(item.outcome)
    return (
      <Bar
        key={i}
        {...extent}
        tone={verbTone(item.verb)}
        y={strip.y + row * ROW_HEIGHT + ROW_GAP}
        height={ROW_HEIGHT - 2 * ROW_GAP}
        title={title(item, name, scale)}
        labels={isTrouble ? [`${name}: ${item.outcome}`, name, item.verb] : [name, item.verb]}
        isTrouble={isTrouble}
        isOpen={item.outcome === 'running'}
      />
    )
  })
}

// A trace has a word or a sentence for how an execution ended; these are the good ones. Of an execution
// that was only seen from outside, it is not known how it ended.
function isTroubled(outcome: string): boolean {
  return !/^(succeeded|running|ended|delegated\b.*)$/.test(outcome)
}

function title(
  { plugin, startMs, endMs, outcome }: ExecSpan,
  name: string,
  scale: TimeScale,
): string {
  const took = outcome === 'running' ? 'until the end' : latency(endMs - startMs)
  return `${plugin} ${name} at ${scale.text(startMs)}, ${took}: ${outcome}`
}

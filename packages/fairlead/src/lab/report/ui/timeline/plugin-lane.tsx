import type { ExecSpan } from '../../report.ts'
import { latency, seconds } from '../format.ts'
import { Bar } from './bar.tsx'
import type { PackedStrip } from './layout.ts'
import { ROW_GAP, ROW_HEIGHT } from './layout.ts'
import { verbTone } from './tones.ts'

/** The executions of one plugin, those at the same time below one another. */
export function PluginLane({ strip }: { readonly strip: PackedStrip<ExecSpan> }) {
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
        title={title(item, name)}
        labels={isTrouble ? [`${name}: ${item.outcome}`, name, item.verb] : [name, item.verb]}
        isTrouble={isTrouble}
        isOpen={item.outcome === 'running'}
      />
    )
  })
}

// A trace has a word or a sentence for how an execution ended; these are the good ones.
function isTroubled(outcome: string): boolean {
  return !/^(succeeded|running|delegated\b.*)$/.test(outcome)
}

function title({ plugin, startMs, endMs, outcome }: ExecSpan, name: string): string {
  const took = outcome === 'running' ? 'until the end of the trial' : latency(endMs - startMs)
  return `${plugin} ${name} at ${seconds(startMs)}, ${took}: ${outcome}`
}

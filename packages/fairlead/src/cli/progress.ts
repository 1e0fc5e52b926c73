import type { Progress, TrialName } from '../lab/run.ts'
import type { CliContext } from './context.ts'
import { paint } from './paint.ts'

const REDRAW_MS = 250
const UP_AND_CLEAR = '\x1b[1A\x1b[2K'

/** Shows a run while it goes on: one living line a trial on a terminal, a line an event in a log. */
export function showProgress(context: CliContext): {
  readonly update: (progress: Progress) => void
  readonly end: () => void
} {
  return context.process.stderr.isTTY === true ? liveProgress(context) : plainProgress(context)
}

function plainProgress(context: CliContext) {
  const { stderr } = context.process
  const startMs = context.clock.now()
  const line = (name: TrialName, text: string) => {
    const at = ((context.clock.now() - startMs) / 1000).toFixed(1)
    stderr.write(`${at.padStart(6)} s  ${label(name)}: ${text}\n`)
  }
  return {
    update: (progress: Progress) => {
      if (progress.kind === 'begin') line(progress.name, 'begins')
      if (progress.kind === 'end') line(progress.name, progress.verdict.word)
      if (progress.kind === 'event') {
        const text = stepText(progress)
        if (text !== undefined) line(progress.name, text)
      }
    },
    end: () => {},
  }
}

function liveProgress(context: CliContext) {
  const { stderr } = context.process
  const running = new Map<string, { name: TrialName; beganMs: number; text: string }>()
  let drawn = 0
  const draw = () => {
    // A terminal that does not know its width reports 0 columns.
    const columns = stderr.columns || 80
    const lines = [...running.values()].map(({ name, beganMs, text }) => {
      const at = ((context.clock.now() - beganMs) / 1000).toFixed(0)
      return `${at.padStart(4)} s  ${label(name)}: ${text}`.slice(0, columns - 1)
    })
    stderr.write(UP_AND_CLEAR.repeat(drawn) + lines.map((line) => `${line}\n`).join(''))
    drawn = lines.length
  }
  const timer = setInterval(draw, REDRAW_MS)
  return {
    update: (progress: Progress) => {
      const { name } = progress
      if (progress.kind === 'begin') {
        running.set(name.id, { name, beganMs: context.clock.now(), text: 'begins' })
      }
      const entry = running.get(name.id)
      if (progress.kind === 'event' && entry !== undefined) {
        entry.text = stepText(progress) ?? entry.text
      }
      if (progress.kind === 'end') {
        running.delete(name.id)
        stderr.write(UP_AND_CLEAR.repeat(drawn))
        drawn = 0
        const word = paint(
          context,
          stderr,
          progress.verdict.word === 'pass' ? 'green' : 'red',
          progress.verdict.word,
        )
        stderr.write(`${label(name)}: ${word}\n`)
        draw()
      }
    },
    end: () => {
      clearInterval(timer)
      stderr.write(UP_AND_CLEAR.repeat(drawn))
      drawn = 0
    },
  }
}

function stepText({ event }: Extract<Progress, { kind: 'event' }>): string | undefined {
  if (event.type === 'step' && event.phase === 'begin') return event.text
  if (event.type === 'runtime') return `the runtime is ${event.phase}`
  return undefined
}

function label({ runtime, scenario, trial }: TrialName): string {
  return `${runtime} ${scenario}${trial > 1 ? ` #${trial}` : ''}`
}

/** One step of a run, in words. */
export interface StoryLine {
  /** From 1. */
  readonly number: number
  /** Simulated time after the step. */
  readonly atMs: number
  /** Who did it; undefined for time that passes. */
  readonly actor?: string
  readonly text: string
  /** From whom it took the turn, though that one could have gone on. */
  readonly interrupts?: string
  /** Others that it points at: whom a notice is for, whom a wait is for. */
  readonly arrows: readonly Arrow[]
}

/** A line from one actor to another. */
export interface Arrow {
  readonly kind: 'notice' | 'wait'
  readonly from: string
  readonly to: string
}

/** What holds of an actor from one line to another, both included; to the end without `to`. */
export interface Span {
  readonly actor: string
  readonly kind: SpanKind
  readonly from: number
  readonly to?: number
}

/** A lock held for reading or writing, a wait for one, a plugin running. */
export type SpanKind = 'read' | 'write' | 'wait' | 'plugin'

/** A run as it can be told and drawn. */
export interface Story {
  readonly actors: readonly string[]
  readonly lines: readonly StoryLine[]
  readonly spans: readonly Span[]
}

type OpenLine = Omit<StoryLine, 'number' | 'atMs' | 'text' | 'arrows'> & {
  readonly texts: string[]
  readonly arrows: Arrow[]
}

/** Notes down a run while it goes on. */
export class Recorder {
  readonly #actors: string[] = []
  readonly #lines: StoryLine[] = []
  readonly #spans: { actor: string; kind: SpanKind; from: number; to?: number }[] = []
  #open: OpenLine | undefined

  /** An actor there is, in the order that they are drawn in. */
  actor(name: string): void {
    this.#actors.push(name)
  }

  /** Begins the line of a step; without an actor it is time that passes. */
  begin(actor: string | undefined, interrupts: string | undefined): void {
    this.#open = {
      ...(actor === undefined ? {} : { actor }),
      ...(interrupts === undefined ? {} : { interrupts }),
      texts: [],
      arrows: [],
    }
  }

  /** Adds to the line of the step that is going on. */
  say(actor: string, text: string): void {
    const open = this.#open
    if (open === undefined || text === '') return
    open.texts.push(open.actor === undefined || open.actor === actor ? text : `${actor} ${text}`)
  }

  /** Adds to the line of the step that is going on. */
  arrow(arrow: Arrow): void {
    this.#open?.arrows.push(arrow)
  }

  /** Begins a span; what it returns ends it. */
  span(actor: string, kind: SpanKind): () => void {
    const span: { actor: string; kind: SpanKind; from: number; to?: number } = {
      actor,
      kind,
      from: this.#lines.length + 1,
    }
    this.#spans.push(span)
    return () => {
      span.to = this.#lines.length + 1
    }
  }

  /** Ends the line of the step. */
  end(atMs: number): void {
    if (this.#open === undefined) return
    const { texts, ...rest } = this.#open
    this.#open = undefined
    this.#lines.push({ number: this.#lines.length + 1, atMs, text: texts.join('; '), ...rest })
  }

  /** The story so far. */
  story(): Story {
    const last = this.#lines.length
    return {
      actors: [...this.#actors],
      lines: [...this.#lines],
      spans: this.#spans.map((span) =>
        span.to === undefined || span.to > last ? omitTo(span) : { ...span },
      ),
    }
  }
}

function omitTo({ actor, kind, from }: Span): Span {
  return { actor, kind, from }
}

/** A length of time for people: `10 s`, `0.2 s`. */
export function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(3))} s`
}

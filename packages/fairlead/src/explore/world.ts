import { AsyncLocalStorage } from 'node:async_hooks'
import { quiet } from './quiet.ts'
import { type Arrow, type Recorder, seconds, type SpanKind } from './story.ts'
import { type Actor, nextDueMs, optionsOf, type Step } from './options.ts'
import type { Strategy } from './strategy.ts'

/** Something that an actor waits for and another must do. */
export interface Wait {
  readonly actor: string
  /** In words, after the actor's name: what it waits for and who stands in the way. */
  readonly describe: () => string
}

/** Time for the code under exploration; the `Clock` of `@fairlead/cni`. */
export interface SimulatedClock {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
}

const STEPS_MAX = 100_000

/** Which actor runs. One for all worlds: Node.js copies the stores of all of them at every `run`. */
const running = new AsyncLocalStorage<Actor>()

/**
 * A small world in which async functions run and a {@link Strategy} decides who goes next.
 *
 * An actor runs until it waits, and every wait is one of the world's: a `step`, an `event`, a `sleep`,
 * `until` something holds, a `wait` that another actor ends. The world lets one go on, waits until it
 * is quiet, and asks the strategy again. So a run depends on nothing but the choices.
 *
 * **Time** stands still while any actor can go on: a step takes no time beside seconds of a plugin's.
 * When none can, it jumps to the next moment that somebody sleeps to. An event (a file is written, a
 * pod is started) may come at any moment, so before an event time may pass too. Therefore whoever waits
 * long in this world waits for a plugin, a load or a lock, and never for a lazy scheduler.
 */
export class World {
  readonly clock: SimulatedClock
  readonly #actors: Actor[] = []
  readonly #steps = new Set<Step>()
  readonly #waits = new Set<Wait>()
  readonly #recorder: Recorder | undefined
  #nowMs = 0
  #last: Actor | undefined
  #thrown: { readonly error: unknown } | undefined

  constructor(recorder?: Recorder) {
    this.#recorder = recorder
    this.clock = {
      now: () => this.#nowMs,
      after: (ms, run) => this.#after(ms, run),
    }
  }

  /** Starts an actor; it runs at once, up to its first wait. */
  spawn(name: string, run: () => Promise<void>): void {
    const actor = { number: this.#actors.length, name }
    this.#actors.push(actor)
    this.#recorder?.actor(name)
    running.run(actor, run).catch((error: unknown) => {
      this.#thrown ??= { error }
    })
  }

  /** The name of the actor that runs. */
  get who(): string {
    return this.#actor().name
  }

  /** A place where others may come first. The text, if any, tells the story of going on. */
  step(text = ''): Promise<void> {
    return this.#add({ text })
  }

  /** Waits for something that comes from outside, now or later. */
  event(text: string): Promise<void> {
    return this.#add({ text, event: true })
  }

  /** Waits for one of several things that come from outside; which one came, counted from 0. */
  oneOf(texts: readonly string[]): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>()
    const steps = texts.map((text, index) =>
      this.#register({ text, event: true }, () => {
        for (const step of steps) this.#steps.delete(step)
        resolve(index)
      }),
    )
    return promise
  }

  /** Waits for simulated time to pass. */
  sleep(ms: number, text = ''): Promise<void> {
    return this.#add({ text, dueMs: this.#nowMs + ms })
  }

  /** Waits until `ready()`; going on is a step like any other. */
  until(ready: () => boolean, text = ''): Promise<void> {
    return this.#add({ text, ready })
  }

  /** Waits until `end` is called, in whose step it goes on. A run that ends in it is stuck. */
  wait(describe: () => string): { readonly ended: Promise<void>; readonly end: () => void } {
    const wait: Wait = { actor: this.who, describe }
    this.#waits.add(wait)
    const { promise, resolve } = Promise.withResolvers<void>()
    return {
      ended: promise,
      end: () => {
        this.#waits.delete(wait)
        resolve()
      },
    }
  }

  /** Waits that nobody has ended. */
  get waits(): readonly Wait[] {
    return [...this.#waits]
  }

  /** Tells what the running actor, or another, does in this step. */
  say(text: string, actor: string = this.who): void {
    this.#recorder?.say(actor, text)
  }

  /** Draws a line between two actors. */
  arrow(arrow: Arrow): void {
    this.#recorder?.arrow(arrow)
  }

  /** Marks what holds of an actor from this step until the returned function is called. */
  span(kind: SpanKind, actor: string = this.who): () => void {
    return this.#recorder?.span(actor, kind) ?? (() => {})
  }

  /**
   * Runs until nothing can happen any more or `stop()`, which is asked after every step. The options
   * that were taken, one for each choice point.
   */
  async run(strategy: Strategy, stop: () => boolean): Promise<number[]> {
    const choices: number[] = []
    await quiet()
    for (let taken = 0; ; taken += 1) {
      if (this.#thrown !== undefined) throw this.#thrown.error
      if (stop()) return choices
      const { options, steps } = optionsOf([...this.#steps], this.#nowMs, this.#last)
      if (options.length === 0) return choices
      if (taken > STEPS_MAX) throw new Error(`a run with more than ${STEPS_MAX} steps has no end`)
      let choice = 0
      if (options.length > 1) {
        choice = strategy.choose({ number: choices.length, options })
        choices.push(choice)
      }
      this.#take(steps[choice], options[choice]?.preempts ?? false)
      await quiet()
      this.#recorder?.end(this.#nowMs)
    }
  }

  #take(step: Step | undefined, preempts: boolean): void {
    this.#recorder?.begin(step?.actor.name, preempts ? this.#last?.name : undefined)
    if (step === undefined) {
      const fromMs = this.#nowMs
      this.#nowMs = nextDueMs(this.#steps, fromMs)
      this.#recorder?.say('', `${seconds(this.#nowMs - fromMs)} pass`)
      return
    }
    this.#steps.delete(step)
    this.#last = step.actor
    this.#recorder?.say(step.actor.name, step.text)
    step.fire()
  }

  #actor(): Actor {
    const actor = running.getStore()
    if (actor === undefined) throw new Error('only actors of the world can wait in it')
    return actor
  }

  #add(step: Partial<Omit<Step, 'fire'>>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#register(step, resolve)
    return promise
  }

  #register(step: Partial<Omit<Step, 'fire'>>, fire: () => void): Step {
    const added: Step = {
      actor: this.#actor(),
      text: step.text ?? '',
      dueMs: step.dueMs ?? 0,
      ready: step.ready,
      event: step.event ?? false,
      fire,
    }
    this.#steps.add(added)
    return added
  }

  #after(ms: number, run: () => void): () => void {
    const actor = this.#actor()
    const step = this.#register({ dueMs: this.#nowMs + ms }, () => {
      running.run(actor, run)
    })
    return () => {
      this.#steps.delete(step)
    }
  }
}

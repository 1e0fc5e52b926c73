import type { BootOptions } from './boot-options.ts'
import type { Fault, FaultKind } from './faults.ts'
import type { Strategy } from './strategy.ts'
import { Recorder, type Story } from './story.ts'
import { World } from './world.ts'

/** A subject in a world, and all that it goes through there. */
export interface Trial {
  /** What went wrong so far; to be asked after every step. */
  readonly faults: ReadonlyMap<FaultKind, Fault>
  /** Whether nothing that may still happen counts; undefined for one that comes to its end by itself. */
  readonly isOver?: boolean
  /** What went wrong in a run that has come to its end. */
  readonly end: () => ReadonlyMap<FaultKind, Fault>
}

/** Sets a trial up in a world; its actors wait to be run. */
export type BeginTrial = (world: World, options: BootOptions) => Trial

/** A trial and how much happens in it. */
export interface Case {
  readonly begin: BeginTrial
  readonly options: BootOptions
}

/** What one run came to. */
export interface Run {
  /** The option that was taken at each choice point. */
  readonly choices: readonly number[]
  readonly faults: ReadonlyMap<FaultKind, Fault>
}

/** Runs a case once, to its end or until it has shown the fault `until`. */
export async function runCase(
  { begin, options }: Case,
  strategy: Strategy,
  until?: FaultKind,
): Promise<Run> {
  const world = new World()
  return follow(world, begin(world, options), strategy, until)
}

/** {@link runCase} that tells the story as well. */
export async function tellCase(
  { begin, options }: Case,
  strategy: Strategy,
  until?: FaultKind,
): Promise<Run & { readonly story: Story }> {
  const recorder = new Recorder()
  const world = new World(recorder)
  const run = await follow(world, begin(world, options), strategy, until)
  return { ...run, story: recorder.story() }
}

async function follow(
  world: World,
  trial: Trial,
  strategy: Strategy,
  until: FaultKind | undefined,
): Promise<Run> {
  let isShown = false
  const choices = await world.run(strategy, () => {
    isShown = until !== undefined && trial.faults.has(until)
    return isShown || trial.isOver === true
  })
  return { choices, faults: isShown ? trial.faults : trial.end() }
}

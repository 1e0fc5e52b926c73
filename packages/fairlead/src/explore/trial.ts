import { Boot, type BootOptions } from './boot.ts'
import type { Fault, FaultKind } from './faults.ts'
import type { Strategy } from './strategy.ts'
import { Recorder, type Story } from './story.ts'
import type { CreateSubject } from './subject.ts'
import { World } from './world.ts'

/** A subject and what it goes through. */
export interface Case {
  readonly createSubject: CreateSubject
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
  { createSubject, options }: Case,
  strategy: Strategy,
  until?: FaultKind,
): Promise<Run> {
  const world = new World()
  const boot = new Boot(world, createSubject, options)
  return follow(world, boot, strategy, until)
}

/** {@link runCase} that tells the story as well. */
export async function tellCase(
  { createSubject, options }: Case,
  strategy: Strategy,
  until?: FaultKind,
): Promise<Run & { readonly story: Story }> {
  const recorder = new Recorder()
  const world = new World(recorder)
  const boot = new Boot(world, createSubject, options)
  const run = await follow(world, boot, strategy, until)
  return { ...run, story: recorder.story() }
}

async function follow(
  world: World,
  boot: Boot,
  strategy: Strategy,
  until: FaultKind | undefined,
): Promise<Run> {
  let stopped = false
  const choices = await world.run(strategy, () => {
    const { faults } = boot
    stopped = until !== undefined && faults.has(until)
    return stopped
  })
  return { choices, faults: stopped ? boot.faults : boot.end() }
}

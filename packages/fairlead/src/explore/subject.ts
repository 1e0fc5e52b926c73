import type { World } from './world.ts'

/** What a conf dir holds, as a load of it finds it. */
export interface SimulatedConfDir {
  /** The networks in load order. */
  networks: readonly string[]
  /** How many files lie before theirs of which only half is written. */
  halves: number
}

/** What a subject finds when it starts, and how long things take in the run. */
interface Circumstances {
  /** Sandboxes that were attached before. */
  readonly attached: readonly string[]
  /** One ADD or DEL. */
  readonly pluginMs: number
  /** Ended by kubelet's deadline and failed, instead of done. */
  readonly pluginHangs: boolean
  /** One STATUS; undefined for a network older than CNI 1.1.0, which has none. */
  readonly statusMs: number | undefined
  /** Reading the conf dir. */
  readonly loadMs: number
  /** How plugins are run; {@link runPlugin} if not given. */
  readonly run?: PluginRun
}

/** Runs a plugin for its time; whether it succeeded. */
export type PluginRun = (execution: {
  readonly verb: 'ADD' | 'DEL' | 'STATUS'
  readonly ms: number
  readonly hangs?: boolean
}) => Promise<boolean>

/** The set of networks of a node, as its runtime uses it. */
export interface Subject {
  /** Reads the conf dir. */
  readonly load: () => Promise<void>
  /** Whether the node's network is ready. */
  readonly status: () => Promise<boolean>
  /** Attaches a sandbox: ADD. Whether it succeeded. */
  readonly setup: (sandbox: string) => Promise<boolean>
  /** Detaches a sandbox: DEL. Whether it succeeded. */
  readonly remove: (sandbox: string) => Promise<boolean>
  /** The networks that are loaded now. */
  readonly networks: () => readonly string[]
  /** What is wrong with its attachments when every call has ended, in sentences. */
  readonly leaks?: () => readonly string[]
}

/** Makes a subject in a world; every wait in it must be the world's. */
export type CreateSubject = (
  world: World,
  confDir: SimulatedConfDir,
  circumstances: Circumstances,
) => Subject

/** Runs a plugin for its time; whether it succeeded. The story and the drawing show it. */
export async function runPlugin(
  world: World,
  execution: Parameters<PluginRun>[0],
): Promise<boolean> {
  const { verb, ms, hangs = false } = execution
  world.say(`runs the plugin's ${verb}`)
  const endSpan = world.span('plugin')
  await world.sleep(
    ms,
    hangs ? `gives up on the plugin's ${verb} and kills it` : `sees the plugin's ${verb} done`,
  )
  endSpan()
  return !hangs
}

import { pipeEndOf } from '../../procfs.ts'
import type { ProbeFact } from '../fact.ts'
import { printable } from '../../safe-text.ts'
import type { NodeProcess, Processes } from '../../node-processes.ts'

/** What is known when plugin processes are judged. */
export interface PluginQuestion {
  readonly processes: Processes
  /** Undefined where it is not known: then every plugin process counts. */
  readonly runtime: NodeProcess | undefined
  /** A plugin that has run for so long hangs. */
  readonly hungAfterMs: number
  readonly procDir: string
  /** How long ago a file of the conf dir was last changed, and which; undefined where there is none. */
  readonly lastChange: { readonly file: string; readonly ageMs: number } | undefined
}

type Told = Pick<ProbeFact, 'probe' | 'text' | 'place'>

/** Plugins that have run for too long, and what plugins have left behind with a pipe of the runtime's. */
export function pluginFacts(question: PluginQuestion): readonly Told[] {
  const { processes, runtime, hungAfterMs } = question
  const holders = runtime === undefined ? [] : pipeHolders(runtime, question)
  const orphans = holders.filter((process) => !descends(process, runtime, processes))
  const plugins = [...processes.all.values()].filter(
    (process) =>
      process.cni !== undefined &&
      process.ageMs >= hungAfterMs &&
      processes.all.get(process.parent)?.cni === undefined &&
      !orphans.includes(process) &&
      concerns(process, question),
  )
  return [
    ...plugins.toSorted((a, b) => b.ageMs - a.ageMs).map((plugin) => hung(plugin, processes)),
    ...changedDuring(plugins, question),
    ...orphans.map((orphan) => held(orphan, runtime)),
  ]
}

function hung(plugin: NodeProcess, { all }: Processes): Told {
  const parent = all.get(plugin.parent)
  const by = parent === undefined ? '' : `, started by ${named(parent)}`
  return {
    probe: plugin.cni?.verb === 'STATUS' ? 'plugin-status-hung' : 'plugin-process-hung',
    text: `${named(plugin)} has run ${plugin.cni?.verb} for ${seconds(plugin)}${whom(plugin)}${by}`,
    place: { source: `/proc/${plugin.pid}` },
  }
}

/** A change of the conf dir asks for a reload, which waits for plugins that run. */
function changedDuring(
  plugins: readonly NodeProcess[],
  { lastChange }: PluginQuestion,
): readonly Told[] {
  const during = plugins.find(({ ageMs }) => lastChange !== undefined && ageMs > lastChange.ageMs)
  if (lastChange === undefined || during === undefined) return []
  const { file, ageMs } = lastChange
  return [
    {
      probe: 'conf-changed-during-plugin',
      text: `${printable(file)} was changed ${Math.round(ageMs / 1000)} s ago, while ${named(during)} ran`,
      place: { source: file },
    },
  ]
}

function held(orphan: NodeProcess, runtime: NodeProcess | undefined): Told {
  const verb = orphan.cni === undefined ? 'somebody' : `a plugin's ${orphan.cni.verb}`
  const by = runtime === undefined ? 'the runtime' : named(runtime)
  return {
    probe: 'plugin-pipe-held',
    text:
      `${named(orphan)}, left behind by ${verb}${whom(orphan)}, has held a pipe open ` +
      `for ${seconds(orphan)} that ${by} reads to its end`,
    place: { source: `/proc/${orphan.pid}` },
  }
}

function named({ name, pid }: NodeProcess): string {
  return `${name} (pid ${pid})`
}

function seconds({ ageMs }: NodeProcess): string {
  return `${Math.round(ageMs / 1000)} s`
}

function whom({ cni }: NodeProcess): string {
  const sandbox = cni?.containerId === undefined ? '' : `sandbox ${cni.containerId.slice(0, 12)}`
  if (cni?.pod === undefined) return sandbox === '' ? '' : ` for ${sandbox}`
  return ` for pod ${cni.pod}${sandbox === '' ? '' : ` (${sandbox})`}`
}

/** Other processes that have the end to write to of a pipe whose other end the runtime reads. */
function pipeHolders(
  runtime: NodeProcess,
  { processes, procDir }: PluginQuestion,
): readonly NodeProcess[] {
  const pipes = new Set<string>()
  for (const [number, target] of runtime.descriptors) {
    if (
      target.startsWith('pipe:') &&
      pipeEndOf(`${procDir}/${runtime.pid}/fdinfo/${number}`) === 'read'
    ) {
      pipes.add(target)
    }
  }
  return [...processes.all.values()].filter(
    (process) =>
      process !== runtime &&
      [...process.descriptors].some(
        ([number, target]) =>
          pipes.has(target) && pipeEndOf(`${procDir}/${process.pid}/fdinfo/${number}`) !== 'read',
      ),
  )
}

function descends(
  process: NodeProcess,
  ancestor: NodeProcess | undefined,
  processes: Processes,
): boolean {
  return ancestors(process, processes).some(({ pid }) => pid === ancestor?.pid)
}

/** The processes above one, its parent first. */
function ancestors(process: NodeProcess, { all }: Processes): readonly NodeProcess[] {
  const found: NodeProcess[] = []
  for (let above = all.get(process.parent); above !== undefined; above = all.get(above.parent)) {
    // The list was not made in one moment, so that numbers may have been given anew.
    if (found.includes(above)) break
    found.push(above)
  }
  return found
}

/**
 * Whether a plugin has to do with this runtime: started by it, or by a daemon in a pod (Multus starts the
 * plugins that it delegates to). Another runtime of the machine has plugins of its own.
 */
function concerns(plugin: NodeProcess, { processes, runtime }: PluginQuestion): boolean {
  return (
    runtime === undefined ||
    ancestors(plugin, processes).some(
      ({ pid, name }) => pid === runtime.pid || /^(?:containerd-shim|conmon)/.test(name),
    )
  )
}

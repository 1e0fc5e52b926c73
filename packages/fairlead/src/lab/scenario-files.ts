import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { type DataFile, type FileKind, type KeyPath, readDataFile } from '../data-file.ts'
import { FairleadError } from '../errors.ts'
import { isThere } from '../files.ts'
import { shippedDir } from '../shipped-dir.ts'
import { type Scenario, scenarioSchema } from './scenario.ts'
import { type Stack, stackSchema } from './stack.ts'
import type { Step } from './step.ts'

const SCENARIO: FileKind = {
  word: 'scenario',
  schemaFile: 'scenarios/scenario.schema.json',
  unknown: 'FL_SCENARIO_UNKNOWN',
  invalid: 'FL_SCENARIO_INVALID',
  give: 'Give the path of a YAML file, or the name of a scenario that ships with Fairlead.',
}
const STACK: FileKind = { ...SCENARIO, word: 'stack', schemaFile: 'scenarios/stack.schema.json' }

/** A scenario and the stack it names, both checked. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly stack: Stack
  /** The folder of the stack's file, which the paths in it start from. */
  readonly stackDir: string
  /** What names it on a command line: its name if it ships with Fairlead, else its file. */
  readonly ref: string
}

/**
 * Loads scenarios by name (`slow-add-reload`) or by file (`./mine.yaml`); all that ship with
 * Fairlead, in the order of their file names, if none is named. A file's stack is looked for in
 * `stacks/` beside it, then among those that ship.
 *
 * @throws {FairleadError} FL_SCENARIO_UNKNOWN, or FL_SCENARIO_INVALID with file and line.
 */
export async function loadScenarios(names: readonly string[]): Promise<LoadedScenario[]> {
  const builtIn = await builtInScenarioFiles()
  const files =
    names.length === 0 ? [...builtIn.values()] : names.map((name) => find(name, builtIn))
  const loaded = await Promise.all(
    [...new Set(files)].map((file) => loadScenario(file, refOf(file, builtIn))),
  )
  for (const [index, { scenario }] of loaded.entries()) {
    if (loaded.findIndex((other) => other.scenario.name === scenario.name) === index) continue
    throw new FairleadError('FL_SCENARIO_INVALID', `Two scenarios are named "${scenario.name}".`, {
      hint: 'Give one of them another name; a report tells them apart by it.',
    })
  }
  return loaded
}

function find(name: string, builtIn: ReadonlyMap<string, string>): string {
  if (name.includes('/') || name.endsWith('.yaml')) return path.resolve(name)
  const file = builtIn.get(name)
  if (file !== undefined) return file
  throw new FairleadError('FL_SCENARIO_UNKNOWN', `There is no scenario named "${name}".`, {
    hint: `Name one of ${[...builtIn.keys()].join(', ')}, or a file such as ./${name}.yaml.`,
  })
}

function refOf(file: string, builtIn: ReadonlyMap<string, string>): string {
  return [...builtIn].find(([, builtInFile]) => builtInFile === file)?.[0] ?? file
}

/**
 * A stack by its name, as a scenario in the folder `dir` would find it.
 *
 * @throws {FairleadError} FL_SCENARIO_UNKNOWN where there is none, FL_SCENARIO_INVALID with file and line.
 */
export async function loadStack(name: string, dir: string): Promise<Stack> {
  const file = await stackFileFor(path.join(dir, 'any.yaml'), name)
  if (file !== undefined) return (await readDataFile(file, stackSchema, STACK)).value
  throw new FairleadError('FL_SCENARIO_UNKNOWN', `There is no stack named "${name}".`, {
    hint: `Begin one by: fairlead lab new stack ${name}`,
  })
}

async function loadScenario(file: string, ref: string): Promise<LoadedScenario> {
  const { value: scenario, reject } = await readDataFile(file, scenarioSchema, SCENARIO)
  const stackFile = await stackFileFor(file, scenario.stack)
  if (stackFile === undefined)
    return reject(['stack'], `there is no stack named "${scenario.stack}"`)
  const { value: stack } = await readDataFile(stackFile, stackSchema, STACK)
  checkReferences(scenario, stack, reject)
  return { scenario, stack, stackDir: path.dirname(stackFile), ref }
}

/** What the schema cannot know: that the names in a scenario are those of its stack and its steps. */
function checkReferences(
  scenario: Scenario,
  stack: Stack,
  reject: DataFile<Scenario>['reject'],
): void {
  const plugins = new Set([...stack.plugins.map((plugin) => plugin.type), 'loopback'])
  for (const [index, installer] of scenario.confDirAtStart.entries()) {
    if (!(installer in stack.installers)) {
      reject(
        ['confDirAtStart', index],
        unknown('installer', installer, Object.keys(stack.installers)),
      )
    }
  }
  const steerable = new Set(plugins)
  for (const plugin of stack.plugins) {
    if ('path' in plugin) steerable.delete(plugin.type)
  }
  const checkStep = (step: Step, keyPath: KeyPath): void => {
    const installers = step.do === 'install' ? [step.installer] : []
    if (step.do === 'repoint-conf-dir') installers.push(...step.installers)
    const missing = installers.find((installer) => !(installer in stack.installers))
    if (missing !== undefined) {
      const key = step.do === 'install' ? 'installer' : 'installers'
      reject([...keyPath, key], unknown('installer', missing, Object.keys(stack.installers)))
    }
    if ('plugin' in step && !plugins.has(step.plugin)) {
      reject([...keyPath, 'plugin'], unknown('plugin', step.plugin, [...plugins]))
    }
    if ('verb' in step && !steerable.has(step.plugin)) {
      reject(
        [...keyPath, 'plugin'],
        `${step.plugin} is a real plugin, which cannot be told what to do`,
      )
    }
    if (step.do !== 'repeat') return
    for (const [inner, repeated] of step.steps.entries()) {
      checkStep(repeated, [...keyPath, 'steps', inner])
    }
  }
  for (const key of ['beforeStart', 'steps'] as const) {
    for (const [index, step] of scenario[key].entries()) checkStep(step, [key, index])
  }
  const down = stoppedForGood(scenario.steps)
  if (down !== undefined) {
    reject(
      down,
      'the runtime is down from here to the end, so nothing of it can be judged; ' +
        'add a start-runtime after it',
    )
  }
  const { readyWithin, notReadyBefore, attached = {} } = scenario.expect
  const ids = new Set(scenario.steps.map((step) => step.id))
  if (readyWithin?.after !== undefined && !ids.has(readyWithin.after)) {
    reject(['expect', 'readyWithin', 'after'], `no step has the id "${readyWithin.after}"`)
  }
  if (notReadyBefore !== undefined && !ids.has(notReadyBefore)) {
    reject(['expect', 'notReadyBefore'], `no step has the id "${notReadyBefore}"`)
  }
  for (const plugin of Object.keys(attached)) {
    if (!steerable.has(plugin)) {
      reject(['expect', 'attached', plugin], unknown('plugin', plugin, [...steerable]))
    }
  }
}

/** The place of the step that ends the runtime, where none after it starts it again. */
function stoppedForGood(steps: readonly Step[]): KeyPath | undefined {
  let stoppedAt: KeyPath | undefined
  const inOrder = steps.flatMap((step, index): [Step['do'], KeyPath][] =>
    step.do === 'repeat'
      ? step.steps.map((inner, at) => [inner.do, ['steps', index, 'steps', at]])
      : [[step.do, ['steps', index]]],
  )
  for (const [what, keyPath] of inOrder) {
    if (what === 'stop-runtime' || what === 'kill-runtime') stoppedAt ??= keyPath
    if (STARTS_RUNTIME.has(what)) stoppedAt = undefined
  }
  return stoppedAt
}

const STARTS_RUNTIME: ReadonlySet<Step['do']> = new Set([
  'start-runtime',
  'upgrade-runtime',
  'reboot',
])

function unknown(kind: string, name: string, known: readonly string[]): string {
  return `the stack has no ${kind} "${name}", only ${known.join(', ')}`
}

async function stackFileFor(scenarioFile: string, stack: string): Promise<string | undefined> {
  for (const dir of [path.dirname(scenarioFile), shippedDir('scenarios')]) {
    const file = path.join(dir, 'stacks', `${stack}.yaml`)
    if (await isThere(file)) return file
  }
  return undefined
}

async function builtInScenarioFiles(): Promise<ReadonlyMap<string, string>> {
  const dir = shippedDir('scenarios')
  const names = (await readdir(dir)).filter((name) => name.endsWith('.yaml')).sort()
  return new Map(names.map((name) => [path.basename(name, '.yaml'), path.join(dir, name)]))
}

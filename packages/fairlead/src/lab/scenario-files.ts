import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { isCollection, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { type Scenario, scenarioSchema, type Stack, stackSchema } from './scenario.ts'

/** A scenario and the stack it names, both checked. */
export interface LoadedScenario {
  readonly scenario: Scenario
  readonly stack: Stack
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
  const files = names.length === 0 ? [...builtIn.values()] : names.map((name) => find(name, builtIn))
  return Promise.all(files.map(loadScenario))
}

function find(name: string, builtIn: ReadonlyMap<string, string>): string {
  if (name.includes('/') || name.endsWith('.yaml')) return path.resolve(name)
  const file = builtIn.get(name)
  if (file !== undefined) return file
  throw new FairleadError('FL_SCENARIO_UNKNOWN', `There is no scenario named "${name}".`, {
    hint: `Name one of ${[...builtIn.keys()].join(', ')}, or a file such as ./${name}.yaml.`,
  })
}

async function loadScenario(file: string): Promise<LoadedScenario> {
  const { value: scenario, reject } = await readData(file, scenarioSchema, 'scenario')
  const stackFile = await stackFileFor(file, scenario.stack)
  if (stackFile === undefined) {
    reject(['stack'], `there is no stack named "${scenario.stack}"`)
  }
  const { value: stack } = await readData(stackFile, stackSchema, 'stack')
  checkReferences(scenario, stack, reject)
  return { scenario, stack }
}

/** Refuses the file with the place of the key that `path` leads to. */
type Reject = (path: readonly (string | number)[], problem: string) => never

function checkReferences(scenario: Scenario, stack: Stack, reject: Reject): void {
  const plugins = new Set([...stack.plugins.map((plugin) => plugin.type), 'loopback'])
  for (const [index, installer] of scenario.confDirAtStart.entries()) {
    if (!(installer in stack.installers)) {
      reject(['confDirAtStart', index], unknown('installer', installer, Object.keys(stack.installers)))
    }
  }
  for (const [index, step] of scenario.steps.entries()) {
    if (step.do === 'install' && !(step.installer in stack.installers)) {
      reject(
        ['steps', index, 'installer'],
        unknown('installer', step.installer, Object.keys(stack.installers)),
      )
    }
    if ('plugin' in step && !plugins.has(step.plugin)) {
      reject(['steps', index, 'plugin'], unknown('plugin', step.plugin, [...plugins]))
    }
  }
  const after = scenario.expect.readyWithin?.after
  if (after !== undefined && !scenario.steps.some((step) => step.id === after)) {
    reject(['expect', 'readyWithin', 'after'], `no step has the id "${after}"`)
  }
}

function unknown(kind: string, name: string, known: readonly string[]): string {
  return `the stack has no ${kind} "${name}", only ${known.join(', ')}`
}

/** Parses a YAML file by a schema; every refusal names file, line and column. */
async function readData<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  kind: string,
): Promise<{ value: z.output<Schema>; reject: Reject }> {
  const shown = path.relative(process.cwd(), file)
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FairleadError(
      'FL_SCENARIO_UNKNOWN',
      systemCodeOf(error) === 'ENOENT'
        ? `There is no ${kind} file ${shown}.`
        : `The ${kind} file ${shown} cannot be read: ${messageOf(error)}.`,
      { hint: 'Give the path of a YAML file, or the name of a scenario that ships with Fairlead.' },
    )
  })
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const refuse = (offset: number, problem: string): never => {
    const { line, col } = lines.linePos(offset)
    throw new FairleadError('FL_SCENARIO_INVALID', `${shown}:${line}:${col}: ${problem}`, {
      hint: `What a ${kind} file may hold is in scenarios/${kind}.schema.json.`,
    })
  }
  const [syntaxError] = document.errors
  if (syntaxError !== undefined) refuse(syntaxError.pos[0], syntaxError.message)

  const reject: Reject = (keyPath, problem) =>
    refuse(offsetOf(document.contents, keyPath), `${keyPath.join('.') || kind}: ${problem}`)
  const result = schema.safeParse(document.toJS())
  if (result.success) return { value: result.data, reject }
  const [issue] = result.error.issues
  return reject((issue?.path ?? []).map(keyOf), issue?.message ?? 'not valid')
}

function keyOf(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key)
}

/** Where the value at `keyPath` begins, or the nearest thing around it that is there. */
function offsetOf(root: Node | null, keyPath: readonly (string | number)[]): number {
  let node: Node | null = root
  for (const key of keyPath) {
    const next: unknown = isCollection(node) ? node.get(key, true) : undefined
    if (!isCollection(next) && !isScalar(next)) break
    node = next
  }
  return node?.range?.[0] ?? 0
}

async function stackFileFor(scenarioFile: string, stack: string): Promise<string> {
  const beside = path.join(path.dirname(scenarioFile), 'stacks', `${stack}.yaml`)
  const shipped = path.join(await builtInDir(), 'stacks', `${stack}.yaml`)
  return (await exists(beside)) ? beside : shipped
}

async function exists(file: string): Promise<boolean> {
  return readFile(file).then(
    () => true,
    () => false,
  )
}

async function builtInScenarioFiles(): Promise<ReadonlyMap<string, string>> {
  const dir = await builtInDir()
  const names = (await readdir(dir)).filter((name) => name.endsWith('.yaml')).sort()
  return new Map(names.map((name) => [path.basename(name, '.yaml'), path.join(dir, name)]))
}

/** `scenarios/` of the checkout or of the package that this file is in. */
async function builtInDir(): Promise<string> {
  let dir = path.dirname(fileURLToPath(import.meta.url))
  for (;;) {
    const candidate = path.join(dir, 'scenarios')
    if (await exists(path.join(candidate, 'scenario.schema.json'))) return candidate
    const parent = path.dirname(dir)
    if (parent === dir) {
      throw new FairleadError('FL_SCENARIO_UNKNOWN', 'The scenarios that ship with Fairlead are gone.', {
        hint: 'Install Fairlead again.',
      })
    }
    dir = parent
  }
}

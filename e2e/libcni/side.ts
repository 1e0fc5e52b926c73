import {
  chmod,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Call, Case, Observation, Step } from './case.ts'
import { CONF, type Operation } from './operation.ts'

/** An answer of either side. */
export interface Answer {
  readonly ok: boolean
  readonly value?: unknown
  readonly error?: Told
}

/** An error as one side tells it. */
interface Told {
  readonly by: 'ours' | 'libcni'
  /** Our code, or libcni's text. */
  readonly says: string
  /** Whether it is an error object that the plugin gave; libcni does not tell. */
  readonly isPlugin: boolean
  readonly plugin: { readonly code: number; readonly msg: string; readonly details: string }
}

export type Asked = (operation: Operation) => Promise<Answer>

/** What one side came to, with what is compared apart from it. */
export interface Seen {
  readonly observation: Observation
  readonly errors: readonly (Told | undefined)[]
  readonly stdinTexts: readonly string[]
}

const RECORDER = path.join(import.meta.dirname, 'recorder.sh')

/** Does a case in `folder`, which is not there yet. */
export async function observe(
  theCase: Case,
  folder: string,
  sides: { readonly self: Asked; readonly other: Asked },
): Promise<Seen> {
  const { binDirs = ['bin'], steps } = theCase
  await prepare(theCase, folder)
  const dirs = {
    binDirs: binDirs.map((dir) => path.join(folder, dir)),
    cacheDir: path.join(folder, 'cache'),
    confDir: path.join(folder, 'conf'),
  }
  const answers: Answer[] = []
  for (const step of steps) {
    const answer = await take(step, folder, dirs, sides)
    if (answer !== undefined) answers.push(answer)
  }
  const calls = await callsIn(path.join(folder, 'calls'))
  const observation = {
    answers: answers.map(({ ok, value, error }) =>
      ok ? { ok, value: withParsedConfigs(value) } : { ok, plugin: error?.plugin },
    ),
    calls: calls.map(({ text, ...call }) => ({ ...call, stdin: parsed(text) })),
    cache: await cacheIn(path.join(folder, 'cache')),
  }
  return {
    observation: withoutFolder(observation, folder),
    errors: answers.map(({ error }) => error),
    stdinTexts: calls.map(({ text }) => text),
  }
}

async function prepare(
  { files = {}, plugins = ['bin/one', 'bin/two', 'bin/three'], executable = [] }: Case,
  folder: string,
) {
  for (const name of ['conf', 'answers', 'calls', 'bin']) {
    await mkdir(path.join(folder, name), { recursive: true })
  }
  await change(folder, files)
  for (const plugin of plugins) {
    await mkdir(path.dirname(path.join(folder, plugin)), { recursive: true })
    await copyFile(RECORDER, path.join(folder, plugin))
  }
  for (const file of [...plugins, ...executable]) await chmod(path.join(folder, file), 0o755)
}

async function take(
  step: Step,
  folder: string,
  dirs: Pick<Operation, 'binDirs' | 'cacheDir' | 'confDir'>,
  sides: { readonly self: Asked; readonly other: Asked },
): Promise<Answer | undefined> {
  if ('change' in step) {
    await change(folder, step.change)
    return undefined
  }
  const { by = 'self', busy, file, ...request } = step
  const operation = {
    ...dirs,
    conf: CONF,
    ...request,
    ...(file === undefined ? {} : { file: path.join(dirs.confDir, file) }),
  }
  if (busy === undefined) return sides[by](operation)
  const writer = await open(path.join(folder, busy.file), 'r+')
  const asked = sides[by](operation)
  await delay(busy.ms)
  await writer.close()
  return asked
}

async function change(folder: string, files: Readonly<Record<string, string | Uint8Array | null>>) {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    await mkdir(path.dirname(file), { recursive: true })
    if (text === null) await rm(file, { recursive: true })
    else if (typeof text === 'string' && text.startsWith('-> ')) await symlink(text.slice(3), file)
    else await writeFile(file, text)
  }
}

async function callsIn(dir: string): Promise<(Omit<Call, 'stdin'> & { readonly text: string })[]> {
  const numbers = (await readdir(dir)).filter((name) => /^\d+$/.test(name)).map(Number)
  const calls = await Promise.all(
    numbers
      .sort((left, right) => left - right)
      .map(async (number) => {
        const file = path.join(dir, String(number))
        const variables = (await readFile(`${file}.env`, 'utf8')).split('\0')
        return {
          plugin: (await readFile(file, 'utf8')).trim(),
          env: Object.fromEntries(
            variables.filter((variable) => variable.startsWith('CNI_')).map(pairOf),
          ),
          text: await readFile(`${file}.stdin`, 'utf8'),
        }
      }),
  )
  // Ours validates plugins side by side.
  return calls.every(({ env }) => env['CNI_COMMAND'] === 'VERSION')
    ? calls.sort((left, right) => left.plugin.localeCompare(right.plugin))
    : calls
}

function pairOf(variable: string): [string, string] {
  const at = variable.indexOf('=')
  return [variable.slice(0, at), variable.slice(at + 1)]
}

async function cacheIn(dir: string): Promise<Record<string, unknown>> {
  const names = await readdir(dir, { recursive: true }).catch((): string[] => [])
  const entries = await Promise.all(
    names.sort().map(async (name) => {
      const file = path.join(dir, name)
      const status = await stat(file)
      const mode = (status.mode & 0o777).toString(8)
      return [name, status.isDirectory() ? { mode } : { mode, entry: await entryOf(file) }] as const
    }),
  )
  return Object.fromEntries(entries)
}

async function entryOf(file: string): Promise<unknown> {
  const entry = parsed(await readFile(file, 'utf8'))
  if (typeof entry !== 'object' || entry === null || !('config' in entry)) return entry
  const config = Buffer.from(String(entry.config), 'base64').toString()
  return { ...entry, config: parsed(config) }
}

/** Configurations are compared as JSON, and two ways to say "none" are one. */
function withParsedConfigs(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((attachment: unknown) =>
    typeof attachment === 'object' && attachment !== null && 'config' in attachment
      ? {
          ...attachment,
          config: parsed(String(attachment.config)),
          ...('capabilityArgs' in attachment
            ? { capabilityArgs: attachment.capabilityArgs ?? {} }
            : {}),
        }
      : attachment,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // What is no JSON is compared as text.
    return text
  }
}

function withoutFolder(observation: Observation, folder: string): Observation {
  return JSON.parse(JSON.stringify(observation).replaceAll(folder, '<case>')) as Observation
}

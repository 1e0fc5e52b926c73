import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import {
  type PluginExecution,
  type PluginProcessOptions,
  type PluginRunner,
  pluginShells,
} from '../packages/cni/src/index.ts'

/** The command line of a shell that waits for a plugin. */
const KEPT_SHELL = '/bin/sh\0'

/**
 * A folder for plugins that are real processes. Each fault is done to one, and when the testbed ends none of
 * them may be left, not even a zombie; they are known by the environment that they inherit.
 */
export class PluginTestbed {
  readonly dir: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Makes what runs the plugins. */
  makeRunner: (options: PluginProcessOptions) => PluginRunner
  readonly #disposals: Disposable[] = []

  private constructor(dir: string, makeRunner: PluginTestbed['makeRunner']) {
    this.dir = dir
    this.env = { PATH: process.env['PATH'], FAIRLEAD_TEST: path.basename(dir) }
    this.makeRunner = makeRunner
  }

  /** With shells of its own where it is not told what runs the plugins. */
  static async open(makeRunner?: PluginTestbed['makeRunner']): Promise<PluginTestbed> {
    const dir = await mkdtemp(path.join(tmpdir(), 'cni-exec-'))
    const bed: PluginTestbed = new PluginTestbed(
      dir,
      makeRunner ?? ((options) => bed.#shells(options)),
    )
    return bed
  }

  async end(): Promise<void> {
    for (const runner of this.#disposals.splice(0)) runner[Symbol.dispose]()
    expect(this.survivors()).toEqual([])
    // A shell that was closed ends on its own time.
    await expect.poll(zombies).toEqual([])
    await rm(this.dir, { recursive: true })
  }

  /** Writes a plugin, which is a script of sh. */
  async plugin(script: string): Promise<string> {
    const file = path.join(this.dir, 'plugin')
    await writeFile(file, `#!/bin/sh\n${script}\n`)
    await chmod(file, 0o755)
    return file
  }

  /** Runs a plugin to its end. */
  async run(
    file: string,
    execution: Partial<PluginExecution> = {},
    options: PluginProcessOptions = {},
  ) {
    const done = await this.makeRunner(options).run({
      plugin: 'plugin',
      network: 'n',
      verb: 'ADD',
      path: file,
      env: this.env,
      stdin: '{}',
      timeoutMs: 20_000,
      killGraceMs: 2_000,
      signal: undefined,
      ...execution,
    })
    return done.ok
      ? { code: 'ok', stdout: done.value.stdout, stderr: done.value.stderr }
      : { code: done.error.code, message: done.error.message, error: done.error }
  }

  /** Command lines of processes that the test's plugins started. */
  readonly survivors = (): readonly string[] =>
    this.#processes()
      .map((pid) => read(`/proc/${pid}/cmdline`) ?? '')
      // One without a command line is killed already: the kernel has taken its memory.
      .filter((line) => line !== '' && line !== KEPT_SHELL)

  /** Shells of this test that wait for more. */
  readonly keptShells = (): readonly string[] =>
    this.#processes().filter((pid) => read(`/proc/${pid}/cmdline`) === KEPT_SHELL)

  #processes(): readonly string[] {
    const mark = `FAIRLEAD_TEST=${path.basename(this.dir)}`
    return processes().filter((pid) => (read(`/proc/${pid}/environ`) ?? '').includes(mark))
  }

  #shells(options: PluginProcessOptions): PluginRunner {
    const runner = pluginShells(options)
    this.#disposals.push(runner)
    return runner
  }
}

/** What a file holds; undefined where it is not there, or not any more. */
export function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Children of this process that have ended and that nobody has reaped. */
function zombies(): readonly string[] {
  return processes().filter((pid) => {
    const [, state, parent] = /\) (\w) (\d+) /.exec(read(`/proc/${pid}/stat`) ?? '') ?? []
    return state === 'Z' && Number(parent) === process.pid
  })
}

function processes(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

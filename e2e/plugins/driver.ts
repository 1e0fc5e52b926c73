import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Cni, createCni, pluginProcesses, pluginShells } from '../../packages/cni/src/index.ts'

/** What a command came to. */
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** What the test can ask of a {@link file://./node.ts node}: everything here runs inside of it. */
export interface Calls {
  cni(method: keyof Cni, args: readonly unknown[]): Promise<unknown>
  run(argv: readonly string[], netns: string): Promise<Ran>
  listen(netns: string, port: number): Promise<void>
}

/** One line of stdin, and the line of stdout that answers it. */
export interface Request {
  readonly id: number
  readonly call: keyof Calls
  readonly args: readonly unknown[]
}
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly failure?: string
}

const [binDir = '', cacheDir = '', runner = '', pluginPath] = process.argv.slice(2)
const cni = createCni({
  binDirs: [binDir],
  cacheDir,
  timeoutMs: 30_000,
  runner: runner === 'shells' ? pluginShells() : pluginProcesses(),
  env: { ...process.env, PATH: pluginPath ?? process.env['PATH'] },
})
const PEER = fileURLToPath(new URL('peer.ts', import.meta.url))

const calls: Calls = {
  cni: async (method, args) => Reflect.apply(cni[method], cni, args),

  run: async (argv, netns) => {
    const [program = '', ...rest] = inside(netns, argv)
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        resolve({ code, out, err })
      })
    })
  },

  listen: async (netns, port) => {
    const argv = [process.execPath, PEER, 'listen', String(port)]
    const [program = '', ...rest] = inside(netns, argv)
    // Its stdin is the thread it hangs by: it ends when this process does.
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => {
        resolve()
      })
      child.once('exit', () => {
        reject(new Error(`nothing listens on port ${port}`))
      })
    })
  },
}

function inside(netns: string, argv: readonly string[]): readonly string[] {
  return netns === '' ? argv : ['nsenter', `--net=/run/netns/${netns}`, ...argv]
}

async function answer({ id, call, args }: Request): Promise<Answer> {
  try {
    return { id, value: await Reflect.apply(calls[call], calls, args) }
  } catch (error) {
    return { id, failure: String(error) }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
}
// The servers still run, and end with this process.
process.exit()

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock, waitUntil } from '../../ports.ts'
import { succeed } from './behaviour.ts'
import { PluginBinaries } from './plugin-binaries.ts'
import { PluginHost, type Role } from './plugin-host.ts'
import { pluginScript } from './plugin-script.ts'

// What the host makes of plugins that a runtime kills, at every moment of their lives.

let folder: string
let host: PluginHost
let ends: string[]
let faults: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-kills-'))
  await writeFile(path.join(folder, 'conf'), '{"cniVersion":"0.3.1","name":"n","type":"p"}')
  ends = []
  faults = []
})

afterEach(async () => {
  host.releaseAll()
  await host[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function start(role: Role): Promise<void> {
  const script = { kind: 'script', text: pluginScript(path.join(folder, 'host')) } as const
  await PluginBinaries.install(path.join(folder, 'bin'), new Map([['p', script]]))
  host = await PluginHost.start({
    outsideDir: path.join(folder, 'host'),
    roles: new Map([['p', role]]),
    observer: {
      begin: () => {},
      end: ({ containerId }, outcome) => ends.push(`${containerId}: ${outcome}`),
      fault: (message) => faults.push(message),
    },
    clock: systemClock,
  })
}

/** An ADD by the plugin `p`; its stdin is a file, so that it needs nothing of this process. */
function run(containerId: string): ChildProcess {
  const stdin = openSync(path.join(folder, 'conf'), 'r')
  try {
    return spawn(path.join(folder, 'bin', 'p'), {
      env: { ...process.env, CNI_COMMAND: 'ADD', CNI_CONTAINERID: containerId },
      stdio: [stdin, 'ignore', 'inherit'],
    })
  } finally {
    closeSync(stdin)
  }
}

async function until(condition: () => boolean): Promise<void> {
  const options = { clock: systemClock, everyMs: 2, timeoutMs: 4000 }
  if (!(await waitUntil(condition, options))) throw new Error(`not reached; ends: ${ends.join()}`)
}

/** Keeps this process from doing anything else until the condition holds. */
function blockUntil(condition: () => boolean): void {
  const deadlineMs = performance.now() + 4000
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error('not reached while blocking')
  }
}

function hasOpen(pid: number, name: string): boolean {
  const fds = `/proc/${pid}/fd`
  return readdirSync(fds).some((fd) => {
    try {
      return path.basename(readlinkSync(path.join(fds, fd))) === name
    } catch {
      return false // Closed since the folder was read.
    }
  })
}

/** The state letter of proc_pid_stat(5), which follows the name in parentheses. */
function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
}

test('a plugin killed before the host saw it is told as killed, even if it was to be held', async () => {
  await start(async () => succeed())
  host.behave('p', 'ADD', { kind: 'hold' })
  const child = run('c1')
  const { pid = 0 } = child
  // With `reply` open, a plugin does nothing more that it could sleep in but wait for its reply.
  blockUntil(() => hasOpen(pid, 'reply') && stateOf(pid) === 'S')
  process.kill(pid, 'SIGKILL')
  blockUntil(() => stateOf(pid) === 'Z')
  await until(() => ends.length === 1)
  expect(ends).toEqual(['c1: killed'])
  expect(host.runningCount).toBe(0)
  await until(() => readdirSync(path.join(folder, 'host', 'exec')).length === 0)
  expect(faults).toEqual([])
})

test('a plugin killed while its role thinks is told as killed, whatever the role says', async () => {
  await start(
    ({ ended }) =>
      new Promise((resolve) => {
        ended.addEventListener('abort', () => {
          resolve(succeed())
        })
      }),
  )
  const child = run('c1')
  await until(() => host.runningCount === 1)
  child.kill('SIGKILL')
  await until(() => ends.length === 1)
  expect(ends).toEqual(['c1: killed'])
})

test('plugins killed just as they are answered all end, and are no fault', async () => {
  const children = new Map<string, ChildProcess>()
  await start(async ({ containerId }) => {
    children.get(containerId)?.kill('SIGKILL')
    return succeed()
  })
  const count = 50
  for (let index = 0; index < count; index += 1) {
    const child = run(`c${index}`)
    children.set(`c${index}`, child)
    await once(child, 'exit')
  }
  await until(() => ends.length === count)
  expect(faults).toEqual([])
  expect(host.runningCount).toBe(0)
})

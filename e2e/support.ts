import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')

/** The CLI as it is installed. */
export const BIN: string = path.join(ROOT, 'packages', 'fairlead', 'bin', 'fairlead.js')

/** Where runtimes are kept between runs of the tests. */
export const CACHE: string =
  process.env['FAIRLEAD_CACHE'] ?? path.join(ROOT, 'node_modules', '.cache', 'fairlead')

/** A scenario of the tests. */
export function fixture(name: string): string {
  return path.join(ROOT, 'e2e', 'fixtures', `${name}.yaml`)
}

/** Why these tests cannot run here; undefined where they can. In CI they must. */
export const unable: string | undefined = (() => {
  if (process.platform !== 'linux') return 'they take Linux'
  if (process.geteuid?.() !== 0) return 'they take root'
  if (!existsSync('/usr/bin/apt-get')) return "they take Debian's packages"
  return undefined
})()
if (unable !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`The e2e tests cannot run: ${unable}.`)
  process.stderr.write(`\n*** SKIPPED: the e2e tests, since ${unable}. ***\n\n`)
}

/** A CLI that runs as a process of its own. */
export function startFairlead(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env: { ...process.env, FAIRLEAD_CACHE: CACHE, TMPDIR: cwd, ...marked(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    written.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    written.err += chunk.toString()
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, ...written })
    })
  })
  return { child, ended, written }
}

function marked(): NodeJS.ProcessEnv {
  const [name = '', value] = MARK.split('=')
  return { [name]: value }
}

/** Runs the CLI to its end. */
export function fairlead(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  return startFairlead(args, cwd, env).ended
}

/**
 * What a trial must not leave or change. Processes are known by a mark in the environment that they
 * inherit, so that whatever else runs on the machine does not count.
 */
export function machineState() {
  return {
    processes: readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => environment(pid).includes(MARK))
      .map(commandLine),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    folders: FOLDERS.map((folder) => [
      folder,
      ...entries(folder).filter((name) => OURS.test(name)),
    ]),
  }
}

/** Where containerd, its shims and libcni write by default. */
const FOLDERS = [
  '/run',
  '/run/netns',
  '/run/containerd',
  '/opt',
  '/var/lib',
  '/var/lib/cni',
  '/etc/cni',
  '/tmp',
]
const OURS = /cni|containerd|netns|fairlead-r|net\.d/
/** What tells the processes of these tests from all others. */
export const MARK: string = `FAIRLEAD_E2E=${process.pid}-${performance.now()}`

/** Waits for the state of the machine to be `expected` again; what the kernel ends, it ends soon. */
export async function stateAgain(expected: ReturnType<typeof machineState>) {
  const wanted = JSON.stringify(expected)
  for (let tries = 0; tries < 50 && JSON.stringify(machineState()) !== wanted; tries += 1) {
    await delay(100)
  }
  return machineState()
}

/** Waits until `condition` holds, for 60 s at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await condition()) return
    await delay(100)
  }
  throw new Error('not reached within 60 s')
}

/** The environment that a process was started with; empty if it has ended. */
export function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
  } catch {
    // It has ended since it was listed.
    return ''
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

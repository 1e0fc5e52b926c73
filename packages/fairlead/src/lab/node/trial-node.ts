import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { FairleadError } from '../../errors.ts'
import { type Clock, settlesWithin } from '../../ports.ts'
import { NODE_INIT_SCRIPT, NODE_REBOOT_SCRIPT } from './init-script.ts'

/**
 * A node of its own for one trial, in a user namespace where this is not root: its own mount, pid and network namespaces, and `/run`
 * and `/var/lib/cni` on a tmpfs. Nothing that happens in it reaches the machine's files, and all of
 * it ends with the namespaces: when it is disposed of, and also when Fairlead itself is killed,
 * since the kernel then ends the first process in it (PR_SET_PDEATHSIG).
 */
export interface TrialNode extends AsyncDisposable {
  /** Where the lab keeps its own files in it, as the node has it. */
  readonly dir: string
  /** How often it was rebooted: what was started before runs no more. */
  readonly reboots: number
  /** The path by which this process reaches `path` of the node. */
  outside(path: string): string
  /**
   * Starts a process in the node. It ends with the node at the latest. What it prints goes to the
   * descriptor `output`, or else to pipes.
   */
  spawn(
    argv: readonly string[],
    options?: { env?: NodeJS.ProcessEnv; output?: number },
  ): ChildProcess
  /** Runs a process in the node to its end. */
  run(
    argv: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<{ code: number | null; stdout: string; stderr: string }>
  /**
   * What a reboot leaves of a node: every process but the first is killed, `/run` is empty but for
   * {@link NODE_DIR}, and the network namespace is a new one. Files elsewhere stay.
   *
   * @throws {FairleadError} FL_NODE_START when the namespaces cannot be made again.
   */
  reboot(): Promise<void>
}

/** Making namespaces and mounts takes some 20 ms. */
const START_TIMEOUT_MS = 10_000

/** Whether nodes can be made without a user namespace around them. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/** Where the lab keeps its own files in a node, and what has to survive a reboot of it. */
export const NODE_DIR = '/run/fairlead'

/** The programs that {@link startTrialNode} needs; all are in util-linux. */
export const NODE_TOOLS = ['setpriv', 'unshare', 'nsenter', 'mount'] as const

/**
 * Starts a node.
 *
 * @throws {FairleadError} FL_NODE_START when the namespaces or mounts cannot be made.
 */
export async function startTrialNode(clock: Clock): Promise<TrialNode> {
  const init = spawn(
    'setpriv',
    // prettier-ignore
    [
      '--pdeathsig', 'KILL', 'unshare', ...(isRoot() ? [] : ['--user', '--map-root-user']),
      '--mount', '--pid', '--net', '--fork', '--kill-child=KILL', '--mount-proc',
      'sh', '-c', NODE_INIT_SCRIPT,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const { pid } = init
  const stderr = text(init.stderr)
  let isReady = false
  const decided = new Promise<void>((resolve) => {
    init.stdout.once('data', (chunk: Buffer) => {
      isReady = chunk.toString().trim() === 'ready'
      resolve()
    })
    init.once('error', () => {
      resolve()
    })
    init.once('exit', () => {
      resolve()
    })
  })
  await settlesWithin(decided, { clock, timeoutMs: START_TIMEOUT_MS })
  if (pid === undefined || !isReady) {
    init.kill('SIGKILL')
    throw new FairleadError(
      'FL_NODE_START',
      `The trial's namespaces could not be set up: ${(await stderr).trim() || 'no reason given'}`,
      {
        hint: 'It takes CAP_SYS_ADMIN, or a user namespace that gives it, and a kernel with mount, pid and network namespaces, tmpfs and overlayfs.',
      },
    )
  }
  return new NamespacedNode(init, pid, clock)
}

class NamespacedNode implements TrialNode {
  readonly dir = NODE_DIR
  #reboots = 0
  // oxlint-disable-next-line typescript/parameter-properties -- plain fields, erasable syntax
  readonly #init: ChildProcess
  readonly #pid: number
  readonly #clock: Clock
  #net: string

  constructor(init: ChildProcess, pid: number, clock: Clock) {
    this.#init = init
    this.#pid = pid
    this.#clock = clock
    this.#net = `/proc/${pid}/ns/net`
  }

  get reboots(): number {
    return this.#reboots
  }

  outside(path: string): string {
    return `/proc/${this.#pid}/root${path}`
  }

  spawn(
    argv: readonly string[],
    options: { env?: NodeJS.ProcessEnv; output?: number } = {},
  ): ChildProcess {
    const output = options.output ?? 'pipe'
    const proc = `/proc/${this.#pid}/ns`
    return spawn(
      'nsenter',
      // unshare itself stays in the old pid namespace; its children are in the new one.
      [
        // The user is root there already, and may not change its groups.
        ...(isRoot() ? [] : [`--user=${proc}/user`, '--preserve-credentials']),
        `--mount=${proc}/mnt`,
        `--net=${this.#net}`,
        `--pid=${proc}/pid_for_children`,
        '--',
        ...argv,
      ],
      { stdio: ['ignore', output, output], env: { ...process.env, ...options.env }, cwd: '/' },
    )
  }

  async run(
    argv: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = this.spawn(['timeout', '--signal=KILL', `${options.timeoutMs / 1000}`, ...argv])
    const kill = () => child.kill('SIGKILL')
    options.signal?.addEventListener('abort', kill, { once: true })
    try {
      const exit = once(child, 'close')
      const { stdout, stderr } = child
      const [out, err] = await Promise.all([
        stdout === null ? '' : text(stdout),
        stderr === null ? '' : text(stderr),
        exit,
      ])
      return { code: child.exitCode, stdout: out, stderr: err }
    } finally {
      options.signal?.removeEventListener('abort', kill)
    }
  }

  async reboot(): Promise<void> {
    this.#reboots += 1
    const child = this.spawn(['sh', '-c', NODE_REBOOT_SCRIPT])
    const [stdout, stderr] = [child.stdout, child.stderr].map((stream) =>
      stream === null ? Promise.resolve('') : text(stream),
    )
    const ended = once(child, 'close')
    const inTime = await settlesWithin(ended, { clock: this.#clock, timeoutMs: START_TIMEOUT_MS })
    if (!inTime || child.exitCode !== 0) {
      child.kill('SIGKILL')
      const why = inTime ? (await stderr)?.trim() : `nothing within ${START_TIMEOUT_MS / 1000} s`
      throw new FairleadError('FL_NODE_START', `The trial's node did not reboot: ${why}`)
    }
    this.#net = this.outside(((await stdout) ?? '').trim())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#init.exitCode !== null || this.#init.signalCode !== null) return
    const ended = once(this.#init, 'exit')
    // `unshare` takes the node's first process with it, and that one every other process.
    this.#init.kill('SIGKILL')
    await ended
  }
}

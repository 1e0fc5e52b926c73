import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { connectCri, type CriClient } from '@fairlead/cri'
import { startTrialNode, type TrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import type { ContainerdInstall } from '../../packages/fairlead/src/lab/runtimes/install.ts'
import { prepareRuntime } from '../../packages/fairlead/src/lab/runtimes/prepare.ts'
import type {
  PreparedRuntime,
  RunningRuntime,
} from '../../packages/fairlead/src/lab/runtimes/running-runtime.ts'
import { systemClock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { debianContainerd } from '../debian.ts'
import type { ConfigCase } from './config-cases.ts'
import { LintedFolders } from './folders.ts'
import { type Seen, seenIn } from './seen.ts'

/** What a start came to. */
type Started = 'runs' | 'runs-without-cri' | 'does-not-start'

const CALL_MS = 20_000
const CONFIG_PATH = '/run/fairlead/containerd.toml'

/** A containerd in a node of its own, whose conf dir changes from case to case. */
export class LintedContainerd implements AsyncDisposable {
  readonly install: ContainerdInstall
  readonly node: TrialNode
  /** As this process reaches them. */
  readonly folders: LintedFolders
  readonly #prepared: PreparedRuntime
  readonly #logDir: string
  readonly #abort = new AbortController()
  #running: RunningRuntime | undefined
  #cri: CriClient | undefined
  #kicks = 0
  #starts = 0

  constructor(
    install: ContainerdInstall,
    node: TrialNode,
    prepared: PreparedRuntime,
    logDir: string,
  ) {
    this.install = install
    this.node = node
    this.#prepared = prepared
    this.folders = new LintedFolders(prepared.confDir.outside, prepared.binDir.outside)
    this.#logDir = logDir
  }

  /** Fetched from Debian where it is not in the cache; not started yet. */
  static async of(suite: string): Promise<LintedContainerd> {
    const install = await debianContainerd(suite)
    const node = await startTrialNode(systemClock)
    const prepared = await prepareRuntime(install, node)
    const logDir = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const linted = new LintedContainerd(install, node, prepared, logDir)
    await linted.folders.putBinaries({})
    return linted
  }

  /** The version of Debian's package, which says more than that of the program. */
  async packageVersion(): Promise<string> {
    const changes = path.join(path.dirname(this.install.containerd), '../share/doc/containerd')
    const packed = await readFile(path.join(changes, 'changelog.Debian.gz'))
    const version = /^containerd \((\S+)\)/.exec(gunzipSync(packed).toString())?.[1]
    if (version === undefined) throw new Error(`${this.install.name} has no version`)
    return version
  }

  get socketPath(): string {
    return this.#prepared.socket.outside
  }

  /** The config that the next start reads. */
  async configure(toml: string): Promise<void> {
    await writeFile(this.node.outside(CONFIG_PATH), toml)
  }

  async config(): Promise<string> {
    return readFile(this.node.outside(CONFIG_PATH), 'utf8')
  }

  /** Starts it. Rejects where it does not serve CRI. */
  async start(): Promise<void> {
    this.#starts += 1
    const { signal } = this.#abort
    this.#running = this.#prepared.start({ logFile: this.logFile, clock: systemClock, signal })
    this.#cri = connectCri(this.socketPath)
    await this.#running.serving
  }

  /** Starts it with a config, and says what came of it. Stop it afterwards. */
  async startsWith({ version, head = '', toml, files = {} }: ConfigCase): Promise<Started> {
    await rm(this.node.outside('/run/fairlead/drop'), { recursive: true, force: true })
    for (const [name, text] of Object.entries(files)) {
      const file = this.node.outside(`/run/fairlead/${name}`)
      await mkdir(path.dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    await this.configure(
      `${version === undefined ? '' : `version = ${version}\n`}${head}
root = "/run/fairlead/containerd/root"
state = "/run/containerd"
[grpc]
address = "/run/containerd/containerd.sock"
[debug]
level = "debug"
${toml}`,
    )
    const started = this.start().then(
      () => 'runs' as const,
      () => 'does-not-start' as const,
    )
    return Promise.race([started, this.#servesNoCri()])
  }

  /** Settles only if it is up, and has no CRI. */
  async #servesNoCri(): Promise<'runs-without-cri'> {
    const running = this.#running
    const isUp = async () =>
      running !== this.#running || (await this.log()).includes('containerd successfully booted')
    await waitUntil(isUp, { clock: systemClock, everyMs: 10, timeoutMs: CALL_MS })
    const answer = await this.#cri?.version({ timeoutMs: CALL_MS })
    if (answer?.ok === false && answer.error.message.includes('unknown service')) {
      return 'runs-without-cri'
    }
    return new Promise(() => {
      // It is another's to say what it does.
    })
  }

  async stop(): Promise<void> {
    this.#cri?.[Symbol.dispose]()
    await this.#running?.stop()
    this.#running = undefined
  }

  get logFile(): string {
    return path.join(this.#logDir, `containerd-${this.#starts}.log`)
  }

  async log(): Promise<string> {
    return readFile(this.logFile, 'utf8')
  }

  /** The last line of its log that tells of trouble. */
  async lastError(): Promise<string | undefined> {
    const lines = (await this.log()).split('\n')
    return lines.findLast((line) => /level=(?:error|fatal)|^containerd: /.test(line))
  }

  /** Whether it ends within the time. */
  async endsWithin(timeoutMs: number): Promise<boolean> {
    const ended = this.#running?.exited.then(() => true)
    const tooLate = systemClock.sleep(timeoutMs).then(() => false)
    return (await Promise.race([ended, tooLate])) ?? true
  }

  /** Runs a line of sh in its node. */
  async runs(line: string): Promise<void> {
    const { code, stderr } = await this.node.run(['sh', '-c', line], { timeoutMs: CALL_MS })
    if (code !== 0) throw new Error(`${line}: ${stderr}`)
  }

  /**
   * Has it read the folder again, and waits until it has. A file that is made and removed is one reload;
   * that of the first is over when the second is told of. Resolves to how many reloads that were.
   */
  async reload(): Promise<number> {
    for (let times = 0; times < 2; times += 1) {
      this.#kicks += 1
      const kick = `kick-${this.#kicks}.`
      await writeFile(path.join(this.folders.confDir, kick), '')
      await rm(path.join(this.folders.confDir, kick))
      await this.#hasSeen(kick)
    }
    return 2
  }

  /** What has been loaded since the first start of this containerd; see {@link reload}. */
  async loads(): Promise<number> {
    return [...(await this.log()).matchAll(/receiving change event/g)].length
  }

  async status(timeoutMs: number = CALL_MS): Promise<Seen | 'silent'> {
    if (this.#cri === undefined) throw new Error('it was not started')
    const answer = await this.#cri.status({ verbose: true }, { timeoutMs })
    if (!answer.ok) {
      if (answer.error.reason === 'deadline') return 'silent'
      throw answer.error
    }
    return seenIn(answer.value)
  }

  /** Why a pod cannot start; undefined if it can. */
  async podFailure(): Promise<string | undefined> {
    if (this.#cri === undefined) throw new Error('it was not started')
    this.#kicks += 1
    const name = `pod-${this.#kicks}`
    const made = await this.#cri.runPodSandbox(
      {
        metadata: { name, uid: name, namespace: 'default', attempt: 0 },
        hostname: name,
        logDirectory: '/run/fairlead/tmp',
        linux: {},
      },
      { timeoutMs: CALL_MS },
    )
    if (!made.ok) return made.error.message
    await this.#cri.stopPodSandbox(made.value, { timeoutMs: CALL_MS })
    await this.#cri.removePodSandbox(made.value, { timeoutMs: CALL_MS })
    return undefined
  }

  async #hasSeen(name: string): Promise<void> {
    const isLogged = async () =>
      (await this.log())
        .split('\n')
        .some((line) => line.includes('receiving change event') && line.includes(name))
    if (await waitUntil(isLogged, { clock: systemClock, everyMs: 2, timeoutMs: CALL_MS })) return
    throw new Error(`${this.install.name} has not logged a change of ${name}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    this.folders[Symbol.dispose]()
    this.#cri?.[Symbol.dispose]()
    await this.node[Symbol.asyncDispose]()
    await rm(this.#logDir, { recursive: true })
  }
}

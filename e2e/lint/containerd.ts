import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
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
import { jsonOrUndefined } from '../../packages/fairlead/src/json.ts'
import {
  tableAt,
  tableOf,
  textsOf,
} from '../../packages/fairlead/src/lint/containerd-config/table.ts'
import { systemClock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { debianContainerd } from '../debian.ts'
import type { BinaryContent, Content } from './cases.ts'
import type { ConfigCase } from './config-cases.ts'

/** What a containerd says of its networks. */
export interface Seen {
  readonly networkReady: boolean
  readonly message: string
  readonly lastLoad: string
  /** Without containerd's own loopback. */
  readonly networks: readonly {
    readonly name: string
    readonly cniVersion: string
    readonly ifName: string
    readonly plugins: readonly string[]
  }[]
  readonly confDir: string
  readonly binDirs: readonly string[]
  readonly maxConfNum: number
}

/** What a start came to. */
type Started = 'runs' | 'runs-without-cri' | 'does-not-start'

const CALL_MS = 20_000
const CONFIG_PATH = '/run/fairlead/containerd.toml'

/** A plugin that answers as one does; what it is called decides what it says. */
const PLUGIN = `#!/bin/sh
stdin=$(cat)
version=$(printf %s "$stdin" | sed -n 's/.*"cniVersion": *"\\([^"]*\\)".*/\\1/p')
case $CNI_COMMAND,\${0##*/} in
  VERSION,old) echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}' ;;
  VERSION,*) echo '{"cniVersion":"1.1.0","supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}' ;;
  STATUS,not-ready) echo '{"cniVersion":"1.1.0","code":50,"msg":"not ready here"}'; exit 1 ;;
  STATUS,old) echo '{"cniVersion":"1.1.0","code":1,"msg":"incompatible CNI versions"}'; exit 1 ;;
  ADD,*) printf '{"cniVersion":"%s","interfaces":[{"name":"%s","sandbox":"%s"}],"ips":[{"version":"4","address":"10.1.0.2/24","interface":0}]}' "$version" "$CNI_IFNAME" "$CNI_NETNS" ;;
esac
`

/** A containerd in a node of its own, whose conf dir changes from case to case. */
export class LintedContainerd implements AsyncDisposable {
  readonly install: ContainerdInstall
  readonly node: TrialNode
  readonly #prepared: PreparedRuntime
  readonly #logDir: string
  readonly #abort = new AbortController()
  #running: RunningRuntime | undefined
  #cri: CriClient | undefined
  readonly #servers: Server[] = []
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
    this.#logDir = logDir
  }

  /** Fetched from Debian where it is not in the cache; not started yet. */
  static async of(suite: string): Promise<LintedContainerd> {
    const install = await debianContainerd(suite)
    const node = await startTrialNode(systemClock)
    const prepared = await prepareRuntime(install, node)
    const logDir = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const linted = new LintedContainerd(install, node, prepared, logDir)
    await linted.putBinaries({})
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

  /** As this process reaches it. */
  get confDir(): string {
    return this.#prepared.confDir.outside
  }

  get binDir(): string {
    return this.#prepared.binDir.outside
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

  /** Empties the conf dir and puts these files into it. */
  async replaceFiles(files: Readonly<Record<string, Content>>): Promise<void> {
    // A socket that somebody listens on keeps its folder from being gone.
    for (const server of this.#servers.splice(0))
      await new Promise((resolve) => server.close(resolve))
    for (const name of await readdir(this.confDir)) {
      await rm(path.join(this.confDir, name), { recursive: true })
    }
    await this.put(files)
  }

  /** Fills the bin dir with plugins that work, but for those that are given. */
  async putBinaries(others: Readonly<Record<string, BinaryContent>>): Promise<void> {
    await rm(this.binDir, { recursive: true })
    await mkdir(this.binDir)
    for (const name of ['good', 'other', 'not-ready', 'old', 'loopback']) {
      await writeFile(path.join(this.binDir, name), PLUGIN, { mode: 0o755 })
    }
    for (const [name, content] of Object.entries(others)) {
      const file = path.join(this.binDir, name)
      await rm(file, { force: true })
      if (content === 'none') continue
      await writeFile(file, content.bytes ?? PLUGIN, { mode: content.mode ?? 0o755 })
    }
  }

  /** Puts files into the conf dir. */
  async put(files: Readonly<Record<string, Content>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) await this.#put(name, content)
  }

  /**
   * Has it read the folder again, and waits until it has. A file that is made and removed is one reload;
   * that of the first is over when the second is told of. Resolves to how many reloads that were.
   */
  async reload(): Promise<number> {
    for (let times = 0; times < 2; times += 1) {
      this.#kicks += 1
      const kick = `kick-${this.#kicks}.`
      await writeFile(path.join(this.confDir, kick), '')
      await rm(path.join(this.confDir, kick))
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
    const { status, info } = answer.value
    const condition = status?.conditions.find(({ type }) => type === 'NetworkReady')
    const cni = tableOf(jsonOrUndefined(info['cniconfig']))
    return {
      networkReady: condition?.status === true,
      message: condition?.message ?? '',
      // Plain text, unlike the others.
      lastLoad: info['lastCNILoadStatus'] ?? '',
      networks: listOf(cni['Networks'])
        .map(networkOf)
        .filter(({ ifName }) => ifName !== 'lo'),
      confDir: String(cni['PluginConfDir']),
      binDirs: textsOf(cni['PluginDirs']),
      maxConfNum: Number(cni['PluginMaxConfNum']),
    }
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

  async #put(name: string, content: Content): Promise<void> {
    const file = path.join(this.confDir, name)
    await mkdir(path.dirname(file), { recursive: true })
    if (typeof content === 'string') return writeFile(file, content)
    if ('json' in content) return writeFile(file, JSON.stringify(content.json))
    if ('bytes' in content) return writeFile(file, content.bytes)
    if ('linkTo' in content) return symlink(content.linkTo, file)
    if (content.is === 'folder') {
      await mkdir(file, { recursive: true })
      return
    }
    // By a link: the path of a socket has 108 bytes at most.
    const short = await mkdtemp(path.join(tmpdir(), 'fl-'))
    await symlink(path.dirname(file), path.join(short, 'd'))
    const server = createServer()
    this.#servers.push(server)
    const listening = once(server, 'listening')
    server.listen(path.join(short, 'd', path.basename(file)))
    await listening
    await rm(short, { recursive: true })
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
    for (const server of this.#servers) server.close()
    this.#cri?.[Symbol.dispose]()
    await this.node[Symbol.asyncDispose]()
    await rm(this.#logDir, { recursive: true })
  }
}

/** An entry of `cniconfig.Networks`. */
function networkOf(entry: unknown): Seen['networks'][number] {
  const { IFName: ifName, Config: config } = tableOf(entry)
  const { Name: name, CNIVersion: cniVersion, Plugins: plugins } = tableOf(config)
  return {
    name: String(name),
    cniVersion: String(cniVersion),
    ifName: String(ifName),
    plugins: listOf(plugins).map((plugin) => String(tableAt(tableOf(plugin), 'Network')['type'])),
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

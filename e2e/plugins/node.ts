import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Cni } from '../../packages/cni/src/index.ts'
import type { Answer, Calls, Ran } from './driver.ts'

const DRIVER = fileURLToPath(new URL('driver.ts', import.meta.url))
const PEER = fileURLToPath(new URL('peer.ts', import.meta.url))

/** Where everything that plugins and runtimes keep goes; in memory, and the node's own. */
export const IPAM_DIR = '/run/e2e/ipam'
export const TUNING_DIR = '/run/e2e/tuning'
export const CACHE_DIR = '/run/e2e/cache'

const TOOLS_DIR = '/run/e2e/bin'

/** The node's way out, and the other machine on that wire. */
export const UPLINK = 'uplink'
export const NODE_ADDRESS = '10.9.9.2'
export const NEIGHBOUR = { netns: 'neighbour', address: '10.9.9.1' } as const

/**
 * What a node is before any plugin ran. `/run` and `/var/lib`, the defaults of all plugins, are its
 * own; forwarding is on, as on any node, so that no plugin has to turn it on.
 */
const SETUP = `
  set -e
  mount -t tmpfs run /run
  mount -t tmpfs lib /var/lib
  mkdir -p /run/netns ${TOOLS_DIR}
  mount --bind --make-private /run/netns /run/netns
  sysctl() { echo "$2" >/proc/sys/net/$1; }
  sysctl ipv4/ip_forward 1
  sysctl ipv6/conf/all/forwarding 1
  sysctl ipv6/conf/default/accept_dad 0
  ip link set lo up
  ip netns add ${NEIGHBOUR.netns}
  ip link add ${UPLINK} type veth peer name eth0 netns ${NEIGHBOUR.netns}
  ip addr add ${NODE_ADDRESS}/24 dev ${UPLINK}
  ip link set ${UPLINK} up
  ip -n ${NEIGHBOUR.netns} addr add ${NEIGHBOUR.address}/24 dev eth0
  ip -n ${NEIGHBOUR.netns} link set lo up
  ip -n ${NEIGHBOUR.netns} link set eth0 up
`

/** How plugins are run on a node. */
export interface NodeOptions {
  readonly binDir: string
  /** `pluginProcesses()` or `pluginShells()`. Default: the first. */
  readonly runner?: 'processes' | 'shells'
  /** The only programs that the plugins find. Default: all of the machine's. */
  readonly tools?: readonly string[]
}

/** A node of a test's own: network and mount namespaces that go when it ends, or is killed. */
export class Node {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #lastId = 0
  /** `createCni` as it is inside of the node; errors come as plain objects. */
  readonly cni: Cni

  private constructor({ binDir, runner = 'processes', tools = [] }: NodeOptions) {
    const path = tools.length === 0 ? [] : [TOOLS_DIR]
    const driver = [process.execPath, DRIVER, binDir, CACHE_DIR, runner, ...path]
    this.#child = spawn('unshare', ['--net', '--mount', ...driver], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer
      this.#waiting.get(answer.id)?.(answer)
    })
    this.#child.once('exit', (code) => {
      for (const [id, settle] of this.#waiting) {
        settle({ id, failure: `the node ended with code ${String(code)}` })
      }
    })
    this.cni = remoteCni((method, args) => this.#call('cni', method, args))
  }

  static async start(options: NodeOptions): Promise<Node> {
    const node = new Node(options)
    await node.sh(SETUP)
    for (const tool of options.tools ?? [])
      await node.sh(`ln -s "$(command -v ${tool})" ${TOOLS_DIR}/${tool}`)
    return node
  }

  /** Ends it, and all that runs and is on it. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    await ended
  }

  /** A container's network namespace: nothing in it but `lo`, which is down. */
  async addContainer(name: string): Promise<string> {
    // An interface that was up once has another qdisc than one that never was.
    await this.sh(
      `ip netns add ${name} && ip -n ${name} link set lo up && ip -n ${name} link set lo down`,
    )
    // Duplicate address detection takes a second in which an address cannot be used.
    await this.sh('echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad', name)
    return `/run/netns/${name}`
  }

  async run(argv: readonly string[], netns = ''): Promise<Ran> {
    return this.#call('run', argv, netns)
  }

  /** Runs a script that has to succeed; resolves to what it wrote. */
  async sh(script: string, netns = ''): Promise<string> {
    const { code, out, err } = await this.run(['sh', '-c', script], netns)
    if (code !== 0) throw new Error(`${script}: ${err}${out}`)
    return out
  }

  /** Whether `address` answers. */
  async pings(netns: string, address: string): Promise<boolean> {
    return (await this.run(['ping', '-c1', '-W2', address], netns)).code === 0
  }

  /** Asks a server of {@link listen} as whom it sees its client; an error where none answers. */
  async ask(netns: string, host: string, port: number): Promise<string> {
    const { out, err } = await this.run([process.execPath, PEER, 'ask', host, String(port)], netns)
    return err === '' ? out : `error: ${err.trim()}`
  }

  /** Starts a TCP server in a container. It tells each client the address it is seen under. */
  async listen(netns: string, port: number): Promise<void> {
    await this.#call('listen', netns, port)
  }

  async #call<K extends keyof Calls>(
    call: K,
    ...args: Parameters<Calls[K]>
  ): Promise<Awaited<ReturnType<Calls[K]>>> {
    this.#lastId += 1
    const id = this.#lastId
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.#child.stdin.write(`${JSON.stringify({ id, call, args })}\n`)
    const { value, failure } = await answered
    this.#waiting.delete(id)
    if (failure !== undefined) throw new Error(failure)
    return value as Awaited<ReturnType<Calls[K]>>
  }
}

function remoteCni(call: (method: keyof Cni, args: readonly unknown[]) => Promise<unknown>): Cni {
  return new Proxy({} as Cni, {
    get:
      (_target, method) =>
      (...args: unknown[]) =>
        call(method as keyof Cni, args),
  })
}

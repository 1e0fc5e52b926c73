import { expect, test } from 'vitest'
import { agentConfigSchema, type WatchdogPolicy } from './config.ts'
import type { Repaired } from './memory.ts'
import type { PluginProcess } from '../plugin-processes.ts'
import type { Look } from './runtime-watch.ts'
import { createWatchdog, type WatchdogWorld } from './watchdog.ts'

const READY: Look = { kind: 'answered', ready: true, reason: '' }

test('a plugin that Status hangs behind is ended once the evidence is kept, and Status told ready again', async () => {
  const node = new Node()
  node.plugin = plugin(30_000)
  await node.run(20_000)
  expect(node.done).toEqual(['evidence', 'repair end-plugins', 'end bridge'])
  expect(node.watchdog.state().kind).toBe('ready')
  expect(node.watchdog.repairs()).toEqual([
    {
      at: '1970-01-01T00:00:13.000Z',
      kind: 'end-plugins',
      why: 'Status has been silent for 13 s behind a plugin that hangs: bridge ADD (pid 1, 43 s, sandbox abc)',
    },
  ])
})

// Was: a disk that was full kept the agent from any repair.
test('where nothing can be written down, the repair is made all the same, and that is told', async () => {
  const full = () => Promise.reject(new Error('ENOSPC'))
  const memory = { read: async () => [], write: full }
  const node = new Node({ keepEvidence: full, memory }, { actionsAtMost: 1 })
  node.plugin = plugin(30_000)
  await node.run(20_000)
  expect(node.done).toEqual(['repair end-plugins', 'end bridge'])
  expect(node.problems).toEqual([
    'no evidence could be kept: ENOSPC',
    'an agent that starts again will not know of it: ENOSPC',
  ])
  // It counts in this run.
  node.plugin = plugin(30_000)
  await node.run(40_000)
  expect(node.done.at(-1)).toBe('repair report')
})

test('what is only told is told once for each silence', async () => {
  const node = new Node()
  node.isDeadlocked = true
  await node.run(120_000)
  expect(node.done).toEqual(['evidence', 'repair report'])
  node.isDeadlocked = false
  await node.run(130_000)
  node.isDeadlocked = true
  await node.run(200_000)
  expect(node.done).toEqual(['evidence', 'repair report', 'evidence', 'repair report'])
})

test('by policy the runtime is restarted, and looked at again when that is done', async () => {
  const node = new Node({}, { deadlock: 'restart', bootGrace: 0 })
  node.isDeadlocked = true
  await node.run(60_000)
  expect(node.done).toEqual(['evidence', 'repair restart', 'restart'])
  expect(node.watchdog.state().kind).toBe('ready')
})

// Was: whoever restarted an agent gave it all its repairs again.
test('repairs of an earlier run count', async () => {
  const node = new Node({}, { actionsAtMost: 2 })
  for (let run = 0; run < 4; run += 1) {
    node.plugin = plugin(30_000 - node.nowMs)
    await node.run(node.nowMs + 20_000)
    node.plugin = undefined
    node.restart()
  }
  expect(node.done.filter((one) => one === 'end bridge')).toHaveLength(2)
})

test('while the restart of an earlier run may go on, nothing is done', async () => {
  const policy = { deadlock: 'restart', bootGrace: 0 } as const
  const node = new Node({ restart: () => new Promise(() => {}) }, policy)
  node.isDeadlocked = true
  void node.run(60_000)
  await expect.poll(() => node.done).toEqual(['evidence', 'repair restart'])
  node.restart()
  await node.run(node.nowMs + 59_000)
  expect(node.done).toEqual(['evidence', 'repair restart'])
})

// A disk that is full fails; one that hangs does not even do that.
test('evidence that takes for ever is not waited for', async () => {
  const node = new Node({ keepEvidence: () => new Promise(() => {}) })
  node.plugin = plugin(30_000)
  await node.run(60_000)
  expect(node.done).toEqual(['repair end-plugins', 'end bridge'])
  expect(node.problems).toEqual(['no evidence could be kept: it has taken longer than 20 s'])
})

/** A node whose Status is silent behind a plugin of 12 s and more, or for itself. */
class Node {
  nowMs = 0
  plugin: PluginProcess | undefined
  isDeadlocked = false
  repaired: readonly Repaired[] = []
  readonly done: string[] = []
  /** What the agent could not write down, as it tells it. */
  problems: readonly string[] = []
  watchdog
  readonly #more: Partial<WatchdogWorld>
  readonly #policy: Partial<WatchdogPolicy>
  readonly #untilMs: AbortController[] = []
  #endMs = 0
  #silentSinceMs: number | undefined

  constructor(more: Partial<WatchdogWorld> = {}, policy: Partial<WatchdogPolicy> = {}) {
    this.#more = more
    this.#policy = policy
    this.watchdog = this.#start()
  }

  /** As after a kill -9. */
  restart(): void {
    this.watchdog = this.#start()
  }

  #start() {
    const { watchdog } = agentConfigSchema.parse({ sourceDirs: ['/a'], confDir: '/b' })
    const world = { ...this.#world(), ...this.#more }
    return createWatchdog(world, { ...watchdog, ...this.#policy })
  }

  async run(endMs: number): Promise<void> {
    const ends = new AbortController()
    this.#untilMs.push(ends)
    this.#endMs = endMs
    await this.watchdog.run(ends.signal)
  }

  #world(): WatchdogWorld {
    return {
      look: async () => {
        if (this.plugin === undefined && !this.isDeadlocked) {
          this.#silentSinceMs = undefined
          return READY
        }
        const sinceMs = (this.#silentSinceMs ??= this.nowMs)
        this.nowMs += 3_000
        return { kind: 'silent', sinceMs, lists: true }
      },
      plugins: async () =>
        this.plugin === undefined
          ? []
          : [{ ...this.plugin, ageMs: this.plugin.ageMs + this.nowMs }],
      keepEvidence: async () => {
        this.done.push('evidence')
        return '/evidence/1'
      },
      endPlugins: async (plugins) => {
        this.done.push(...plugins.map((one) => `end ${one.plugin}`))
        this.plugin = undefined
      },
      restart: async () => {
        this.done.push('restart')
        this.isDeadlocked = false
      },
      memory: {
        read: async () => this.repaired,
        write: async (repaired) => {
          this.repaired = repaired
        },
      },
      clock: {
        now: () => this.nowMs,
        sleep: async (ms, signal) => {
          // Whatever else can go on goes on first.
          await new Promise((resolve) => void setImmediate(resolve))
          signal?.throwIfAborted()
          this.nowMs += ms
          if (this.nowMs >= this.#endMs) this.#untilMs.at(-1)?.abort()
        },
      },
      date: () => new Date(this.nowMs),
      onEvent: (event) => {
        if (event.type !== 'repair') return
        this.done.push(`repair ${event.repair.kind}`)
        this.problems = event.problems
      },
    }
  }
}

function plugin(ageMs: number): PluginProcess {
  const process = { pid: 1, startTick: 1 }
  return { process, plugin: 'bridge', verb: 'ADD', containerId: 'abc', ageMs }
}

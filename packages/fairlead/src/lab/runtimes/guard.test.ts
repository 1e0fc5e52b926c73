import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../ports.ts'
import { useThisMachine } from '../node/this-machine.ts'
import type { TrialNode } from '../node/trial-node.ts'
import { withAgent } from './guard.ts'
import type { PreparedRuntime, RunningRuntime } from './running-runtime.ts'

const FOLDER = { outside: '', inside: '' }
const RUNNING: RunningRuntime = {
  serving: Promise.resolve(),
  exited: new Promise(() => {}),
  stop: async () => {},
  kill: async () => {},
  dump: async () => {},
}

test('an agent lives through a start and an upgrade of its runtime, and is another one after a reboot', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-guard-'))
  await mkdir(path.join(dir, 'run/fairlead'), { recursive: true })
  await using machine = await useThisMachine()
  const agents: ChildProcess[] = []
  let reboots = 0
  const node: TrialNode = {
    ...machine,
    get reboots() {
      return reboots
    },
    outside: (file) => path.join(dir, file),
    spawn: () => {
      const agent = spawn('sleep', ['60'])
      agents.push(agent)
      return agent
    },
  }
  const prepared: PreparedRuntime = {
    confDir: FOLDER,
    binDir: FOLDER,
    socket: FOLDER,
    start: () => RUNNING,
  }
  const prepare = () =>
    withAgent(prepared, node, { sourceDir: '/src', binDir: '/bin', socketPath: '/cri.sock' })
  const options = {
    logFile: path.join(dir, 'runtime.log'),
    clock: systemClock,
    signal: new AbortController().signal,
  }
  const runtime = await prepare()
  runtime.start(options)
  runtime.start(options)
  const upgraded = await prepare()
  upgraded.start(options)
  expect(agents.length).toBe(1)
  // That the agent of before has ended is told later.
  reboots += 1
  upgraded.start(options)
  expect(agents.length).toBe(2)
  for (const agent of agents) agent.kill('SIGKILL')
  await rm(dir, { recursive: true })
})

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock, waitUntil } from '../../ports.ts'
import { succeed } from './behaviour.ts'
import { PluginBinaries } from './plugin-binaries.ts'
import { PluginHost, type Role } from './plugin-host.ts'
import { pluginScript } from './plugin-script.ts'
import { endpointRole } from './roles.ts'

const CONF = JSON.stringify({ cniVersion: '0.3.1', name: 'n', type: 'cilium-cni' })

let folder: string
let host: PluginHost
let seen: string[]
let faults: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-plugins-'))
  seen = []
  faults = []
})

afterEach(async () => {
  host.releaseAll()
  await host[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

async function start(roles: Record<string, Role>, clock = systemClock): Promise<void> {
  const script = { kind: 'script', text: pluginScript(path.join(folder, 'host')) } as const
  const sources = new Map(Object.keys(roles).map((type) => [type, script]))
  await PluginBinaries.install(path.join(folder, 'bin'), sources)
  host = await PluginHost.start({
    outsideDir: path.join(folder, 'host'),
    roles: new Map(Object.entries(roles)),
    observer: {
      begin: ({ plugin, verb, containerId }) => seen.push(`begin ${plugin} ${verb} ${containerId}`),
      end: ({ plugin, verb, containerId }, outcome) =>
        seen.push(`end ${plugin} ${verb} ${containerId}: ${outcome}`),
      fault: (message) => faults.push(message),
    },
    clock,
  })
}

/** Runs a plugin as a runtime does. */
function run(plugin: string, verb: string, containerId = 'c1') {
  const child = spawn(path.join(folder, 'bin', plugin), {
    env: {
      ...process.env,
      CNI_COMMAND: verb,
      CNI_CONTAINERID: containerId,
      CNI_NETNS: '/run/netns/1',
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'K8S_POD_NAME=pod-1',
      CNI_PATH: path.join(folder, 'bin'),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(CONF)
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => {
      resolve({ code, signal })
    })
  })
  return {
    child,
    result: Promise.all([ended, text(child.stdout)]).then(([end, stdout]) => ({ ...end, stdout })),
  }
}

async function until(condition: () => boolean): Promise<void> {
  const options = { clock: systemClock, everyMs: 2, timeoutMs: 10_000 }
  if (!(await waitUntil(condition, options))) throw new Error(`not reached; seen: ${seen.join()}`)
}

test('a plugin answers as its role does, and both its begin and its end are told', async () => {
  await start({ 'cilium-cni': endpointRole() })
  const { code, stdout } = await run('cilium-cni', 'ADD').result
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    cniVersion: '0.3.1',
    interfaces: [{ name: 'eth0', sandbox: '/run/netns/1' }],
    ips: [{ version: '4', interface: 0, address: '10.0.0.2/16' }],
  })
  await until(() => seen.length === 2)
  expect(seen).toEqual(['begin cilium-cni ADD c1', 'end cilium-cni ADD c1: succeeded'])
})

test('a plugin told to fail prints the error object of the spec and exits with 1', async () => {
  await start({ 'cilium-cni': endpointRole() })
  host.behave('cilium-cni', 'ADD', { kind: 'fail', code: 11, msg: 'try again later' })
  const { code, stdout } = await run('cilium-cni', 'ADD').result
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toEqual({ cniVersion: '0.3.1', code: 11, msg: 'try again later' })
})

test('a plugin told to crash dies by a signal, one told to print garbage exits with 0', async () => {
  await start({ 'cilium-cni': endpointRole() })
  host.behave('cilium-cni', 'ADD', { kind: 'crash' })
  host.behave('cilium-cni', 'DEL', { kind: 'garbage' })
  expect(await run('cilium-cni', 'ADD').result).toMatchObject({ signal: 'SIGSEGV', stdout: '' })
  const garbage = await run('cilium-cni', 'DEL').result
  expect(garbage.code).toBe(0)
  expect(() => JSON.parse(garbage.stdout)).toThrow(SyntaxError)
})

test('held plugins wait until they are released, the oldest first', async () => {
  await start({ 'cilium-cni': endpointRole() })
  host.behave('cilium-cni', 'ADD', { kind: 'hold' })
  const first = run('cilium-cni', 'ADD', 'first')
  await until(() => host.running('cilium-cni', 'ADD') === 1)
  const second = run('cilium-cni', 'ADD', 'second')
  await until(() => host.running('cilium-cni', 'ADD') === 2)
  host.release('cilium-cni', 'ADD', 1)
  await first.result
  await until(() => host.running('cilium-cni', 'ADD') === 1)
  expect(seen.at(-1)).toBe('end cilium-cni ADD first: succeeded')
  host.release('cilium-cni', 'ADD')
  expect(await second.result).toMatchObject({ code: 0 })
})

test('a delayed plugin waits on the clock', async () => {
  const sleeps: number[] = []
  let wake = () => {}
  const clock = {
    now: () => 0,
    sleep: (ms: number) => {
      sleeps.push(ms)
      return new Promise<void>((resolve) => {
        wake = resolve
      })
    },
  }
  await start({ 'cilium-cni': endpointRole() }, clock)
  host.behave('cilium-cni', 'ADD', { kind: 'delay', ms: 3000 })
  const { result } = run('cilium-cni', 'ADD')
  await until(() => sleeps.length === 1)
  expect(sleeps).toEqual([3000])
  wake()
  expect(await result).toMatchObject({ code: 0 })
})

test('a held plugin that the runtime kills is told as killed, and its hold is forgotten', async () => {
  await start({ 'cilium-cni': endpointRole() })
  host.behave('cilium-cni', 'ADD', { kind: 'hold' })
  const { child, result } = run('cilium-cni', 'ADD')
  await until(() => host.runningCount === 1)
  child.kill('SIGKILL')
  expect(await result).toMatchObject({ signal: 'SIGKILL' })
  await until(() => host.runningCount === 0)
  expect(seen.at(-1)).toBe('end cilium-cni ADD c1: killed')
})

test('a plugin that delegates waits for its delegate, and both are told', async () => {
  const shim: Role = async () => ({
    reply: {
      action: 'delegate',
      executable: path.join(folder, 'bin', 'cilium-cni'),
      stdin: JSON.stringify({ cniVersion: '1.0.0', name: 'inner', type: 'cilium-cni' }),
    },
    outcome: 'delegated',
  })
  await start({ shim, 'cilium-cni': endpointRole() })
  const { code, stdout } = await run('shim', 'ADD').result
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ cniVersion: '1.0.0' })
  await until(() => seen.length === 4)
  expect(seen.slice(0, 2)).toEqual(['begin shim ADD c1', 'begin cilium-cni ADD c1'])
  // They end within the same moment, and are told in either order.
  expect(seen.slice(2).toSorted()).toEqual([
    'end cilium-cni ADD c1: succeeded',
    'end shim ADD c1: delegated',
  ])
})

test('a hundred plugins at once are all answered, and leave no file behind', async () => {
  await start({ 'cilium-cni': endpointRole() })
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) => run('cilium-cni', 'ADD', `c${index}`).result),
  )
  const addresses = results.map(({ stdout }) => /"address":"([^"]+)"/.exec(stdout)?.[1])
  expect(new Set(addresses).size).toBe(100)
  await until(() => seen.length === 200)
  expect(host.runningCount).toBe(0)
  await until(() => readdirSync(path.join(folder, 'host', 'exec')).length === 0)
})

test('a plugin run without a verb of the spec is a fault of the caller, and does not hang', async () => {
  await start({ 'cilium-cni': endpointRole() })
  expect(await run('cilium-cni', 'FROB').result).toMatchObject({ code: 1 })
  expect(faults).toEqual(['cilium-cni was run without a known CNI_COMMAND'])
})

test('a role that throws is a fault of the lab, and the plugin does not hang', async () => {
  const broken: Role = async () => {
    throw new Error('no such role')
  }
  await start({ broken, fine: async () => succeed() })
  expect(await run('broken', 'ADD').result).toMatchObject({ code: 1 })
  expect(await run('fine', 'ADD').result).toMatchObject({ code: 0 })
  expect(faults).toEqual(['broken: no such role'])
})

import { expect, test } from 'vitest'
import type { Clock } from '../../ports.ts'
import { Multus } from './multus.ts'
import type { Execution } from './plugin-host.ts'

const PRIMARY = '/run/net.d/05-cilium.conflist'
const CONFLIST = JSON.stringify({
  cniVersion: '0.3.1',
  name: 'cilium',
  plugins: [{ type: 'cilium-cni', mtu: 1500 }],
})

/** A clock whose sleeps end when told to. */
function handClock(): Clock & { sleeps: number[]; ring: () => void } {
  const sleeps: number[] = []
  let ring = () => {}
  return {
    sleeps,
    ring: () => {
      ring()
    },
    now: () => 0,
    sleep: (ms, signal) => {
      sleeps.push(ms)
      return new Promise((resolve, reject) => {
        ring = resolve
        signal?.addEventListener('abort', () => {
          reject(new Error('aborted'))
        })
      })
    },
  }
}

function execution(verb: Execution['verb'], ended = new AbortController().signal): Execution {
  return {
    id: 1,
    plugin: 'multus-shim',
    verb,
    containerId: 'c1',
    netns: '/run/netns/1',
    ifName: 'eth0',
    args: new Map(),
    path: ['/opt/cni/bin', '/usr/lib/cni'],
    stdin: JSON.stringify({ cniVersion: '0.3.1', name: 'multus', clusterNetwork: PRIMARY }),
    ended,
  }
}

function multus(readFile = async () => CONFLIST) {
  const clock = handClock()
  return { clock, multus: new Multus(clock, readFile) }
}

test('an ADD is delegated to the plugin of the clusterNetwork file, as that file has it', async () => {
  const { multus: daemon } = multus()
  await daemon.start()
  expect(await daemon.shim(execution('ADD'))).toEqual({
    reply: {
      action: 'delegate',
      executable: '/opt/cni/bin/cilium-cni',
      stdin: '{"type":"cilium-cni","mtu":1500,"name":"cilium","cniVersion":"0.3.1"}',
    },
    outcome: 'delegated to cilium-cni',
  })
})

test('the clusterNetwork file is read anew at each ADD', async () => {
  const versions = [CONFLIST, CONFLIST.replace('1500', '9000')]
  const { multus: daemon } = multus(async () => versions.shift() ?? '')
  await daemon.start()
  await daemon.shim(execution('ADD'))
  const second = await daemon.shim(execution('ADD'))
  expect(JSON.stringify(second)).toContain('9000')
})

test('an ADD waits for the daemon to be up', async () => {
  const { multus: daemon, clock } = multus()
  const answer = daemon.shim(execution('ADD'))
  expect(clock.sleeps).toEqual([60_000])
  await daemon.start()
  expect((await answer).outcome).toBe('delegated to cilium-cni')
})

test('an ADD for which the daemon never comes up fails as the shim of Multus does', async () => {
  const { multus: daemon, clock } = multus()
  const answer = daemon.shim(execution('ADD'))
  clock.ring()
  expect(await answer).toMatchObject({
    reply: {
      action: 'exit',
      exitCode: 1,
      stdout:
        '{"cniVersion":"0.3.1","code":999,"msg":"CmdAdd (shim): timed out waiting for the condition"}',
    },
  })
})

test('a shim that the runtime kills waits no longer', async () => {
  const { multus: daemon } = multus()
  const killed = new AbortController()
  const answer = daemon.shim(execution('ADD', killed.signal))
  killed.abort()
  expect((await answer).outcome).toContain('failed')
})

test('a DEL neither waits nor fails, whether the daemon is there or the file broken', async () => {
  const { multus: daemon, clock } = multus(async () => '{')
  expect((await daemon.shim(execution('DEL'))).outcome).toBe('succeeded')
  await daemon.start()
  expect((await daemon.shim(execution('DEL'))).outcome).toBe('succeeded')
  expect(clock.sleeps).toEqual([])
})

test('a broken clusterNetwork file is named in the error', async () => {
  const { multus: daemon } = multus(async () => '')
  await daemon.start()
  expect((await daemon.shim(execution('ADD'))).outcome).toBe(
    `failed: CmdAdd (shim): error loading ${PRIMARY}:1:1: not JSON: expected a value, found the end of the text`,
  )
})

test('VERSION is answered without the daemon', async () => {
  const { multus: daemon } = multus()
  expect((await daemon.shim(execution('VERSION'))).outcome).toBe('succeeded')
})

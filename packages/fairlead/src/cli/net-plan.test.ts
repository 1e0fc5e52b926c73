import { afterEach, beforeEach, expect, test } from 'vitest'
import { type NetTestbed, netTestbed } from '../../../../tests/net-testbed.ts'

let bed: NetTestbed

beforeEach(async () => {
  bed = await netTestbed()
})

afterEach(async () => {
  await bed[Symbol.asyncDispose]()
})

async function addMultus(): Promise<void> {
  await bed.plugin('multus-shim')
  await bed.network('00-multus.conf', {
    name: 'multus',
    cniVersion: '0.4.0',
    type: 'multus-shim',
    clusterNetwork: '/etc/cni/net.d/10-a.conflist',
  })
}

test('the plan says what is attached, what is not and why, and whether it is ready', async () => {
  await addMultus()
  const { code, out, err } = await bed.fairlead('plan')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('1. multus (00-multus.conf) is attached as eth0; it delegates to a.')
  expect(out).toContain('a (10-a.conflist) is not attached itself: multus delegates to it.')
  expect(out).toMatch(/^multus +ready$/m)
})

test('the rules of another runtime make another plan', async () => {
  const { out } = await bed.fairlead(
    'plan',
    '--policy',
    'crio',
    '--default-network',
    'b',
    '-o',
    'json',
  )
  const plan: unknown = JSON.parse(out)
  expect(plan).toMatchObject({ status: { ready: true, networks: [{ name: 'b', state: 'ready' }] } })
})

test('a file that does not count and a network that is not ready are findings', async () => {
  await bed.network('05-broken.conflist', '{')
  const broken = await bed.fairlead('plan')
  expect(broken).toMatchObject({
    code: 1,
    err: expect.stringContaining('05-broken.conflist:1:2: not JSON'),
  })
  const missing = await bed.fairlead('plan', '--bin-dir', bed.folder)
  expect(missing.code).toBe(1)
  expect(missing.out).toContain('the plugin is not there')
})

test.each([
  [['--max-conf-num', '-1'], 'expected a whole number of at least 0, not "-1"'],
  [['--policy', 'all', '--max-conf-num', '2'], '--max-conf-num is for --policy containerd only.'],
  [['--default-network', 'a'], '--default-network is for --policy crio only.'],
  [['--conf-dir', '/nonexistent'], '/nonexistent cannot be read'],
])('%j cannot be used', async (flags, text) => {
  const { code, err } = await bed.fairlead('plan', ...flags)
  expect(code).toBe(2)
  expect(err).toContain(text)
})

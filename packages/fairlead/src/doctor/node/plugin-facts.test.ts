import { describe, expect, test } from 'vitest'
import { inotifyFacts } from './limits.ts'
import { pluginFacts } from './plugin-facts.ts'
import { type FakeProcess, fakeProc } from './proc-fixture.ts'
import { readProcesses } from '../../node-processes.ts'

const INIT: FakeProcess = { pid: 1, parent: 0, argv: ['/sbin/init'], startedAtSeconds: 0 }
const CONTAINERD: FakeProcess = {
  pid: 812,
  parent: 1,
  argv: ['/usr/bin/containerd', '--config', '/etc/containerd/config.toml'],
  startedAtSeconds: 10,
  descriptors: { 11: { to: 'pipe:[100]' }, 12: { to: 'pipe:[101]', writes: true } },
}
const ADD = {
  CNI_COMMAND: 'ADD',
  CNI_CONTAINERID: '0123456789abcdef',
  CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=coredns-x',
}
const PLUGIN: FakeProcess = {
  pid: 4711,
  parent: 812,
  argv: ['/opt/cni/bin/cilium-cni'],
  startedAtSeconds: 906,
  env: ADD,
  descriptors: { 1: { to: 'pipe:[100]', writes: true } },
}

function factsOf(
  processes: readonly FakeProcess[],
  options: { hungAfterMs?: number; lastChange?: { file: string; ageMs: number } } = {},
) {
  using proc = fakeProc(processes)
  const read = readProcesses(proc.dir)
  const { hungAfterMs = 10_000, lastChange } = options
  const question = { hungAfterMs, procDir: proc.dir, lastChange }
  return pluginFacts({ processes: read, runtime: read.all.get(812), ...question })
}

describe('a plugin that has run for long', () => {
  test('is told with its name, pid, verb, age, pod and who has started it', () => {
    expect(factsOf([INIT, CONTAINERD, PLUGIN])).toEqual([
      {
        probe: 'plugin-process-hung',
        text:
          'cilium-cni (pid 4711) has run ADD for 94 s for pod kube-system/coredns-x ' +
          '(sandbox 0123456789ab), started by containerd (pid 812)',
        place: { source: '/proc/4711' },
      },
    ])
  })

  test('is told once, though it has started another plugin', () => {
    const ipam = { ...PLUGIN, pid: 4712, parent: 4711, argv: ['/opt/cni/bin/host-local'] }
    expect(factsOf([INIT, CONTAINERD, PLUGIN, ipam])).toHaveLength(1)
  })

  test('has the whole name of a script, of which the kernel keeps fifteen letters', () => {
    const argv = ['multus-shim-with-a-long-name', '/opt/cni/bin/multus-shim-with-a-long-name']
    const [fact] = factsOf([INIT, CONTAINERD, { ...PLUGIN, argv }])
    expect(fact?.text).toMatch(/^multus-shim-with-a-long-name \(pid 4711\)/)
  })

  test('is not told of one that has just begun, unless that is asked for', () => {
    const young = { ...PLUGIN, startedAtSeconds: 998 }
    expect(factsOf([INIT, CONTAINERD, young])).toEqual([])
    expect(factsOf([INIT, CONTAINERD, young], { hungAfterMs: 1000 })).toHaveLength(1)
  })

  test('is told apart when it is asked for STATUS', () => {
    const status = { ...PLUGIN, env: { CNI_COMMAND: 'STATUS' } }
    expect(factsOf([INIT, CONTAINERD, status])).toMatchObject([
      { probe: 'plugin-status-hung', text: expect.stringContaining('has run STATUS for 94 s') },
    ])
  })

  test('is told with a change of the conf dir that came after it', () => {
    const change = (ageMs: number) => ({ lastChange: { file: '/etc/cni/net.d/a.conf', ageMs } })
    expect(factsOf([INIT, CONTAINERD, PLUGIN], change(20_000))[1]).toMatchObject({
      probe: 'conf-changed-during-plugin',
      text: '/etc/cni/net.d/a.conf was changed 20 s ago, while cilium-cni (pid 4711) ran',
    })
    expect(factsOf([INIT, CONTAINERD, PLUGIN], change(200_000))).toHaveLength(1)
  })

  test('of a daemon in a pod counts, that of another runtime does not', () => {
    const shim = { ...INIT, pid: 30, parent: 1, argv: ['/usr/bin/containerd-shim-runc-v2'] }
    const daemon = { ...INIT, pid: 31, parent: 30, argv: ['/usr/src/multus-daemon'] }
    const other = { ...INIT, pid: 40, parent: 1, argv: ['/usr/bin/another-runtime'] }
    const delegate = { ...PLUGIN, pid: 50, parent: 31, descriptors: {} }
    const foreign = { ...PLUGIN, pid: 51, parent: 40, descriptors: {} }
    const facts = factsOf([INIT, CONTAINERD, shim, daemon, other, delegate, foreign])
    expect(facts.map(({ place }) => place.source)).toEqual(['/proc/50'])
    expect(facts[0]?.text).toContain('started by multus-daemon (pid 31)')
  })
})

test('what a plugin has left behind with a pipe of the runtime is told, not as a plugin that runs', () => {
  const orphan = { ...PLUGIN, pid: 4720, parent: 1, argv: ['sleep', '40'], startedAtSeconds: 960 }
  expect(factsOf([INIT, CONTAINERD, orphan])).toEqual([
    {
      probe: 'plugin-pipe-held',
      text:
        "sleep (pid 4720), left behind by a plugin's ADD for pod kube-system/coredns-x " +
        '(sandbox 0123456789ab), has held a pipe open for 40 s that containerd (pid 812) reads to its end',
      place: { source: '/proc/4720' },
    },
  ])
})

test('who only reads what the runtime writes holds nothing', () => {
  const reader = { ...INIT, pid: 60, descriptors: { 0: { to: 'pipe:[101]' } } }
  const sibling = { ...INIT, pid: 61, descriptors: { 0: { to: 'pipe:[100]' } } }
  expect(factsOf([INIT, CONTAINERD, reader, sibling])).toEqual([])
})

test('inotify instances of root are counted against the limit', () => {
  const watching = { to: 'anon_inode:inotify' }
  const facts = (count: number) => {
    const descriptors = Object.fromEntries(
      Array.from({ length: count }, (_, at) => [at, watching] as const),
    )
    using proc = fakeProc([{ ...INIT, descriptors }])
    return inotifyFacts(readProcesses(proc.dir), proc.dir)
  }
  expect(facts(1)).toEqual([])
  expect(facts(2)[0]?.text).toBe(
    'root has 2 inotify instances, and fs.inotify.max_user_instances is 2',
  )
})

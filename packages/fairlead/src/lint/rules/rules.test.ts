import { expect, test } from 'vitest'
import type { Binaries, Binary } from '../binaries.ts'
import { type FileContent, folder, list } from '../fixture.ts'
import { predict, type PredictSettings } from '../predict.ts'
import type { DirReading } from '../reading.ts'
import { parsePredictedRuntime } from '../runtime.ts'

function findings(
  files: Readonly<Record<string, FileContent>>,
  settings: PredictSettings = {},
  runtime: string = 'containerd@2.1.9',
) {
  return predict(folder(files), parsePredictedRuntime(runtime), settings).findings
}

function told(...args: Parameters<typeof findings>) {
  return findings(...args).map(
    ({ probe, severity, file }) => `${severity} ${probe} ${file.replace('/etc/cni/net.d', '.')}`,
  )
}

function binaries(states: Readonly<Record<string, Binary['state']>>, versions = {}): Binaries {
  const byType = Object.entries(states).map(([type, state]): [string, Binary] => [
    type,
    state === 'missing'
      ? { state }
      : state === 'ok'
        ? { state, path: `/b/${type}` }
        : { state, path: `/b/${type}`, why: 'so' },
  ])
  return {
    dirs: ['/b'],
    missingDirs: [],
    byType: new Map(byType),
    versions: new Map(Object.entries(versions)),
  }
}

const meta = (more: object) => ({
  cniVersion: '0.3.1',
  name: 'multus',
  type: 'multus-shim',
  ...more,
})

test.each([
  [
    'a kubeconfig',
    { '10-a.conflist': list('a'), 'calico-kubeconfig': 'x' },
    ['warning conf-kubeconfig-in-conf-dir ./calico-kubeconfig'],
  ],
  ['Cilium alone', { '05-cilium.conflist': list('cilium', '0.3.1', 'cilium-cni') }, []],
  [
    'Cilium beside another',
    { '05-cilium.conflist': list('cilium', '0.3.1', 'cilium-cni'), '10-a.conflist': list('a') },
    ['note conf-exclusive-writer ./05-cilium.conflist'],
  ],
  [
    'Cilium that has renamed',
    {
      '05-cilium.conflist': list('cilium', '0.3.1', 'cilium-cni'),
      '00-multus.conf.cilium_bak': '{}',
    },
    [
      'warning conf-renamed-by-cilium ./00-multus.conf.cilium_bak',
      'warning conf-exclusive-writer ./05-cilium.conflist',
    ],
  ],
  [
    'a network of Podman behind',
    { '10-a.conflist': list('a'), '87-podman-bridge.conflist': list('podman') },
    ['note conf-foreign-runtime ./87-podman-bridge.conflist'],
  ],
  [
    'a network of CRI-O in front',
    { '100-crio-bridge.conflist': list('crio'), '20-a.conflist': list('a') },
    ['error conf-foreign-runtime ./100-crio-bridge.conflist'],
  ],
  [
    'what minikube has disabled',
    { '10-a.conflist': list('a'), '87-podman.conflist.mk_disabled': 'x' },
    ['note conf-foreign-runtime ./87-podman.conflist.mk_disabled'],
  ],
  [
    'the lock of nerdctl',
    { '10-a.conflist': list('a'), '.nerdctl.lock': '' },
    ['note conf-foreign-runtime ./.nerdctl.lock'],
  ],
  [
    'a temporary file',
    { '10-a.conflist': list('a'), '.05-cilium.conflist123456': 'x' },
    ['note conf-stale-temp-file ./.05-cilium.conflist123456'],
  ],
  [
    'a temporary file that counts',
    { '10-a.conflist': list('a'), '.ansible_tmpx.conflist': list('b') },
    ['warning conf-stale-temp-file ./.ansible_tmpx.conflist'],
  ],
  ['a file of a number', { '10-a.conflist': list('a'), '20-b.conflist': list('b') }, []],
  [
    'two of one name',
    { '10-a.conflist': list('a'), '20-b.conflist': list('a') },
    ['note conf-and-conflist-twice ./20-b.conflist'],
  ],
  [
    'a folder of the network',
    { '10-a.conflist': list('a'), 'a/1.conf': { type: 'x' } },
    ['warning conf-subdir-plugins ./10-a.conflist'],
  ],
  [
    'Multus and its primary',
    {
      '00-multus.conf': meta({ clusterNetwork: '/host/etc/cni/net.d/10-a.conflist' }),
      '10-a.conflist': list('a'),
    },
    [],
  ],
  [
    'Multus without its primary',
    { '00-multus.conf': meta({ clusterNetwork: '/host/etc/cni/net.d/10-a.conflist' }) },
    ['error conf-meta-without-primary ./00-multus.conf'],
  ],
  [
    'Multus with nothing to run',
    { '00-multus.conf': meta({}), '10-a.conflist': list('a') },
    ['error conf-meta-without-primary ./00-multus.conf'],
  ],
  [
    'Multus with another than the first',
    {
      '00-multus.conf': meta({ clusterNetwork: 'b' }),
      '10-a.conflist': list('a'),
      '20-b.conflist': list('b'),
    },
    ['warning conf-meta-stale ./00-multus.conf'],
  ],
  [
    'Multus with a copy',
    { '00-multus.conf': meta({ delegates: [list('a')] }), '10-a.conflist': list('a') },
    [],
  ],
  [
    'Multus with an old copy',
    {
      '00-multus.conf': meta({ delegates: [list('a', '0.3.1', 'old')] }),
      '10-a.conflist': list('a'),
    },
    ['warning conf-meta-stale ./00-multus.conf'],
  ],
  [
    'Multus with a copy of what is gone',
    { '00-multus.conf': meta({ delegates: [list('a')] }) },
    ['warning conf-meta-stale ./00-multus.conf'],
  ],
  [
    'a version of the future',
    { '10-a.conflist': list('a', '9.9.9') },
    ['error version-unknown ./10-a.conflist', 'warning version-switches-status-on ./10-a.conflist'],
  ],
  ['no name', { '10-a.conf': { type: 'x' } }, ['error conf-file-invalid ./10-a.conf']],
  ['nothing', { README: '' }, ['error conf-dir-empty .']],
] as const)('%s', (_what, files, expected) => {
  expect(told(files)).toEqual(expected)
})

test('a kubeconfig is only a note where a reload waits for nobody', () => {
  const files = { '10-a.conflist': list('a'), kubeconfig: 'x' }
  expect(told(files, {}, 'containerd@1.7.34')).toEqual([
    'note conf-kubeconfig-in-conf-dir ./kubeconfig',
  ])
  expect(told(files, {}, 'fairlead')).toEqual([])
})

test('1.1.0 is a version that containerd 1.x cannot read results of', () => {
  const files = { '10-a.conflist': list('a', '1.1.0') }
  expect(told(files, {}, 'containerd@1.7.34')).toEqual(['error version-unknown ./10-a.conflist'])
  expect(told(files, {}, 'crio@1.32.1')).toEqual([
    'note version-switches-status-on ./10-a.conflist',
  ])
})

test('programs are looked for, those of IPAM and of delegates too', () => {
  const delegate = { name: 'a', type: 'ptp', ipam: { type: 'host-local' } }
  const files = { '00-multus.conf': meta({ delegates: [delegate] }) }
  const found = findings(files, {
    binaries: binaries({
      'multus-shim': 'ok',
      ptp: 'missing',
      'host-local': 'wrong-arch',
      loopback: 'not-executable',
    }),
  })
  expect(
    found
      .filter(({ severity }) => severity === 'error')
      .map(({ probe, text }) => `${probe}: ${text}`),
  ).toEqual([
    'loopback-missing: The plugin loopback cannot run (/b/loopback: so): no pod can start, and NetworkReady does not tell.',
    'binary-missing: The delegate ptp is not in /b: no pod can start.',
    'binary-wrong-arch: The IPAM plugin host-local cannot run here (/b/host-local: so): no pod can start.',
  ])
})

test('flannel runs bridge and host-local without saying so', () => {
  const files = { '10-flannel.conf': { name: 'f', type: 'flannel' } }
  const states = {
    flannel: 'ok',
    bridge: 'missing',
    'host-local': 'missing',
    loopback: 'ok',
  } as const
  expect(told(files, { binaries: binaries(states) })).toEqual([
    'error binary-missing ./10-flannel.conf',
    'error binary-missing ./10-flannel.conf',
  ])
})

test('what an uninstall leaves is told of before it wins', () => {
  const files = { '10-a.conflist': list('a'), '20-old.conflist': list('old', '0.3.1', 'gone') }
  expect(
    told(files, { binaries: binaries({ bridge: 'ok', gone: 'missing', loopback: 'ok' }) }),
  ).toEqual(['warning conf-of-removed-cni ./20-old.conflist'])
})

test('loopback is not needed where the runtime brings lo up itself', () => {
  const states = binaries({ bridge: 'ok', loopback: 'missing' })
  const files = { '10-a.conflist': list('a') }
  expect(told(files, { binaries: states })).toEqual(['error loopback-missing .'])
  expect(told(files, { binaries: states, internalLoopback: true })).toEqual([])
  expect(told(files, { binaries: states }, 'crio@1.32.1')).toEqual([])
})

test('a plugin that was asked and does not support the version is named', () => {
  const states = { bridge: 'ok', loopback: 'ok' } as const
  const files = { '10-a.conflist': list('a', '1.1.0') }
  expect(told(files, { binaries: binaries(states, { bridge: ['1.0.0'] }) })).toEqual([
    'error version-unsupported-by-plugin ./10-a.conflist',
    'warning version-switches-status-on ./10-a.conflist',
  ])
  expect(told(files, { binaries: binaries(states, { bridge: ['1.1.0'] }) })).toEqual([
    'warning version-switches-status-on ./10-a.conflist',
  ])
})

test('CRI-O skips a file whose plugin is missing', () => {
  const files = { '10-a.conflist': list('a', '0.3.1', 'gone'), '20-b.conflist': list('b') }
  const { outcome } = predict(folder(files), parsePredictedRuntime('crio@1.32.1'), {
    binaries: binaries({ gone: 'missing', bridge: 'ok' }),
  })
  expect(outcome.networks).toMatchObject([{ file: '20-b.conflist' }])
})

test('a folder that is a link, missing or no folder', () => {
  const probesOf = (reading: DirReading) =>
    predict(reading, parsePredictedRuntime('containerd@2.1.9'), {}).findings.map(
      ({ probe }) => probe,
    )
  expect(probesOf(folder({ '10-a.conflist': list('a') }, '/etc/cni/net.d', 'x'))).toEqual([
    'conf-dir-is-link',
  ])
  expect(probesOf({ kind: 'missing', dir: '/d' })).toEqual(['conf-dir-missing'])
  expect(probesOf({ kind: 'unreadable', dir: '/d', why: 'no' })).toEqual(['conf-file-unreadable'])
})

import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { againCommand } from './again.ts'

test('an upgrade is named where there is one', () => {
  const options = { runtime: 'containerd@2.0.0', scenario: 'upgrade', seed: 7 }
  expect(againCommand({ ...options, upgradeTo: 'containerd@2.0.1' })).toBe(
    'fairlead lab run --runtime containerd@2.0.0 --scenario upgrade ' +
      '--upgrade-to containerd@2.0.1 --seed 7',
  )
})

test('leave to use the folders of a runtime that is there already is asked for again', () => {
  const options = { runtime: 'cri=unix:///run/cri.sock', scenario: 'slow-add', seed: 7 }
  const folders = { confDir: '/etc/cni/net.d', binDir: '/opt/my cni/bin' }
  expect(againCommand({ ...options, folders })).toBe(
    'fairlead lab run --runtime cri=unix:///run/cri.sock --scenario slow-add ' +
      "--conf-dir /etc/cni/net.d --bin-dir '/opt/my cni/bin' --allow-destructive --seed 7",
  )
})

test('a real kubelet is there again', () => {
  const options = { runtime: 'fairlead', scenario: 'slow-add', seed: 7 }
  expect(againCommand({ ...options, kubelet: '/opt/kubelet' })).toBe(
    'fairlead lab run --runtime fairlead --scenario slow-add --kubelet /opt/kubelet --seed 7',
  )
})

test.each([
  ['containerd@debian:forky', 'slow-add-reload'],
  ["containerd=/opt/it's here/containerd", './my $HOME scenario.yaml'],
])('a shell reads the names back: %s, %s', (runtime, scenario) => {
  const command = againCommand({ runtime, scenario, seed: 7 })
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' })
  expect(words.trimEnd().split('\n')).toEqual([
    'fairlead',
    'lab',
    'run',
    '--runtime',
    runtime,
    '--scenario',
    scenario,
    '--seed',
    '7',
  ])
})

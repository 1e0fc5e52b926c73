import { expect, test } from 'vitest'
import { crioConfig } from './crio-config.ts'

const SETTINGS = {
  socketPath: '/run/crio/crio.sock',
  rootDir: '/run/fl/crio',
  runDir: '/run/crio',
  confDir: '/run/fl/net.d',
  binDir: '/run/fl/bin',
  pauseImage: 'fairlead.local/pause:1',
  policyPath: '/run/fl/crio/policy.json',
  ociRuntimePath: '/run/fl/runc',
  conmon: '/opt/my crio/conmon',
  pinns: '/opt/my crio/pinns',
}

test('a trial leaves nothing of CRI-O outside its node, and so sets every folder that it writes to', () => {
  const paths = crioConfig(SETTINGS)
    .split('\n')
    .flatMap((line) => [...line.matchAll(/"(\/[^"]*)"/g)].map((match) => match[1] ?? ''))
  const outside = paths.filter((file) => !/^\/run(\/|$)/.test(file))
  expect([...new Set(outside)]).toEqual(['/opt/my crio/conmon', '/opt/my crio/pinns'])
  for (const key of [
    'root',
    'runroot',
    'log_dir',
    'version_file',
    'listen',
    'container_exits_dir',
    'container_attach_socket_dir',
    'namespaces_dir',
    'signature_policy_dir',
    'namespaced_auth_dir',
  ]) {
    expect(crioConfig(SETTINGS)).toMatch(new RegExp(`^${key} = "/run`, 'm'))
  }
})

test('CNI is where the trial has it', () => {
  expect(crioConfig(SETTINGS)).toContain(
    '[crio.network]\nnetwork_dir = "/run/fl/net.d"\nplugin_dirs = ["/run/fl/bin"]\n',
  )
})

import { expect, test } from 'vitest'
import { containerdConfig } from './containerd-config.ts'

const SETTINGS = {
  socketPath: '/run/fl/containerd.sock',
  debugSocketPath: '/run/fl/debug.sock',
  rootDir: '/run/fl/root',
  stateDir: '/run/fl/state',
  optDir: '/run/fl/opt',
  confDir: '/run/fl/net.d',
  binDir: '/run/fl/bin',
  sandboxImage: 'fairlead.local/pause:1',
  ociRuntimePath: '/run/fl/runc',
}

/** The lines on which the versions differ. */
function differences(major: number, minor: number): string[] {
  const text = containerdConfig({ major, minor, text: `${major}.${minor}.0` }, SETTINGS)
  return text.split('\n').filter((line) => /^version|bin_dir|\.cni\]|sandbox|grpc/.test(line))
}

test('containerd 1.x gets config version 2 and the CRI plugin of old', () => {
  for (const minor of [6, 7]) {
    expect(differences(1, minor)).toEqual([
      'version = 2',
      '[grpc]',
      '[plugins."io.containerd.grpc.v1.cri"]',
      '  sandbox_image = "fairlead.local/pause:1"',
      '[plugins."io.containerd.grpc.v1.cri".cni]',
      '  bin_dir = "/run/fl/bin"',
      '[plugins."io.containerd.grpc.v1.cri".containerd]',
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]',
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]',
    ])
  }
})

test('containerd 2.0 gets config version 3, with one bin_dir', () => {
  expect(differences(2, 0)).toEqual([
    'version = 3',
    '[grpc]',
    '[plugins."io.containerd.grpc.v1.cri"]',
    '  sandbox = "fairlead.local/pause:1"',
    '[plugins."io.containerd.cri.v1.runtime".cni]',
    '  bin_dir = "/run/fl/bin"',
  ])
})

test('containerd 2.1 and 2.2 get bin_dirs, since both keys at once disable CRI', () => {
  for (const minor of [1, 2]) {
    const lines = differences(2, minor)
    expect(lines).toContain('version = 3')
    expect(lines).toContain('  bin_dirs = ["/run/fl/bin"]')
  }
})

test('containerd 2.3 and later get config version 4, whose servers are plugins', () => {
  for (const [major, minor] of [
    [2, 3],
    [2, 10],
    [3, 0],
  ] as const) {
    const lines = differences(major, minor)
    expect(lines).toContain('version = 4')
    expect(lines).toContain('[plugins."io.containerd.server.v1.grpc"]')
    expect(lines).toContain('  bin_dirs = ["/run/fl/bin"]')
  }
})

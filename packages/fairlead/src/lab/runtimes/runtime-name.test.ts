import { expect, test } from 'vitest'
import { parseContainerdVersion } from './containerd-version.ts'
import { parseCrioVersion } from './inspect-crio.ts'
import { parseRuntimeName } from './runtime-name.ts'

test.each([
  [
    'containerd=/usr/bin/containerd',
    { from: 'path', program: 'containerd', path: '/usr/bin/containerd' },
  ],
  ['containerd=./containerd', { from: 'path', program: 'containerd', path: './containerd' }],
  ['crio=/usr/bin/crio', { from: 'path', program: 'crio', path: '/usr/bin/crio' }],
  ['containerd@debian:trixie', { from: 'debian', suite: 'trixie' }],
  ['cri=unix:///run/crio/crio.sock', { from: 'socket', socketPath: '/run/crio/crio.sock' }],
  ['containerd@2.0.1', { from: 'release', version: '2.0.1' }],
  ['containerd@v2.4.0-beta.0', { from: 'release', version: '2.4.0-beta.0' }],
])('%s names a runtime', (text, expected) => {
  expect(parseRuntimeName(text)).toEqual({ text, ...expected })
})

test.each([
  '',
  'docker',
  'cri=',
  'cri=unix://relative.sock',
  'cri=tcp://127.0.0.1:1',
  'containerd',
  'containerd=',
  'crio',
  'crio=',
  'crio@1.36.3',
  'containerd@',
  'containerd@2.0',
  'containerd@debian:',
  'containerd@debian:../x',
  'containerd@2.0.1/../../x',
])('%j names none', (text) => {
  expect(() => parseRuntimeName(text)).toThrow(
    expect.objectContaining({ code: 'FL_RUNTIME_NAME', exitCode: 2 }),
  )
})

test.each([
  [
    'containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3',
    1,
    6,
    '1.6.20~ds1',
  ],
  ['containerd github.com/containerd/containerd/v2 2.1.9+unknown \n', 2, 1, '2.1.9+unknown'],
  ['containerd github.com/containerd/containerd/v2 v2.0.1 88aa2f531d6c', 2, 0, '2.0.1'],
])('the version in %j is read', (output, major, minor, text) => {
  expect(parseContainerdVersion(output)).toEqual({ major, minor, text })
})

test.each(['', 'crio version 1.32.0', 'ctr github.com/containerd/containerd 1.6.20'])(
  '%j is no containerd',
  (output) => {
    expect(parseContainerdVersion(output)).toBeUndefined()
  },
)

test('the version of a CRI-O is in the first line that it prints', () => {
  expect(parseCrioVersion('crio version 1.36.3\n   GitCommit:      unknown\n')).toBe('1.36.3')
  expect(parseCrioVersion('containerd github.com/containerd/containerd/v2 v2.0.1')).toBeUndefined()
})

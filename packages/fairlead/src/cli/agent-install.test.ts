import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fl-agent-install-'))
  for (const dir of ['etc/containerd', 'var/lib']) {
    await mkdir(path.join(root, dir), { recursive: true })
  }
  await writeFile(path.join(root, 'etc/containerd/config.toml'), CONFIG)
})
afterEach(() => rm(root, { recursive: true }))

const CONFIG = `version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_dir = "/etc/cni/net.d"
  bin_dir = "/usr/lib/cni"
`

const agent = (...args: string[]) => runInProcess(['agent', ...args, '--root', root])
const config = () => readFile(path.join(root, 'etc/containerd/config.toml'), 'utf8')

test('a dry run shows each line that would change, and changes none', async () => {
  const { code, out, err } = await agent('install', '--dry-run', '--runtime', 'containerd@1.7.34')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('kubeadm, containerd@1.7.34: this would change\n')
  expect(out).toContain(
    '  -   conf_dir = "/etc/cni/net.d"\n  +   conf_dir = "/run/fairlead/net.d"\n',
  )
  // What containerd's config says counts, not what the distribution has by default.
  expect(out).toContain('  + binDirs: [/usr/lib/cni]\n')
  expect(out).toContain(
    'Then, to make it count:\n  systemctl daemon-reload\n  systemctl start fairlead-agent.service\n  systemctl restart containerd.service\n',
  )
  expect(await config()).toBe(CONFIG)
})

test('what is installed is told, and undone', async () => {
  const { code, out } = await agent('install', '--runtime', 'containerd@1.7.34')
  expect(code).toBe(0)
  expect(out).toContain('kubeadm, containerd@1.7.34: changed\n')
  expect(await config()).not.toBe(CONFIG)
  expect((await agent('uninstall', '--dry-run')).out).toContain(
    'would put back: /etc/containerd/config.toml\n',
  )
  const undone = await agent('uninstall')
  expect(undone.out).toContain('  systemctl restart containerd.service\n')
  expect(await config()).toBe(CONFIG)
  expect((await agent('uninstall')).out).toBe('Nothing is installed that could be undone.\n')
})

test('only the conf dir is changed for an agent that comes as a DaemonSet', async () => {
  const { out } = await agent('install', '--only-conf-dir', '--runtime', 'containerd@1.7.34')
  expect(out.match(/^\/\S+/gm)).toEqual(['/etc/containerd/config.toml'])
  expect(out).not.toContain('fairlead-agent')
})

test('a file that was edited since stays, with what to do', async () => {
  await agent('install', '--runtime', 'containerd@1.7.34')
  await writeFile(path.join(root, 'etc/containerd/config.toml'), 'version = 2\n')
  const { code, err } = await agent('uninstall')
  expect(code).toBe(2)
  expect(err).toContain('Changed by somebody since: /etc/containerd/config.toml.\n')
  expect(err).toContain('--discard-edits')
  expect((await agent('uninstall', '--discard-edits')).code).toBe(0)
  expect(await config()).toBe(CONFIG)
})

test('a containerd that nobody names is asked for', async () => {
  const { code, err } = await agent('install', '--dry-run')
  expect(code).toBe(2)
  expect(err).toContain('Name it by --runtime containerd@VERSION')
})

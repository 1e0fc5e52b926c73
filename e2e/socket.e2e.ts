import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CriClient, connectCri, NamespaceMode } from '../packages/cri/src/index.ts'
import { startTrialNode } from '../packages/fairlead/src/lab/node/trial-node.ts'
import { cgroupParentOf } from '../packages/fairlead/src/lab/runtimes/cgroup-parent.ts'
import { prepareRuntime } from '../packages/fairlead/src/lab/runtimes/prepare.ts'
import { folderState } from '../packages/fairlead/src/lab/set-aside-fixture.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { debianContainerd } from './debian.ts'
import { BIN, fairlead, fixture, startFairlead, unable, until } from './support.ts'

const CALL = { timeoutMs: 30_000 }

/** A plugin of the machine's own; it notes each DEL in a file beside it. */
const OWN_PLUGIN = `#!/bin/sh
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' ;;
  ADD) echo '{"cniVersion":"1.0.0","ips":[{"address":"10.9.0.2/24"}]}' ;;
  DEL) echo "$CNI_CONTAINERID" >>"\${0%/*}/../dels" ;;
esac
`

describe.skipIf(unable !== undefined)('a runtime that is there already', () => {
  let folder: string
  let confDir: string
  let binDir: string
  let server: ChildProcess
  let cri: CriClient
  let ownPod: string
  let before: string[]
  let runtime: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    confDir = path.join(folder, 'net.d')
    binDir = path.join(folder, 'bin')
    const socket = path.join(folder, 'cri.sock')
    runtime = `cri=unix://${socket}`
    await mkdir(path.join(confDir, 'multus.d'), { recursive: true })
    await mkdir(binDir)
    const conf = { cniVersion: '1.0.0', name: 'own', plugins: [{ type: 'cilium-cni' }] }
    await writeFile(path.join(confDir, '05-cilium.conflist'), JSON.stringify(conf), { mode: 0o640 })
    await writeFile(path.join(confDir, 'multus.d', 'kubeconfig'), 'token', { mode: 0o600 })
    await symlink('05-cilium.conflist', path.join(confDir, '.linked'))
    await writeFile(path.join(binDir, 'cilium-cni'), OWN_PLUGIN, { mode: 0o755 })
    await writeFile(path.join(binDir, 'loopback'), OWN_PLUGIN, { mode: 0o750 })
    await writeFile(path.join(binDir, 'bridge'), 'another', { mode: 0o755 })
    for (const dir of [confDir, binDir]) await utimes(dir, 1_000_000, 1_000_000)
    // prettier-ignore
    const serve = [
      process.execPath, BIN, 'runtime', 'serve', '--socket', socket, '--conf-dir', confDir,
      '--bin-dir', binDir, '--state-dir', path.join(folder, 'state'),
    ]
    const inNamespaces = 'mount -t tmpfs run /run && mkdir /run/netns && exec "$@"'
    // prettier-ignore
    const namespaces = [
      '--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child=KILL',
      'sh', '-c', inNamespaces, 'sh',
    ]
    server = spawn('unshare', [...namespaces, ...serve], { stdio: 'ignore' })
    cri = connectCri(socket)
    await isReady()
    const made = await cri.runPodSandbox(
      {
        metadata: { name: 'own', namespace: 'default', uid: 'own', attempt: 0 },
        logDirectory: folder,
        linux: { securityContext: { namespaceOptions: { network: NamespaceMode.POD } } },
      },
      CALL,
    )
    if (!made.ok) throw made.error
    ownPod = made.value
    before = await state()
  })

  afterAll(async () => {
    cri[Symbol.dispose]()
    const ended = once(server, 'exit')
    // With it goes its pid namespace, and the plugins in it that a killed run has left hanging.
    server.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true })
  })

  async function isReady(): Promise<void> {
    for (let tries = 0; tries < 400; tries += 1) {
      const status = await cri.status({}, CALL)
      if (status.ok && status.value.status?.conditions.every(({ status }) => status)) return
      await delay(50)
    }
    throw new Error('the runtime did not become ready within 20 s')
  }

  /** Every byte, mode, owner, inode and time of change in both folders. */
  async function state(): Promise<string[]> {
    return [...(await folderState(confDir)), ...(await folderState(binDir))]
  }

  async function pods(): Promise<string[]> {
    const list = await cri.listPodSandbox(CALL)
    if (!list.ok) throw list.error
    return list.value.items.map(({ id }) => id)
  }

  async function removeOthers(): Promise<void> {
    for (const pod of await pods()) {
      if (pod === ownPod) continue
      await cri.stopPodSandbox(pod, CALL)
      await cri.removePodSandbox(pod, CALL)
    }
  }

  /** `server` is unshare. */
  async function serverPid(): Promise<number> {
    const { pid } = server
    return Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
  }

  const lab = (...args: string[]) => ['lab', 'run', '--runtime', runtime, ...args]
  const leave = () => ['--conf-dir', confDir, '--bin-dir', binDir, '--allow-destructive']

  async function expectAllAsBefore(): Promise<void> {
    expect(await state()).toEqual(before)
    expect(await pods()).toEqual([ownPod])
    expect(await readdir(folder)).not.toContainEqual(
      expect.stringMatching(/^fairlead-lab-|\.other$/),
    )
  }

  test('is only watched without leave, and what takes more is skipped with its reason', async () => {
    const scenarios = ['only-watches', 'quick', 'reboot'].map(fixture)
    const flags = scenarios.flatMap((file) => ['--scenario', file])
    const { code, out, err } = await fairlead(lab(...flags), folder)
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/only-watches +pass/)
    expect(out).toMatch(/quick +skipped .*takes --allow-destructive/)
    expect(out).toMatch(/reboot +skipped .*a machine of the lab's own: the node reboots/)
    const report: unknown = JSON.parse(
      await readFile(path.join(folder, 'fairlead-report', 'report.json'), 'utf8'),
    )
    expect(report).toMatchObject({
      runtimes: [{ name: runtime, version: expect.stringMatching(/^fairlead /) }],
      skipped: [{ scenario: 'quick' }, { scenario: 'reboot' }],
    })
    await expectAllAsBefore()
  })

  test('where all is skipped, the run is no pass', async () => {
    const { code, out } = await fairlead(lab('--scenario', fixture('quick')), folder)
    expect(code).toBe(1)
    expect(out).toMatch(/quick +skipped/)
  })

  test('is put through scenarios with leave, and all is as before, its own pods too', async () => {
    const flags = ['--scenario', fixture('quick'), '--scenario', 'moved-in-conf', '--trials', '2']
    const { code, out, err } = await fairlead(lab(...flags, ...leave()), folder)
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/quick +pass 2\/2/)
    expect(out).toMatch(/moved-in-conf +pass 2\/2/)
    await expectAllAsBefore()
    await isReady()
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s half-way puts all back', async (signal) => {
    const flags = ['--scenario', fixture('held')]
    const { child, ended, written } = startFairlead(lab(...flags, ...leave()), folder)
    await until(() => written.err.includes('wait 600 s'))
    expect(await state()).not.toEqual(before)
    child.kill(signal)
    const { code, err } = await ended
    expect(code).toBe(130)
    expect(err).toContain('nothing else is left behind')
    await expectAllAsBefore()
  })

  test('a trial that fails half-way puts all back', async () => {
    const flags = ['--scenario', fixture('absent-plugin')]
    const { code, out } = await fairlead(lab(...flags, ...leave()), folder)
    expect(code).toBe(1)
    expect(out).toContain('The plugin absent cannot be taken from')
    await expectAllAsBefore()
  })

  test('where the runtime does not answer any more, the files are put back and its pods are told of', async () => {
    const flags = ['--scenario', fixture('held')]
    const { child, ended, written } = startFairlead(lab(...flags, ...leave()), folder)
    await until(() => written.err.includes('wait 600 s'))
    process.kill(await serverPid(), 'SIGSTOP')
    child.kill('SIGINT')
    const { code, err } = await ended
    process.kill(await serverPid(), 'SIGCONT')
    expect(code).toBe(130)
    expect(err).toContain('The runtime does not list its pods, so those of the lab may be left.')
    expect(err).not.toContain('nothing else is left behind')
    expect(await state()).toEqual(before)
    await removeOthers()
    await expectAllAsBefore()
  })

  test('after kill -9 the files are still there, and no other run begins until they are put back', async () => {
    const flags = ['--scenario', fixture('held')]
    const { child, ended, written } = startFairlead(lab(...flags, ...leave()), folder)
    await until(() => written.err.includes('wait 600 s'))
    child.kill('SIGKILL')
    await ended
    const { code, err } = await fairlead(lab(...flags, ...leave()), folder)
    expect(code).toBe(2)
    expect(err).toContain(`${confDir}/.fairlead-saved is there: a run was killed half-way.`)
    // What the hint says.
    for (const [dir, ours] of [
      [confDir, /^[^.]/],
      [binDir, /^(cilium-cni|loopback|multus-shim)$/],
    ] as const) {
      const names = await readdir(dir)
      for (const name of names.filter((file) => ours.test(file))) await rm(path.join(dir, name))
      const saved = path.join(dir, '.fairlead-saved')
      for (const name of await readdir(saved)) {
        await rename(path.join(saved, name), path.join(dir, name))
      }
      await rm(saved, { recursive: true })
      await utimes(dir, 1_000_000, 1_000_000)
    }
    expect(await state()).toEqual(before)
    await removeOthers()
  })

  test('its own pod then goes by its own plugin', async () => {
    expect((await cri.stopPodSandbox(ownPod, CALL)).ok).toBe(true)
    expect(await readFile(path.join(folder, 'dels'), 'utf8')).toContain(ownPod)
  })

  test('a socket on which nothing answers is refused', async () => {
    const flags = ['lab', 'run', '--runtime', `cri=unix://${folder}/none.sock`]
    const { code, err } = await fairlead(flags, folder)
    expect(code).toBe(3)
    expect(err).toContain('no CRI runtime answers there')
  })
})

describe.skipIf(unable !== undefined)('a containerd that is there already', () => {
  test.each(['bookworm', 'trixie', 'forky'])('that of %s', async (suite) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const { signal } = new AbortController()
    const install = await debianContainerd(suite)
    await using node = await startTrialNode(systemClock)
    const prepared = await prepareRuntime(install, node)
    const { confDir, binDir } = prepared
    const socketPath = prepared.socket.outside
    const config = node.outside('/run/fairlead/containerd.toml')
    const text = await readFile(config, 'utf8')
    await writeFile(config, text.replace(/^ *BinaryName = .*$/m, '$&\n  SystemdCgroup = true'))
    const running = prepared.start({
      logFile: path.join(folder, 'log'),
      clock: systemClock,
      signal,
    })
    await running.serving
    expect(await cgroupParentOf(socketPath, signal)).toBe('system.slice')

    await writeFile(path.join(confDir.outside, '10-own.conf'), 'not even JSON')
    await writeFile(path.join(binDir.outside, 'loopback'), OWN_PLUGIN, { mode: 0o711 })
    for (const dir of [confDir, binDir]) await utimes(dir.outside, 1_000_000, 1_000_000)
    const state = () => Promise.all([folderState(confDir.outside), folderState(binDir.outside)])
    const before = await state()
    // prettier-ignore
    const flags = [
      '--runtime', `cri=unix://${socketPath}`, '--conf-dir', confDir.outside,
      '--bin-dir', binDir.outside, '--allow-destructive', '--scenario', fixture('quick'),
    ]
    const { code, out, err } = await fairlead(['lab', 'run', ...flags], folder)
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/containerd \S+\) +quick +pass/)
    expect(await state()).toEqual(before)
    await running.stop()
    await rm(folder, { recursive: true })
  })
})

import { type ChildProcess, execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { connectCri } from '@fairlead/cri'
import { FairleadError, messageOf } from '../../errors.ts'
import { type Clock, settlesWithin, waitUntil } from '../../ports.ts'
import { OCI_RUNTIME_SCRIPT } from '../node/oci-runtime-script.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import { containerdConfig, type ContainerdSettings } from './containerd-config.ts'
import type { ContainerdInstall } from './install.ts'
import { PAUSE_IMAGE, writePauseImage } from './pause-image.ts'

/** How long a containerd may take from its start to its first answer. */
const SERVING_TIMEOUT_MS = 30_000
/** How long it may take to end after SIGTERM. */
const STOP_TIMEOUT_MS = 3_000

const SETTINGS: ContainerdSettings = {
  socketPath: `${NODE_DIR}/containerd.sock`,
  debugSocketPath: `${NODE_DIR}/debug.sock`,
  rootDir: `${NODE_DIR}/containerd/root`,
  stateDir: `${NODE_DIR}/containerd/state`,
  optDir: `${NODE_DIR}/containerd/opt`,
  confDir: `${NODE_DIR}/net.d`,
  binDir: `${NODE_DIR}/cni-bin`,
  sandboxImage: PAUSE_IMAGE,
  ociRuntimePath: `${NODE_DIR}/oci-runtime`,
}
const CONFIG_PATH = `${NODE_DIR}/containerd.toml`
const PID_PATH = `${NODE_DIR}/containerd.pid`
const IMAGE_DIR = `${NODE_DIR}/image`

/** A containerd that runs in a node. */
export interface RunningContainerd {
  /** The CRI socket, as this process reaches it. */
  readonly socketPath: string
  /** Settles with how the process ended, whoever ended it. */
  readonly exited: Promise<string>
  /** Ends it: SIGTERM, then SIGKILL after 3 s. */
  stop(): Promise<void>
}

/** A containerd with its folders made in a node, not started yet. */
export interface PreparedContainerd {
  readonly confDir: { readonly outside: string; readonly inside: string }
  readonly binDir: { readonly outside: string; readonly inside: string }
  /** Starts it; its log goes to `logFile`. Settles when its CRI answers and the pause image is in. */
  start(options: { logFile: string; clock: Clock; signal: AbortSignal }): Promise<RunningContainerd>
}

/** Makes the folders, the config, the stand-in for runc and the pause image in `node`. */
export async function prepareContainerd(
  install: ContainerdInstall,
  node: TrialNode,
): Promise<PreparedContainerd> {
  for (const dir of [SETTINGS.confDir, SETTINGS.binDir, IMAGE_DIR]) {
    await mkdir(node.outside(dir), { recursive: true })
  }
  await writeFile(node.outside(CONFIG_PATH), containerdConfig(install.version, SETTINGS))
  await writeFile(node.outside(SETTINGS.ociRuntimePath), OCI_RUNTIME_SCRIPT, { mode: 0o755 })
  await writePauseImage(node.outside(IMAGE_DIR), async (folder, archive) => {
    await promisify(execFile)('tar', ['-C', folder, '-cf', archive, '.'])
  })
  return {
    confDir: { outside: node.outside(SETTINGS.confDir), inside: SETTINGS.confDir },
    binDir: { outside: node.outside(SETTINGS.binDir), inside: SETTINGS.binDir },
    start: (options) => start(install, node, options),
  }
}

async function start(
  install: ContainerdInstall,
  node: TrialNode,
  options: { logFile: string; clock: Clock; signal: AbortSignal },
): Promise<RunningContainerd> {
  const searchPath = [...install.pathDirs, process.env['PATH'] ?? ''].join(':')
  const child = node.spawn(
    [
      'sh',
      '-c',
      `echo $$ >${PID_PATH}; exec "$@"`,
      'sh',
      install.containerd,
      '--config',
      CONFIG_PATH,
    ],
    { env: { PATH: searchPath, TMPDIR: `${NODE_DIR}/tmp` } },
  )
  const log = createWriteStream(options.logFile)
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const exited = ending(child).finally(() => log.end())

  const running: RunningContainerd = {
    socketPath: node.outside(SETTINGS.socketPath),
    exited,
    stop: async () => {
      // `child` is nsenter, which hands no signal on; the pid is the node's.
      await node.run(['sh', '-c', `kill -TERM "$(cat ${PID_PATH})"`], {
        timeoutMs: STOP_TIMEOUT_MS,
      })
      const { clock } = options
      const stopped = await settlesWithin(exited, { clock, timeoutMs: STOP_TIMEOUT_MS })
      if (!stopped) child.kill('SIGKILL')
    },
  }
  await untilServing(install, running, options)
  await importPauseImage(install, node, options.signal)
  return running
}

async function untilServing(
  install: ContainerdInstall,
  running: RunningContainerd,
  { clock, signal, logFile }: { clock: Clock; signal: AbortSignal; logFile: string },
): Promise<void> {
  using cri = connectCri(running.socketPath)
  let exit: string | undefined
  void running.exited.then((how) => {
    exit = how
  })
  let lastError = 'it never answered'
  const serving = await waitUntil(
    async () => {
      if (exit !== undefined) return true
      const answer = await cri.version({ timeoutMs: 2000, signal })
      if (!answer.ok) lastError = answer.error.message
      return answer.ok
    },
    { clock, everyMs: 25, timeoutMs: SERVING_TIMEOUT_MS, signal },
  )
  if (serving && exit === undefined) return
  throw new FairleadError(
    'FL_RUNTIME_START',
    exit === undefined
      ? `${install.name} did not serve CRI within ${SERVING_TIMEOUT_MS / 1000} s: ${lastError}`
      : `${install.name} ended while starting: ${exit}`,
    { hint: `Its log is in ${logFile}.` },
  )
}

async function importPauseImage(
  install: ContainerdInstall,
  node: TrialNode,
  signal: AbortSignal,
): Promise<void> {
  const result = await node.run(
    // prettier-ignore
    [
      install.ctr, '--address', SETTINGS.socketPath, '--namespace', 'k8s.io',
      'images', 'import', '--no-unpack', `${IMAGE_DIR}/pause.tar`,
    ],
    { timeoutMs: 20_000, signal },
  )
  if (result.code === 0) return
  throw new FairleadError(
    'FL_RUNTIME_START',
    `${install.ctr} could not import the pause image: ${result.stderr.trim()}`,
    { hint: 'ctr must be of the same version as containerd.' },
  )
}

function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${code ?? 'unknown'}` : signal)
    })
    child.once('error', (error) => {
      resolve(messageOf(error))
    })
  })
}

import { mkdir, writeFile } from 'node:fs/promises'
import { FairleadError } from '../../errors.ts'
import { isThere } from '../../files.ts'
import { OCI_RUNTIME_SCRIPT } from '../node/oci-runtime-script.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import { containerdConfig, type ContainerdSettings } from './containerd-config.ts'
import { GUARDED_CONF_DIR, withAgent } from './guard.ts'
import type { ContainerdInstall } from './install.ts'
import { PAUSE_IMAGE, writePauseImage } from './pause-image.ts'
import {
  type PreparedRuntime,
  type RunningRuntime,
  type StartOptions,
  startRuntime,
} from './running-runtime.ts'

/** Where installers write. */
const SOURCE_DIR = `${NODE_DIR}/net.d`
const SETTINGS: ContainerdSettings = {
  // In the node's own /run, where a reboot finds them.
  socketPath: '/run/containerd/containerd.sock',
  debugSocketPath: '/run/containerd/debug.sock',
  rootDir: `${NODE_DIR}/containerd/root`,
  stateDir: '/run/containerd',
  optDir: `${NODE_DIR}/containerd/opt`,
  confDir: SOURCE_DIR,
  binDir: `${NODE_DIR}/cni-bin`,
  sandboxImage: PAUSE_IMAGE,
  ociRuntimePath: `${NODE_DIR}/oci-runtime`,
}
/** ctr imports some kilobytes, while other trials may start as well. */
const IMPORT_TIMEOUT_MS = 20_000
const CONFIG_PATH = `${NODE_DIR}/containerd.toml`
const IMAGE_DIR = `${NODE_DIR}/image`
const PAUSE_ARCHIVE = `${IMAGE_DIR}/pause.tar`

/**
 * Makes the folders, the config, the stand-in for runc and the pause image in `node`. Where another
 * version has been prepared before, this one gets its state, and only the config is another.
 */
export async function prepareContainerd(
  install: ContainerdInstall,
  node: TrialNode,
): Promise<PreparedRuntime> {
  for (const dir of [SOURCE_DIR, SETTINGS.binDir, IMAGE_DIR]) {
    await mkdir(node.outside(dir), { recursive: true })
  }
  const settings = install.guarded === true ? { ...SETTINGS, confDir: GUARDED_CONF_DIR } : SETTINGS
  await writeFile(node.outside(CONFIG_PATH), containerdConfig(install.version, settings))
  await writeFile(node.outside(SETTINGS.ociRuntimePath), OCI_RUNTIME_SCRIPT, { mode: 0o755 })
  let hasImage = await isThere(node.outside(PAUSE_ARCHIVE))
  if (!hasImage) {
    await writePauseImage(node.outside(IMAGE_DIR))
  }
  const prepared: PreparedRuntime = {
    confDir: { outside: node.outside(SOURCE_DIR), inside: SOURCE_DIR },
    binDir: { outside: node.outside(SETTINGS.binDir), inside: SETTINGS.binDir },
    socket: { outside: node.outside(SETTINGS.socketPath), inside: SETTINGS.socketPath },
    start: (options) => {
      const running = start(install, node, options)
      if (hasImage) return running
      const withImage = async () => {
        await running.serving
        await importPauseImage(install, node, options.signal)
        hasImage = true
      }
      return { ...running, serving: withImage() }
    },
  }
  if (install.guarded !== true) return prepared
  const { binDir, socketPath } = SETTINGS
  return withAgent(prepared, node, { sourceDir: SOURCE_DIR, binDir, socketPath })
}

function start(install: ContainerdInstall, node: TrialNode, options: StartOptions): RunningRuntime {
  const searchPath = [...install.pathDirs, process.env['PATH'] ?? ''].join(':')
  return startRuntime(
    {
      name: install.name,
      argv: [install.containerd, '--config', CONFIG_PATH],
      env: { PATH: searchPath, TMPDIR: `${NODE_DIR}/tmp` },
      socketPath: SETTINGS.socketPath,
      // Into its log, by itself.
      dumpScript: 'kill -USR1 "$1"',
    },
    node,
    options,
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
      'images', 'import', '--no-unpack', PAUSE_ARCHIVE,
    ],
    { timeoutMs: IMPORT_TIMEOUT_MS, signal },
  )
  if (result.code === 0) return
  throw new FairleadError(
    'FL_RUNTIME_START',
    `${install.ctr} could not import the pause image: ${result.stderr.trim()}`,
    { hint: 'ctr must be of the same version as containerd.' },
  )
}

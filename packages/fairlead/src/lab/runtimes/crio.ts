import { mkdir, writeFile } from 'node:fs/promises'
import { isThere } from '../../files.ts'
import { OCI_RUNTIME_SCRIPT } from '../node/oci-runtime-script.ts'
import { NODE_DIR, type TrialNode } from '../node/trial-node.ts'
import { crioConfig, type CrioSettings } from './crio-config.ts'
import { GUARDED_CONF_DIR, withAgent } from './guard.ts'
import type { CrioInstall } from './install.ts'
import { PAUSE_IMAGE, writePauseImage } from './pause-image.ts'
import { writePauseStore } from './pause-store.ts'
import { type PreparedRuntime, startRuntime } from './running-runtime.ts'

const ROOT_DIR = `${NODE_DIR}/crio`
const CONFIG_PATH = `${ROOT_DIR}/crio.conf`
/** No drop-in of the machine's is read. */
const CONFIG_DIR = `${ROOT_DIR}/crio.conf.d`
const STORAGE_CONF = `${ROOT_DIR}/storage.conf`
const REGISTRIES_CONF = `${ROOT_DIR}/registries.conf`
const IMAGE_DIR = `${NODE_DIR}/image`

const SETTINGS: Omit<CrioSettings, 'conmon' | 'pinns'> = {
  // In the node's own /run, where a reboot finds it.
  socketPath: '/run/crio/crio.sock',
  rootDir: ROOT_DIR,
  runDir: '/run/crio',
  confDir: `${NODE_DIR}/net.d`,
  binDir: `${NODE_DIR}/cni-bin`,
  pauseImage: PAUSE_IMAGE,
  policyPath: `${ROOT_DIR}/policy.json`,
  ociRuntimePath: `${NODE_DIR}/oci-runtime`,
}

// cri-o/cri-o@v1.32:cmd/crio/main.go: into a file of its own, whose name has the time.
const DUMP_FILES = `${NODE_DIR}/tmp/crio-goroutine-stacks-*.log`
const DUMP_SCRIPT = `kill -USR1 "$1"; sleep 1; cat ${DUMP_FILES}; rm -f ${DUMP_FILES}`

/** Makes the folders, the config, the stand-in for runc and a store with the pause image in `node`. */
export async function prepareCrio(install: CrioInstall, node: TrialNode): Promise<PreparedRuntime> {
  const { conmon, pinns } = install
  const confDir = install.guarded === true ? GUARDED_CONF_DIR : SETTINGS.confDir
  for (const dir of [SETTINGS.confDir, SETTINGS.binDir, IMAGE_DIR, CONFIG_DIR]) {
    await mkdir(node.outside(dir), { recursive: true })
  }
  const files = {
    [CONFIG_PATH]: crioConfig({ ...SETTINGS, confDir, conmon, pinns }),
    [SETTINGS.policyPath]: JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }),
    // An older CRI-O takes these from here before it reads its own config.
    [STORAGE_CONF]: `[storage]\ndriver = "vfs"\nrunroot = "${SETTINGS.runDir}/storage"\ngraphroot = "${ROOT_DIR}/storage"\n`,
    [REGISTRIES_CONF]: '',
  }
  for (const [file, text] of Object.entries(files)) await writeFile(node.outside(file), text)
  await writeFile(node.outside(SETTINGS.ociRuntimePath), OCI_RUNTIME_SCRIPT, { mode: 0o755 })
  const storeDir = node.outside(`${ROOT_DIR}/storage`)
  if (!(await isThere(storeDir))) {
    const image = await writePauseImage(node.outside(IMAGE_DIR))
    await writePauseStore(image, storeDir)
  }
  const prepared: PreparedRuntime = {
    confDir: { outside: node.outside(SETTINGS.confDir), inside: SETTINGS.confDir },
    binDir: { outside: node.outside(SETTINGS.binDir), inside: SETTINGS.binDir },
    socket: { outside: node.outside(SETTINGS.socketPath), inside: SETTINGS.socketPath },
    start: (options) =>
      startRuntime(
        {
          name: install.name,
          argv: [install.crio, '--config', CONFIG_PATH, '--config-dir', CONFIG_DIR],
          env: {
            TMPDIR: `${NODE_DIR}/tmp`,
            CONTAINERS_STORAGE_CONF: STORAGE_CONF,
            CONTAINERS_REGISTRIES_CONF: REGISTRIES_CONF,
          },
          socketPath: SETTINGS.socketPath,
          dumpScript: DUMP_SCRIPT,
        },
        node,
        options,
      ),
  }
  if (install.guarded !== true) return prepared
  const { confDir: sourceDir, binDir, socketPath } = SETTINGS
  return withAgent(prepared, node, { sourceDir, binDir, socketPath })
}

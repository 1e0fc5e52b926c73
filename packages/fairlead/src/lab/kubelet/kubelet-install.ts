import { execFile } from 'node:child_process'
import path from 'node:path'
import { isSea } from 'node:sea'
import { promisify } from 'node:util'
import { FairleadError, messageOf } from '../../errors.ts'
import { VERSION_TIMEOUT_MS } from '../runtimes/programs.ts'

/** A real kubelet, and what it takes to have a Node object. */
export interface KubeletInstall {
  /** Without the `v`, e.g. `1.32.13`. */
  readonly version: string
  readonly kubelet: string
  readonly kubeApiserver: string
  readonly etcd: string
}

/**
 * Asks a kubelet what it is, and finds kube-apiserver and etcd in the folder that `KUBEBUILDER_ASSETS` names, as
 * controller-runtime's envtest does.
 *
 * @throws {FairleadError} FL_KUBELET_BINARY when one of them is missing or does not run here.
 */
export async function inspectKubelet(
  kubelet: string,
  env: NodeJS.ProcessEnv,
): Promise<KubeletInstall> {
  if (isSea()) {
    throw new FairleadError(
      'FL_KUBELET_BINARY',
      '--kubelet needs the npm package; the single-file executable cannot watch a Node object.',
      { hint: 'Run it as npx fairlead lab run --kubelet PATH.' },
    )
  }
  const assets = env['KUBEBUILDER_ASSETS']
  if (assets === undefined || assets === '') {
    throw new FairleadError(
      'FL_KUBELET_BINARY',
      '--kubelet takes kube-apiserver and etcd too, and KUBEBUILDER_ASSETS does not say where they are.',
      { hint: 'Set it to the folder of both, e.g. the one that setup-envtest prints.' },
    )
  }
  const programs = {
    kubelet: path.resolve(kubelet),
    kubeApiserver: path.resolve(assets, 'kube-apiserver'),
    etcd: path.resolve(assets, 'etcd'),
  }
  const output = await versionOf(programs.kubelet)
  await versionOf(programs.kubeApiserver)
  await versionOf(programs.etcd)
  const version = /^Kubernetes v(\S+)/.exec(output)?.[1]
  if (version === undefined) {
    throw new FairleadError(
      'FL_KUBELET_BINARY',
      `${programs.kubelet} --version prints "${output.trim()}", which is no kubelet's.`,
      { hint: 'Give --kubelet the path of a kubelet.' },
    )
  }
  return { version, ...programs }
}

async function versionOf(program: string): Promise<string> {
  const run = promisify(execFile)(program, ['--version'], { timeout: VERSION_TIMEOUT_MS })
  return run.then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      throw new FairleadError(
        'FL_KUBELET_BINARY',
        `${program} does not run here: ${messageOf(error).trim()}`,
        {
          hint: 'Give --kubelet a kubelet, and KUBEBUILDER_ASSETS the folder of kube-apiserver and etcd.',
        },
      )
    },
  )
}

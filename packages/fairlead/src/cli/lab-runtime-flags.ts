import path from 'node:path'
import { FairleadError } from '../errors.ts'
import type { KubeletInstall } from '../lab/kubelet/kubelet-install.ts'
import type { RuntimeInstall } from '../lab/runtimes/install.ts'
import type { RuntimeName } from '../lab/runtimes/runtime-name.ts'
import type { LoadedScenario } from '../lab/scenario-files.ts'
import type { CliContext } from './context.ts'

/** What is said of the runtimes of a run, and of what stands beside them. */
export interface RuntimeFlags {
  readonly runtime?: readonly string[]
  readonly upgradeTo?: string
  readonly kubelet?: string
  readonly guard: boolean
  readonly mirror?: string
  readonly cache?: string
}

/** The flags of {@link RuntimeFlags}, but for where releases are fetched from and kept. */
export const runtimeFlags = {
  runtime: {
    kind: 'parsed',
    parse: String,
    variadic: true,
    optional: true,
    brief:
      'fairlead, containerd=/path, containerd@debian:SUITE, containerd@X.Y.Z, crio=/path or ' +
      'cri=unix:///path.sock; several make a matrix ' +
      '[default: the containerd in PATH for root, else fairlead]',
  },
  upgradeTo: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief:
      'The version that the step upgrade-runtime starts on the state of each containerd ' +
      '[default: the same one]',
    placeholder: 'runtime',
  },
  kubelet: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief:
      'A real kubelet to run beside each runtime, whose Node object is read; takes root, and ' +
      'KUBEBUILDER_ASSETS, the folder of kube-apiserver and etcd [default: a model of kubelet 1.32]',
    placeholder: 'path',
  },
  guard: {
    kind: 'boolean',
    default: false,
    withNegated: false,
    brief: 'Add a row for each runtime that the lab starts, with the Fairlead agent in front',
  },
} as const

/** Those that are named, each once; else the one that is taken by default. */
export async function runtimeNames(
  flags: RuntimeFlags,
  env: NodeJS.ProcessEnv,
): Promise<readonly RuntimeName[]> {
  const [{ parseRuntimeName }, { defaultRuntime }, { isRoot }] = await Promise.all([
    import('../lab/runtimes/runtime-name.ts'),
    import('../lab/runtimes/resolve.ts'),
    import('../lab/node/trial-node.ts'),
  ])
  return flags.runtime === undefined
    ? [await defaultRuntime(env, isRoot())]
    : [...new Set(flags.runtime)].map(parseRuntimeName)
}

/** Their programs, found or fetched. */
export async function resolveAll(
  names: readonly RuntimeName[],
  flags: RuntimeFlags,
  context: CliContext,
): Promise<RuntimeInstall[]> {
  const [{ resolveRuntime }, { defaultCacheDir }, { RELEASE_SITE }] = await Promise.all([
    import('../lab/runtimes/resolve.ts'),
    import('../lab/runtimes/cache.ts'),
    import('../lab/runtimes/release.ts'),
  ])
  const { env, stderr } = context.process
  return Promise.all(
    names.map((name) =>
      resolveRuntime(name, {
        cacheDir: path.resolve(flags.cache ?? defaultCacheDir(env)),
        mirror: flags.mirror ?? RELEASE_SITE,
        env,
        signal: context.signal,
        onFetch: (what) => {
          stderr.write(`Fetching ${what} ...\n`)
        },
      }),
    ),
  )
}

/** Each runtime, and what `upgrade-runtime` makes of it. */
export async function withUpgrades(
  installs: readonly RuntimeInstall[],
  scenarios: readonly LoadedScenario[],
  flags: RuntimeFlags,
  context: CliContext,
): Promise<readonly RuntimeInstall[]> {
  if (flags.upgradeTo === undefined) return installs
  const [{ parseRuntimeName }, { withUpgrade, upgradesRuntime }] = await Promise.all([
    import('../lab/runtimes/runtime-name.ts'),
    import('../lab/upgrade.ts'),
  ])
  if (!scenarios.some(upgradesRuntime)) {
    throw new FairleadError(
      'FL_USAGE',
      `--upgrade-to ${flags.upgradeTo} would do nothing: no scenario of this run upgrades its runtime.`,
      { hint: 'Name one with the step upgrade-runtime by --scenario, or leave --upgrade-to out.' },
    )
  }
  const [to] = await resolveAll([parseRuntimeName(flags.upgradeTo)], flags, context)
  return installs.map((install) => (to === undefined ? install : withUpgrade(install, to)))
}

/** The real kubelet that is asked for, if one is. */
export async function kubeletToRun(
  flags: RuntimeFlags,
  names: readonly RuntimeName[],
  env: NodeJS.ProcessEnv,
): Promise<KubeletInstall | undefined> {
  if (flags.kubelet === undefined) return undefined
  const [{ inspectKubelet }, { isRoot }] = await Promise.all([
    import('../lab/kubelet/kubelet-install.ts'),
    import('../lab/node/trial-node.ts'),
  ])
  const socket = names.find(({ from }) => from === 'socket')
  if (socket !== undefined) {
    throw new FairleadError(
      'FL_USAGE',
      `--kubelet takes a node of the lab's own, and ${socket.text} runs on this machine.`,
      { hint: 'Leave --kubelet out, or name a runtime that the lab starts.' },
    )
  }
  if (!isRoot()) {
    throw new FairleadError('FL_NOT_ROOT', '--kubelet: a real kubelet takes root.', {
      hint: 'Run it again with sudo, or leave --kubelet out: a model of kubelet says what it would report.',
    })
  }
  return inspectKubelet(flags.kubelet, env)
}

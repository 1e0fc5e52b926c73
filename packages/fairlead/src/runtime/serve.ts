import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'
import { createCni, pluginShells } from '@fairlead/cni'
import { serveCri, SocketInUseError } from '@fairlead/cri'
import { confDirAt, type NetworksEvent, openNetworks, type Policy } from '@fairlead/networks'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import { systemClock } from '../ports.ts'
import { collectLeftovers } from './leftovers.ts'
import { startNodeShell } from './node-shell.ts'
import { openPauses } from './pauses.ts'
import { podSandboxes, type Recovered } from './pod-sandboxes.ts'
import { criServices } from './services.ts'
import { askItself } from './self-test.ts'
import { openStore } from './store.ts'

// A node starts some pods at once, and more only when it boots; making a shell costs Status some ms.
const SHELLS_AHEAD = 8
const SHELLS_IDLE_MAX = 16
// kubelet waits for Status meanwhile; what takes longer is for it to remove.
const RECOVER_TIMEOUT_MS = 10_000

/** Something that happened to a runtime. */
export type RuntimeEvent =
  | NetworksEvent
  | { readonly type: 'not-reconciled'; readonly reason: string }

/** Where a runtime listens, and what it works with. */
export interface RuntimeOptions {
  readonly socketPath: string
  readonly confDir: string
  readonly binDirs: readonly string[]
  /** What has to survive a restart: sandboxes, and the attachments of their networks. */
  readonly stateDir: string
  readonly policy: Policy
  readonly env: NodeJS.ProcessEnv
  readonly onEvent: (event: RuntimeEvent) => void
}

/** A runtime that serves. */
export interface RunningRuntime extends AsyncDisposable {
  /** Sandboxes that an earlier run had begun to make, and that are gone now. */
  readonly undone: Recovered['undone']
  /** Those that could not be undone: shown as not ready, for kubelet to remove. */
  readonly stopped: Recovered['stopped']
  /** Files of the state that are of no use. */
  readonly damaged: readonly string[]
}

/**
 * Starts the embedded runtime. It serves once what an earlier run had begun is undone, after
 * 10 s at the latest: what cannot be undone by then is shown as not ready.
 *
 * @throws {FairleadError} FL_SOCKET when the socket is in use or cannot be made, FL_STATE_DIR when the
 * state cannot be read or written.
 */
export async function serveRuntime(options: RuntimeOptions): Promise<RunningRuntime> {
  await using started = new AsyncDisposableStack()
  const { socketPath, confDir, binDirs, stateDir, policy, env, onEvent } = options
  const clock = systemClock
  const sandboxesDir = path.join(stateDir, 'sandboxes')
  const usable = makeDir(sandboxesDir).then(() => access(stateDir, constants.W_OK))
  await usable.catch((error: unknown) => unusableState(error, options))
  // Before anything of the state is read: it may be another one's.
  const shell = started.use(await startNodeShell(path.join(stateDir, 'lock'), { env, clock }))
  const store = await openStore(sandboxesDir).catch((error: unknown) =>
    unusableState(error, options),
  )
  const runner = started.use(
    pluginShells({
      idleMax: SHELLS_IDLE_MAX,
      ahead: { count: SHELLS_AHEAD, env },
      dir: path.dirname(socketPath),
    }),
  )
  const cni = createCni({ binDirs, cacheDir: path.join(stateDir, 'cni'), env, runner })
  const networks = started.use(
    await openNetworks({ cni, confDir: confDirAt(confDir), policy, onEvent }),
  )
  const pauses = await openPauses(stateDir, { shell, clock })
  const sandboxes = podSandboxes({ store, networks, pauses })
  const { undone, stopped } = await sandboxes.recover(AbortSignal.timeout(RECOVER_TIMEOUT_MS))
  const services = criServices(sandboxes, networks, { confDir, binDirs, stateDir })
  await askItself(`${socketPath}.self`, services).catch((error: unknown) =>
    unusable(error, options),
  )
  started.use(
    await serveCri(socketPath, services).catch((error: unknown) => unusable(error, options)),
  )
  started.use(
    collectLeftovers(networks, store, (reason) => onEvent({ type: 'not-reconciled', reason })),
  )
  const running = started.move()
  return {
    undone,
    stopped,
    damaged: store.damaged,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function unusableState(error: unknown, { stateDir }: RuntimeOptions): never {
  throw new FairleadError(
    'FL_STATE_DIR',
    `The state folder ${stateDir} cannot be used: ${messageOf(error)}.`,
    { hint: 'Name another one by --state-dir.', cause: error },
  )
}

function unusable(error: unknown, { socketPath }: RuntimeOptions): never {
  if (!(error instanceof SocketInUseError) && systemCodeOf(error) === undefined) throw error
  throw new FairleadError('FL_SOCKET', `${socketPath} cannot be served: ${messageOf(error)}.`, {
    hint: 'Name another one by --socket, or end what listens there.',
    cause: error,
  })
}

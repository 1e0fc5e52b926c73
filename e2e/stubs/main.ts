import path from 'node:path'
import { parseArgs } from 'node:util'
import { createCni } from '@fairlead/cni'
import { serveCri } from '@fairlead/cri'
import { confDirAt, openNetworks } from '@fairlead/networks'
import { makeDir } from '../../packages/fairlead/src/files.ts'
import { systemClock } from '../../packages/fairlead/src/ports.ts'
import { startNodeShell } from '../../packages/fairlead/src/runtime/node-shell.ts'
import { openPauses } from '../../packages/fairlead/src/runtime/pauses.ts'
import { podSandboxes } from '../../packages/fairlead/src/runtime/pod-sandboxes.ts'
import { criServices } from '../../packages/fairlead/src/runtime/services.ts'
import { openStore } from '../../packages/fairlead/src/runtime/store.ts'
import { type Flaw, FLAWS, type Seen } from './flaws.ts'

// The embedded runtime's own parts, put together as it does, with one flaw between them.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    socket: { type: 'string', default: '' },
    'conf-dir': { type: 'string', default: '' },
    'bin-dir': { type: 'string', default: '' },
    'state-dir': { type: 'string', default: '' },
  },
})
const [name = ''] = positionals
const flaw: Flaw | undefined = Object.entries(FLAWS).find(([key]) => key === name)?.[1]
if (flaw === undefined) throw new Error(`there is no flaw "${name}"`)

const clock = systemClock
const { env } = process
const binDirs = [values['bin-dir']]
const stateDir = values['state-dir']
await makeDir(stateDir)
await makeDir(path.dirname(values.socket))
await flaw.onStart?.(stateDir)

let inFlight = 0
let changedAtMs = Number.NEGATIVE_INFINITY
let changedInFlight = false
const seen: Seen = {
  inFlight: () => inFlight,
  sinceChangeMs: () => clock.now() - changedAtMs,
  changedInFlight: () => changedInFlight,
}
const counted = async <T>(call: () => Promise<T>): Promise<T> => {
  inFlight += 1
  try {
    return await call()
  } finally {
    inFlight -= 1
  }
}

const dir = confDirAt(values['conf-dir'])
const watched = {
  ...dir,
  watch: (onHint: () => void) =>
    dir.watch(() => {
      changedAtMs = clock.now()
      changedInFlight ||= inFlight > 0
      onHint()
    }),
}
const cni = createCni({ binDirs, cacheDir: path.join(stateDir, 'cni'), env })
const networks = await openNetworks({
  cni,
  confDir: flaw.confDir?.(watched) ?? watched,
  policy: { kind: 'containerd' },
  onEvent: () => {},
})
const store = await openStore(path.join(stateDir, 'sandboxes'))
const shell = await startNodeShell(path.join(stateDir, 'lock'), { env, clock })
const pauses = await openPauses(stateDir, { shell, clock })
const sandboxes = podSandboxes({
  store,
  networks: flaw.networks?.(networks) ?? networks,
  pauses: flaw.pauses?.(pauses) ?? pauses,
})
await sandboxes.recover(AbortSignal.timeout(10_000))
const services = criServices(
  {
    ...sandboxes,
    run: (...call) => counted(() => sandboxes.run(...call)),
    stop: (...call) => counted(() => sandboxes.stop(...call)),
  },
  networks,
  { confDir: values['conf-dir'], binDirs, stateDir },
)
await serveCri(values.socket, {
  ...services,
  runtime: {
    ...services.runtime,
    status: async () => {
      const sound = { ready: networks.status().ready }
      const { ready } = (await flaw.status?.(sound, seen)) ?? sound
      const reason = ready ? '' : 'NetworkPluginNotReady'
      const network = { type: 'NetworkReady', status: ready, reason, message: '' }
      const runtime = { type: 'RuntimeReady', status: true, reason: '', message: '' }
      return { status: { conditions: [runtime, network] } }
    },
  },
})
process.once('SIGTERM', () => process.exit(0))

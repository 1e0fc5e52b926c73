// How long Status takes while plugins hang and the conf dir is written to a hundred times a second:
// Fairlead's runtime beside containerd 1.7 and 2.1 (Debian's packages), one after the other in the same
// run, each in a node of its own.
//
//   npm run bench:networks -- [seconds]
import { rmSync, writeFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { connectCri } from '@fairlead/cri'
import { CACHE } from '../../e2e/support.ts'
import {
  NODE_DIR,
  startTrialNode,
  type TrialNode,
} from '../../packages/fairlead/src/lab/node/trial-node.ts'
import { PluginBinaries } from '../../packages/fairlead/src/lab/plugins/plugin-binaries.ts'
import { PluginHost } from '../../packages/fairlead/src/lab/plugins/plugin-host.ts'
import { pluginScript } from '../../packages/fairlead/src/lab/plugins/plugin-script.ts'
import { endpointRole, loopbackRole } from '../../packages/fairlead/src/lab/plugins/roles.ts'
import { prepareRuntime } from '../../packages/fairlead/src/lab/runtimes/prepare.ts'
import type { RuntimeInstall } from '../../packages/fairlead/src/lab/runtimes/install.ts'
import { RELEASE_SITE } from '../../packages/fairlead/src/lab/runtimes/release.ts'
import { resolveRuntime } from '../../packages/fairlead/src/lab/runtimes/resolve.ts'
import { parseRuntimeName } from '../../packages/fairlead/src/lab/runtimes/runtime-name.ts'
import { systemClock as clock } from '../../packages/fairlead/src/ports.ts'

const SECONDS = Number(process.argv[2] ?? 15)
const RUNTIMES = ['fairlead', 'containerd@debian:trixie', 'containerd@debian:forky']
const HUNG = [0, 1, 50]
const WRITE_EVERY_MS = 10
const ASK_EVERY_MS = 25
const IN_FLIGHT_MAX = 4
// kubelet reports "container runtime is down" after 30 s without an answer; 10 s is bad enough.
const TIMEOUT_MS = 10_000

const { signal } = new AbortController()
const LIST = JSON.stringify({ cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'pods-cni' }] })

process.stdout.write(
  `Status over ${SECONDS} s, with ${1000 / WRITE_EVERY_MS} writes a second to the conf dir\n` +
    `${'runtime'.padEnd(26)} hung ADDs   p50 ms   p99 ms   max ms   unanswered\n`,
)
for (const hung of HUNG) {
  for (const name of RUNTIMES) {
    const install = await resolveRuntime(parseRuntimeName(name), {
      cacheDir: CACHE,
      mirror: RELEASE_SITE,
      env: process.env,
      signal,
      onFetch: () => {},
    })
    const { latenciesMs, unanswered } = await measure(install, hung)
    const cells = [0.5, 0.99, 1].map((part) => quantile(latenciesMs, part).toFixed(1).padStart(8))
    process.stdout.write(
      `${name.padEnd(26)} ${String(hung).padStart(9)} ${cells.join(' ')}   ${String(unanswered).padStart(10)}\n`,
    )
  }
}

async function measure(install: RuntimeInstall, hung: number) {
  const node = await startTrialNode(clock)
  try {
    return await measureOn(node, install, hung)
  } finally {
    // With the node ends everything on it.
    await node[Symbol.asyncDispose]()
  }
}

async function measureOn(node: TrialNode, install: RuntimeInstall, hung: number) {
  const prepared = await prepareRuntime(install, node)
  const hostDir = `${NODE_DIR}/plugins`
  const roles = new Map([
    ['pods-cni', endpointRole()],
    ['loopback', loopbackRole()],
  ])
  const script = { kind: 'script', text: pluginScript(hostDir) } as const
  await PluginBinaries.install(
    prepared.binDir.outside,
    new Map([...roles.keys()].map((type) => [type, script])),
  )
  const host = await PluginHost.start({
    outsideDir: node.outside(hostDir),
    roles,
    observer: { begin: () => {}, end: () => {}, fault: () => {} },
    clock,
  })
  writeFileSync(path.join(prepared.confDir.outside, '10-pods.conflist'), LIST)
  const logFile = path.join(tmpdir(), `fl-bench-${process.pid}.log`)
  const runtime = prepared.start({ logFile, clock, signal })
  await runtime.serving
  const cri = connectCri(prepared.socket.outside)
  await untilReady(cri)
  host.behave('pods-cni', 'ADD', { kind: 'hold' })
  const stop = new AbortController()
  const starting = Array.from({ length: hung }, (_, index) => {
    const metadata = { name: `p${index}`, namespace: 'd', uid: `u${index}`, attempt: 0 }
    const config = { metadata, logDirectory: `${NODE_DIR}/tmp`, linux: {} }
    return cri.runPodSandbox(config, { timeoutMs: 600_000, signal: stop.signal })
  })
  // Some of many may wait for their turn, which is just as well.
  while (host.running('pods-cni', 'ADD') < Math.min(hung, 10)) await delay(20)

  const storm = setInterval(() => {
    void appendFile(path.join(prepared.confDir.outside, 'kubeconfig'), 'x')
  }, WRITE_EVERY_MS)
  const asked = await ask(prepared.socket.outside)
  clearInterval(storm)
  host.releaseAll()
  stop.abort()
  await Promise.all(starting)
  cri[Symbol.dispose]()
  await runtime.stop()
  await host[Symbol.asyncDispose]()
  rmSync(logFile, { force: true })
  return asked
}

async function untilReady(cri: ReturnType<typeof connectCri>): Promise<void> {
  for (;;) {
    const status = await cri.status({}, { timeoutMs: 5000 })
    const conditions = status.ok ? (status.value.status?.conditions ?? []) : []
    const network = conditions.find(({ type }) => type === 'NetworkReady')
    if (network?.status === true) return
    await delay(50)
  }
}

/** Asks as the lab's fast probe does: often, whether or not the last call has been answered. */
async function ask(socketPath: string) {
  const cri = connectCri(socketPath)
  const latenciesMs: number[] = []
  let unanswered = 0
  const open = new Set<Promise<void>>()
  const untilMs = performance.now() + SECONDS * 1000
  while (performance.now() < untilMs) {
    if (open.size < IN_FLIGHT_MAX) {
      const call = cri.status({}, { timeoutMs: TIMEOUT_MS }).then((answer) => {
        if (answer.ok) latenciesMs.push(answer.latencyMs)
        else unanswered += 1
      })
      open.add(call)
      void call.then(() => open.delete(call))
    }
    await delay(ASK_EVERY_MS)
  }
  await Promise.all(open)
  cri[Symbol.dispose]()
  return { latenciesMs, unanswered }
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

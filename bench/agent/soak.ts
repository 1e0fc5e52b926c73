// What an agent costs and whether it bears everything: first some minutes in which nothing happens, then a
// soak: ten conf changes a second, plugins that fail at random, pods that come and go, in front of a real
// containerd 2.1 (Debian's package), in a node of its own. Every minute the installers pause, until the
// conf dir is as the sources say (or an update has been lost), and loads are counted against publications.
//
//   npm run bench:agent -- [idle minutes] [soak minutes] [folder for the samples]
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type CniVerb, replaceMembers } from '@fairlead/cni'
import { connectCri, type CriClient } from '@fairlead/cri'
import { CACHE } from '../../e2e/support.ts'
import { readConfigs } from '../../packages/fairlead/src/agent/published-dir.ts'
import { randomOf } from '../../packages/fairlead/src/random.ts'
import { NODE_DIR, startTrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import type { Behaviour } from '../../packages/fairlead/src/lab/plugins/behaviour.ts'
import { PluginBinaries } from '../../packages/fairlead/src/lab/plugins/plugin-binaries.ts'
import { PluginHost } from '../../packages/fairlead/src/lab/plugins/plugin-host.ts'
import { pluginScript } from '../../packages/fairlead/src/lab/plugins/plugin-script.ts'
import { endpointRole, loopbackRole } from '../../packages/fairlead/src/lab/plugins/roles.ts'
import { GUARDED_CONF_DIR } from '../../packages/fairlead/src/lab/runtimes/guard.ts'
import { prepareRuntime } from '../../packages/fairlead/src/lab/runtimes/prepare.ts'
import { RELEASE_SITE } from '../../packages/fairlead/src/lab/runtimes/release.ts'
import { resolveRuntime } from '../../packages/fairlead/src/lab/runtimes/resolve.ts'
import { parseRuntimeName } from '../../packages/fairlead/src/lab/runtimes/runtime-name.ts'
import { systemClock as clock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { processesOf, processUse } from '../../packages/fairlead/src/procfs.ts'

const IDLE_MINUTES = Number(process.argv[2] ?? 2)
const SOAK_MINUTES = Number(process.argv[3] ?? 2)
const OUT = process.argv[4] ?? path.join(tmpdir(), `fl-soak-${process.pid}`)
const RUNTIME = 'containerd@debian:forky'
const WRITE_EVERY_MS = 100
const SAMPLE_EVERY_MS = 10_000
/** Longer than a change may have to wait for plugins, and than a broken source for the next look. */
const CONVERGE_TIMEOUT_MS = 60_000

const NETWORKS: readonly { readonly file: string; readonly text: string }[] = [
  { file: '05-pods.conflist', text: conf('pods', '1.0.0', [{ type: 'pods-cni' }]) },
  {
    file: '00-meta.conflist',
    text: conf('meta', '0.3.1', [{ type: 'meta-cni', clusterNetwork: 'pods' }]),
  },
]
/** Of the soak only: one that has STATUS, which the agent runs for it, and a chain. */
const MORE: typeof NETWORKS = [
  { file: '20-storage.conflist', text: conf('storage', '1.1.0', [{ type: 'storage-cni' }]) },
  {
    file: '30-chain.conflist',
    text: conf('chain', '0.4.0', [{ type: 'storage-cni' }, { type: 'meta-cni' }]),
  },
]
const PLUGINS = ['pods-cni', 'meta-cni', 'storage-cni', 'loopback']
const FAILURES: readonly Behaviour[] = [
  { kind: 'fail', code: 999, msg: 'at random' },
  { kind: 'crash' },
  { kind: 'garbage' },
  { kind: 'delay', ms: 4_000 },
  { kind: 'delay', ms: 20_000 },
  { kind: 'orphan', ms: 5_000 },
]

const convergedMs: number[] = []
const lost: string[] = []
const soak = { writes: 0, pods: 0, podsFailed: 0 }
const random = randomOf(7)
const { signal } = new AbortController()
mkdirSync(OUT, { recursive: true })
const logFile = path.join(OUT, 'containerd.log')
const agentLog = path.join(OUT, 'containerd.agent.log')
for (const file of [logFile, agentLog]) rmSync(file, { force: true })

const install = await resolveRuntime(parseRuntimeName(RUNTIME), {
  cacheDir: CACHE,
  mirror: RELEASE_SITE,
  env: process.env,
  signal,
  onFetch: () => {},
})
if (install.kind !== 'containerd') throw new Error(`${RUNTIME} is no containerd`)
await using node = await startTrialNode(clock)
const prepared = await prepareRuntime({ ...install, guarded: true }, node)
const hostDir = `${NODE_DIR}/plugins`
const script = { kind: 'script', text: pluginScript(hostDir) } as const
await PluginBinaries.install(
  prepared.binDir.outside,
  new Map(PLUGINS.map((type) => [type, script])),
)
await using host = await PluginHost.start({
  outsideDir: node.outside(hostDir),
  roles: new Map(
    PLUGINS.map((type) => [type, type === 'loopback' ? loopbackRole() : endpointRole()]),
  ),
  observer: { begin: () => {}, end: () => {}, fault: () => {} },
  clock,
})
const published = node.outside(GUARDED_CONF_DIR)
for (const { file, text } of NETWORKS) await put(file, text)
const runtime = prepared.start({ logFile, clock, signal })
await runtime.serving
using cri = connectCri(prepared.socket.outside)
const agent = (await processesOf([process.execPath])).find(
  ({ rest }) => rest[1] === 'agent' && rest.at(-1)?.endsWith('agent.yaml') === true,
)
if (agent === undefined) throw new Error('there is no agent')
await untilPublished(NETWORKS)

const idle = await measured(IDLE_MINUTES, 'idle', () => delay(IDLE_MINUTES * 60_000))
tell(`idle: ${told(idle)}`)

for (const { file, text } of MORE) await put(file, text)
await untilPublished([...NETWORKS, ...MORE])
const before = counts()
const use = await measured(SOAK_MINUTES, 'soak', () => runSoak(SOAK_MINUTES * 60_000))
const after = counts()
const loads = after.loads - before.loads
const asked = after.asked - before.asked
const result = {
  runtime: install.version.text,
  idle,
  soak: {
    ...use,
    ...soak,
    lost,
    convergedMsMax: Math.max(...convergedMs),
    publications: after.publications - before.publications,
    loads,
    loadsAskedFor: asked,
    repairs: after.repairs - before.repairs,
    failures: after.failures - before.failures,
  },
}
tell(JSON.stringify(result, null, 2))
await runtime.stop()
const isGood = lost.length === 0 && loads === asked && after.failures === before.failures
process.exitCode = isGood ? 0 : 1

/** One minute after another: a storm, then a pause until all is as it should be. */
async function runSoak(forMs: number): Promise<void> {
  const untilMs = clock.now() + forMs
  while (clock.now() < untilMs) {
    const stop = new AbortController()
    const pods = churnPods(cri, stop.signal)
    const stormUntilMs = Math.min(clock.now() + 50_000, untilMs)
    for (let tick = 0; clock.now() < stormUntilMs; tick += 1) {
      const began = clock.now()
      if (tick % 20 === 0) misbehave()
      await writeOne()
      soak.writes += 1
      await delay(Math.max(0, WRITE_EVERY_MS - (clock.now() - began)))
    }
    host.releaseAll()
    stop.abort()
    await pods
    // Whatever was half-written is whole in the end.
    const last = [...NETWORKS, ...MORE].map(({ file, text }) => ({
      file,
      text: versionOf(text, soak.writes),
    }))
    for (const { file, text } of last) await put(file, text)
    const beganMs = clock.now()
    const isSame = await untilPublished(last)
    convergedMs.push(Math.round(clock.now() - beganMs))
    if (!isSame) lost.push(`after ${soak.writes} writes: ${(await differing(last)).join(', ')}`)
  }
}

/** What installers do: whole files, by rename or in place; halves; files that go and come back. */
async function writeOne(): Promise<void> {
  const all = [...NETWORKS, ...MORE]
  const { file, text } = all[random.below(all.length)] ?? { file: '', text: '' }
  const next = versionOf(text, random.below(9_000))
  const target = path.join(prepared.confDir.outside, file)
  switch (random.below(10)) {
    case 0:
      return writeFile(target, next.slice(0, next.length / 2))
    case 1:
      rmSync(target, { force: true })
      return
    case 2:
    case 3:
      return writeFile(target, next)
    default:
      return put(file, next)
  }
}

function misbehave(): void {
  const verbs: readonly CniVerb[] = ['ADD', 'DEL', 'STATUS', 'VERSION']
  for (const plugin of PLUGINS) {
    for (const verb of verbs) {
      const failure = random.below(6) === 0 ? FAILURES[random.below(FAILURES.length)] : undefined
      host.behave(plugin, verb, failure ?? { kind: 'answer' })
    }
  }
}

/** A pod each two seconds, which goes again at once. */
async function churnPods(runtimeCri: CriClient, stop: AbortSignal): Promise<void> {
  const going = new Set<Promise<void>>()
  while (!stop.aborted) {
    soak.pods += 1
    const pod = onePod(runtimeCri, soak.pods)
    going.add(pod)
    void pod.then(() => going.delete(pod))
    await delay(2_000, undefined, { signal: stop }).catch(() => undefined)
  }
  await Promise.all(going)
}

async function onePod(runtimeCri: CriClient, number: number): Promise<void> {
  const metadata = { name: `p${number}`, namespace: 'd', uid: `u${number}`, attempt: 0 }
  const config = { metadata, logDirectory: `${NODE_DIR}/tmp`, linux: {} }
  const started = await runtimeCri.runPodSandbox(config, { timeoutMs: 60_000 })
  if (!started.ok) {
    soak.podsFailed += 1
    return
  }
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const stopped = await runtimeCri.stopPodSandbox(started.value, { timeoutMs: 60_000 })
    const removed = stopped.ok
      ? await runtimeCri.removePodSandbox(started.value, { timeoutMs: 60_000 })
      : stopped
    if (removed.ok) return
    await delay(1_000)
  }
}

async function put(file: string, text: string): Promise<void> {
  const target = path.join(prepared.confDir.outside, file)
  await writeFile(`${target}.tmp`, text)
  await rename(`${target}.tmp`, target)
}

async function untilPublished(wanted: typeof NETWORKS): Promise<boolean> {
  const isSame = async () => (await differing(wanted)).length === 0
  return waitUntil(isSame, { clock, everyMs: 100, timeoutMs: CONVERGE_TIMEOUT_MS })
}

/** The files that the runtime's conf dir has otherwise than wanted. */
async function differing(wanted: typeof NETWORKS): Promise<readonly string[]> {
  const files = await readConfigs(published)
  return wanted
    .filter(({ file, text }) => files.get(file) !== asPublished(text))
    .map(({ file }) => file)
}

/** As the agent publishes it: at a version at which no runtime runs STATUS. */
function asPublished(text: string): string {
  if (!text.includes('"cniVersion":"1.1.0"')) return text
  return replaceMembers(text, { cniVersion: '"1.0.0"', cniVersions: '["1.0.0"]' })
}

function versionOf(text: string, version: number): string {
  return text.replace('"mtu":0', `"mtu":${version}`)
}

function conf(name: string, cniVersion: string, plugins: readonly object[]): string {
  return JSON.stringify({ cniVersion, name, plugins: plugins.map((one) => ({ ...one, mtu: 0 })) })
}

/** From the logs: what the agent published and what containerd loaded for it. */
function counts() {
  const lines = readFileSync(agentLog, 'utf8').split('\n')
  const publications = lines.filter((line) => line.startsWith('published: '))
  const removals = publications.flatMap((line) => line.split(';')[0]?.match(/ goes\b/g) ?? [])
  const withRemovals = publications.filter((line) => / goes\b/.test(line.split(';')[0] ?? ''))
  const kicks = lines.filter((line) => line.startsWith('made to load once more: '))
  return {
    publications: publications.length,
    /** One for each publication, or for each file that goes; and those that were made to load again. */
    asked: publications.length - withRemovals.length + removals.length + kicks.length,
    loads: readFileSync(logFile, 'utf8').match(/receiving change event/g)?.length ?? 0,
    repairs: lines.filter((line) => line.startsWith('ending plugins: ')).length,
    failures: lines.filter((line) => / failed, and is tried again: /.test(line)).length,
  }
}

/** Runs something and samples the agent meanwhile. */
async function measured(minutes: number, phase: string, run: () => Promise<void>) {
  const rssMb: number[] = []
  const began = { atMs: clock.now(), cpuNs: useNow().cpuNs }
  const sample = () => {
    const { residentBytes } = useNow()
    const mb = Number(residentBytes / 1024n) / 1024
    rssMb.push(mb)
    const atS = Math.round((clock.now() - began.atMs) / 1000)
    const { writes, pods } = soak
    const line = { phase, atS, rssMb: rounded(mb), openFiles: openFiles(), writes, pods }
    appendFileSync(path.join(OUT, 'samples.jsonl'), `${JSON.stringify(line)}\n`)
  }
  sample()
  const timer = setInterval(sample, SAMPLE_EVERY_MS)
  await run()
  clearInterval(timer)
  sample()
  const tookMs = clock.now() - began.atMs
  const cpuMs = Number((useNow().cpuNs - began.cpuNs) / 1_000_000n)
  const third = Math.max(1, Math.floor(rssMb.length / 3))
  return {
    minutes,
    rssMbMax: rounded(Math.max(...rssMb)),
    rssMbFirstThird: rounded(mean(rssMb.slice(0, third))),
    rssMbLastThird: rounded(mean(rssMb.slice(-third))),
    cpuPercent: rounded((cpuMs / tookMs) * 100),
  }
}

function useNow() {
  const use = agent === undefined ? undefined : processUse(agent.process)
  if (use === undefined) throw new Error(`The agent has ended; its log is ${agentLog}`)
  return use
}

function openFiles(): number {
  return readdirSync(`/proc/${agent?.process.pid}/fd`).length
}

function told({ minutes, rssMbMax, cpuPercent }: Awaited<ReturnType<typeof measured>>): string {
  return `${minutes} min, at most ${rssMbMax} MB, ${cpuPercent} % of a CPU`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
  appendFileSync(path.join(OUT, 'result.txt'), `${text}\n`)
}

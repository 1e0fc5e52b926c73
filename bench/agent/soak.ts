// What an agent costs and whether it bears everything: first some minutes in which nothing happens, then a
// soak: ten conf changes a second, plugins that fail at random, pods that come and go, in front of a real
// containerd 2.1 (Debian's package), in a node of its own. Every minute the installers pause, until the
// conf dir is as the sources say (or an update has been lost), and loads are counted against publications.
//
//   npm run bench:agent -- [idle minutes] [soak minutes] [folder for the samples]
import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type CniVerb, replaceMembers } from '@fairlead/cni'
import { readConfigs } from '../../packages/fairlead/src/agent/published-dir.ts'
import { NODE_DIR } from '../../packages/fairlead/src/lab/node/trial-node.ts'
import type { Behaviour } from '../../packages/fairlead/src/lab/plugins/behaviour.ts'
import { systemClock as clock, waitUntil } from '../../packages/fairlead/src/ports.ts'
import { randomOf } from '../../packages/fairlead/src/random.ts'
import { type ConfFile, startGuardedNode } from './guarded-node.ts'
import { measured } from './use.ts'

const IDLE_MINUTES = Number(process.argv[2] ?? 2)
const SOAK_MINUTES = Number(process.argv[3] ?? 2)
const OUT = process.argv[4] ?? path.join(tmpdir(), `fl-soak-${process.pid}`)
const SUITE = 'forky'
const WRITE_EVERY_MS = 100
/** Longer than a change may have to wait for plugins, and than a broken source for the next look. */
const CONVERGE_TIMEOUT_MS = 60_000

const NETWORKS: readonly ConfFile[] = [
  { file: '05-pods.conflist', text: conf('pods', '1.0.0', [{ type: 'pods-cni' }]) },
  {
    file: '00-meta.conflist',
    text: conf('meta', '0.3.1', [{ type: 'meta-cni', clusterNetwork: 'pods' }]),
  },
]
/** Of the soak only: one that has STATUS, which the agent runs for it, and a chain. */
const MORE: readonly ConfFile[] = [
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
mkdirSync(OUT, { recursive: true })
await using node = await startGuardedNode(SUITE, OUT, { plugins: PLUGINS, files: NETWORKS })
const { cri, host, put } = node
await untilPublished(NETWORKS)

const sampled = { out: OUT, more: () => ({ writes: soak.writes, pods: soak.pods }) }
const idle = await measured(node.agent, { phase: 'idle', minutes: IDLE_MINUTES, ...sampled }, () =>
  delay(IDLE_MINUTES * 60_000),
)
tell(`idle: ${idle.minutes} min, at most ${idle.rssMbMax} MB, ${idle.cpuPercent} % of a CPU`)

for (const file of MORE) await put(file)
await untilPublished([...NETWORKS, ...MORE])
const before = node.counts()
const use = await measured(node.agent, { phase: 'soak', minutes: SOAK_MINUTES, ...sampled }, () =>
  runSoak(SOAK_MINUTES * 60_000),
)
const after = node.counts()
const loads = after.loads - before.loads
const asked = after.asked - before.asked
const result = {
  runtime: node.version,
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
await node.stop()
const isGood = lost.length === 0 && loads === asked && after.failures === before.failures
process.exitCode = isGood ? 0 : 1

/** One minute after another: a storm, then a pause until all is as it should be. */
async function runSoak(forMs: number): Promise<void> {
  const untilMs = clock.now() + forMs
  while (clock.now() < untilMs) {
    const stop = new AbortController()
    const pods = churnPods(stop.signal)
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
    for (const file of last) await put(file)
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
  const target = path.join(node.sourceDir, file)
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
      return put({ file, text: next })
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
async function churnPods(stop: AbortSignal): Promise<void> {
  const going = new Set<Promise<void>>()
  while (!stop.aborted) {
    soak.pods += 1
    const pod = onePod(soak.pods)
    going.add(pod)
    void pod.then(() => going.delete(pod))
    await delay(2_000, undefined, { signal: stop }).catch(() => undefined)
  }
  await Promise.all(going)
}

async function onePod(number: number): Promise<void> {
  const metadata = { name: `p${number}`, namespace: 'd', uid: `u${number}`, attempt: 0 }
  const config = { metadata, logDirectory: `${NODE_DIR}/tmp`, linux: {} }
  const started = await cri.runPodSandbox(config, { timeoutMs: 60_000 })
  if (!started.ok) {
    soak.podsFailed += 1
    return
  }
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const stopped = await cri.stopPodSandbox(started.value, { timeoutMs: 60_000 })
    const removed = stopped.ok
      ? await cri.removePodSandbox(started.value, { timeoutMs: 60_000 })
      : stopped
    if (removed.ok) return
    await delay(1_000)
  }
}

async function untilPublished(wanted: readonly ConfFile[]): Promise<boolean> {
  const isSame = async () => (await differing(wanted)).length === 0
  return waitUntil(isSame, { clock, everyMs: 100, timeoutMs: CONVERGE_TIMEOUT_MS })
}

/** The files that the runtime's conf dir has otherwise than wanted. */
async function differing(wanted: readonly ConfFile[]): Promise<readonly string[]> {
  const files = await readConfigs(node.publishedDir)
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

function tell(text: string): void {
  process.stdout.write(`${text}\n`)
  appendFileSync(path.join(OUT, 'result.txt'), `${text}\n`)
}

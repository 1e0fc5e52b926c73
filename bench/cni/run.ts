// ADD and DEL through @fairlead/cni beside libcni (Go) in the same run: a plugin that does nothing,
// and a bridge with host-local addresses; one container after the other and 50 at a time. The sides
// take turns; each figure is the median over the rounds, each ratio that of the pairs.
//
//   npm run bench:cni -- [rounds]
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { debianPackages } from '../../e2e/debian.ts'
import { buildPeer } from '../../e2e/libcni/peer.ts'

const ROUNDS = Number(process.argv[2] ?? 15)
const AT_ONCE = 50
const SIDES = ['libcni', 'shells', 'processes'] as const
type Side = (typeof SIDES)[number]

interface Usage {
  readonly wallMs: number
  readonly userMs: number
  readonly sysMs: number
  readonly childrenUserMs: number
  readonly childrenSysMs: number
}

type Round = ReadonlyMap<Side, Usage>

interface Workload {
  readonly name: string
  readonly binDirs: string
  readonly conf: object
  readonly count: number
}

const NOTHING: Usage = {
  wallMs: Number.NaN,
  userMs: Number.NaN,
  sysMs: Number.NaN,
  childrenUserMs: Number.NaN,
  childrenSysMs: Number.NaN,
}

const host = `fl-bench-${process.pid}`
const dir = mkdtempSync(path.join(tmpdir(), 'fl-bench-'))
const peer = await buildPeer()
const plugins = path.join(
  await debianPackages('forky', ['containernetworking-plugins']),
  'usr',
  'lib',
  'cni',
)
const ours = compiled('ours.ts')
try {
  makeNamespaces()
  for (const workload of workloads()) {
    for (const parallel of [1, AT_ONCE]) report(workload, parallel, measure(workload, parallel))
  }
} finally {
  removeNamespaces()
  rmSync(dir, { recursive: true })
  rmSync(ours)
}

function workloads(): readonly Workload[] {
  const bin = path.join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(path.join(bin, 'nothing'), `#!/bin/sh\necho '{"cniVersion":"1.0.0"}'\n`)
  chmodSync(path.join(bin, 'nothing'), 0o755)
  const list = (plugin: object) => ({ cniVersion: '1.0.0', name: 'bench', plugins: [plugin] })
  return [
    { name: 'nothing', binDirs: bin, conf: list({ type: 'nothing' }), count: 300 },
    {
      name: 'bridge',
      binDirs: plugins,
      conf: list({
        type: 'bridge',
        bridge: 'flbench0',
        isGateway: true,
        ipam: {
          type: 'host-local',
          dataDir: path.join(dir, 'host-local'),
          ranges: [[{ subnet: '10.99.0.0/16' }]],
        },
      }),
      count: 100,
    },
  ]
}

function measure(workload: Workload, parallel: number): Round[] {
  const conf = path.join(dir, `${workload.name}.conflist`)
  writeFileSync(conf, JSON.stringify(workload.conf))
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? SIDES : SIDES.toReversed()
    const usages = new Map(order.map((side) => [side, once(side, workload, conf, parallel)]))
    rounds.push(usages)
  }
  return rounds
}

function once(side: Side, { binDirs, count }: Workload, conf: string, parallel: number): Usage {
  const args = [binDirs, path.join(dir, 'cache'), conf, String(count), String(parallel)]
  const program = side === 'libcni' ? [peer, 'bench'] : [process.execPath, ours, side]
  const command = ['netns', 'exec', host, ...program, ...args, `/run/netns/${host}-`]
  // Written by the two programs beside this one.
  return JSON.parse(execFileSync('ip', command, { encoding: 'utf8' })) as Usage
}

function report({ name, count }: Workload, parallel: number, rounds: readonly Round[]): void {
  const wall = (usage = NOTHING) => usage.wallMs / count
  const cpu = (usage = NOTHING) =>
    (usage.userMs + usage.sysMs + usage.childrenUserMs + usage.childrenSysMs) / count
  process.stdout.write(
    `\n${name}, ${parallel === 1 ? 'one after the other' : `${parallel} at a time`}: ` +
      `ms for an ADD and its DEL, median of ${ROUNDS} rounds of ${count}\n`,
  )
  for (const side of SIDES) {
    const cells = [wall, cpu].map((figure) => {
      const own = median(rounds.map((round) => figure(round.get(side))))
      const ratio = median(
        rounds.map((round) => figure(round.get(side)) / figure(round.get('libcni'))),
      )
      return `${own.toFixed(2).padStart(8)} (x ${ratio.toFixed(2)})`
    })
    process.stdout.write(`  ${side.padEnd(10)} wall ${cells[0]}   cpu ${cells[1]}\n`)
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** As users have it: JavaScript over the built package, without the compiler in memory. */
function compiled(name: string): string {
  const source = path.join(import.meta.dirname, name)
  const target = source.replace(/\.ts$/, '.generated.mjs')
  writeFileSync(target, stripTypeScriptTypes(readFileSync(source, 'utf8')))
  return target
}

function makeNamespaces(): void {
  ip('netns', 'add', host)
  ip('-n', host, 'link', 'set', 'lo', 'up')
  for (let index = 0; index < AT_ONCE; index += 1) ip('netns', 'add', `${host}-${index}`)
}

function removeNamespaces(): void {
  for (let index = 0; index < AT_ONCE; index += 1) ip('netns', 'delete', `${host}-${index}`)
  ip('netns', 'delete', host)
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

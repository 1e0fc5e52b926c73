import { readFile } from 'node:fs/promises'
import { benchPlots, number } from './bench-plots.ts'
import { type BenchResults, benchResults } from './bench-results.ts'
import { benchTables } from './bench-tables.ts'
import { markdownTable } from './markdown-table.ts'

/** The pages that show a table of a benchmark between two comments. */
const SHOWN_IN: Readonly<Record<string, keyof ReturnType<typeof benchTables>>> = {
  'docs/runtime.md': 'networks',
  'packages/cni/README.md': 'cni',
  'docs/results/2026-11-29-doctor.md': 'doctor',
  'docs/results/2026-11-29-agent.md': 'agent',
}

/** docs/benchmarks.md, its plots, and the tables of other pages, all from docs/results/bench. */
export async function benchmarks(): Promise<ReadonlyMap<string, string>> {
  const tables = benchTables(benchResults)
  const files = new Map([['docs/benchmarks.md', page(benchResults, tables)]])
  for (const [name, plot] of benchPlots(benchResults))
    files.set(`docs/images/bench/${name}.svg`, plot)
  for (const [file, name] of Object.entries(SHOWN_IN)) {
    files.set(file, withTable(await readFile(file, 'utf8'), name, tables[name], file))
  }
  return files
}

/** `text` with `table` between the comments that name its benchmark. */
function withTable(text: string, name: string, table: string, file: string): string {
  const [begin, end] = [`<!-- made from docs/results/bench/${name}.json -->`, '<!-- end -->']
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from === -1 || to === -1) throw new Error(`${file} has no ${begin} with an ${end}`)
  return `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`
}

function page(results: BenchResults, tables: ReturnType<typeof benchTables>): string {
  const { networks, cni, doctor, agent, upgrade } = results
  return `# Measured, against whom

Each row has its peer in the same run. All on small virtual machines with 2 cores; what else the machine did is said with each
figure. \`npm run bench\` runs the four benchmarks one after the other, as root, in about half an hour. The figures are
data, in \`docs/results/bench\`, and this page with its plots is made from them by \`npm run generate\`.

${overview(results)}

## \`Status\` while ADDs hang

![${altOf(networks.rows.map(({ hungAdds, runtime, p99Ms, isAnswered }) => `${runtime}, ${hungAdds} hung: ${isAnswered ? `p99 ${p99Ms} ms` : 'no answer'}`))}](images/bench/status-latency.svg)

kubelet calls a node NotReady when \`Status\` has been silent for 30 s. Here plugins never end their ADD while a file in the conf dir is
written to ${networks.writesPerSecond} times a second, for ${networks.secondsEach} s each, with ${networks.callsInFlight} calls in flight and a deadline of ${networks.deadlineMs / 1000} s each. containerd 2.1 holds a lock
while a plugin runs, for which the first write waits, and each \`Status\` behind it: nothing is answered any more, and its times are of the
calls that were in flight before. That of 1.7 never held it for so long ([the lock](incident.md#the-lock-over-the-plugin-every-version-since)).

${tables.networks}

${source(networks, 'networks')} More of it, scenario by scenario: [the embedded runtime](runtime.md#beside-containerd).

## ADD and DEL beside libcni

![${altOf(cni.rows.map(({ what, shells, childProcesses }) => `${what}: ${shells.ratio} times libcni by shells, ${childProcesses.ratio} by child processes`))}](images/bench/cni-exec.svg)

Milliseconds for an ADD and its DEL, median of ${cni.rounds} rounds, and in brackets the median of the ratios to libcni. The goals, 1.05 for
a bridge and 1.2 for a plugin that does nothing, are reached by shells for a bridge at a time and by neither for the
rest; [why](../packages/cni/README.md#how-plugins-are-run).

${tables.cni}

${source(cni, 'cni')}

## The doctor beside ripgrep

![${altOf([`wall time ${doctor.doctor.wallS} s, ripgrep ${doctor.ripgrep.wallS} s`, `processor time ${doctor.doctor.cpuS} and ${doctor.ripgrep.cpuS} s`, `memory ${doctor.doctor.peakMb} and ${doctor.ripgrep.peakMb} MB`])}](images/bench/doctor.svg)

${number(doctor.megabytes)} MB of logs in ${doctor.files} files, ${doctor.texts} texts to look for, ${number(doctor.lines)} lines with one of them, ${doctor.rounds} rounds in turn. On a busy machine the processor times say
more than the wall times. ripgrep prints lines; the doctor also reads each, compares it with the advisories and writes a report.

${tables.doctor}

${source(doctor, 'doctor')} [What was run, and on which bundles besides](results/2026-11-29-doctor.md).

## Nodes that a faulty version hurts

![${altOf(upgrade.faults.flatMap(({ meaning, rows }) => rows.map(({ policy, hurt }) => `${meaning}, ${policy}: ${hurt.median} in the median, at most ${hurt.most}`)))}](images/bench/upgrade-hurt.svg)

${number(upgrade.clusters)} simulated clusters of ${number(upgrade.nodes)} nodes under the decisions of the controller itself, under the same without its soak, and under what
system-upgrade-controller does. In brackets the most of all clusters. [The times, and what the policy costs where
nothing is wrong](upgrade.md#what-a-policy-is-worth-fairlead-upgrade-simulate).

${tables.upgrade}

Seed ${upgrade.seed}: ${upgrade.faults.map(({ fault }) => `\`fairlead upgrade simulate --fault '${fault}' --seed ${upgrade.seed}\``).join(' and ')}; a test plays the first again. The peer: ${versions(upgrade)}.

## What the agent costs

![${altOf([`${agent.soak.memoryMb.join(', ')} MB, one each ${agent.soak.everyMinutes} minutes`])}](images/bench/agent-memory.svg)

An hour of ${number(agent.soak.confChanges)} conf changes and ${number(agent.soak.pods)} pods in front of containerd 2.1: ${agent.soak.publications} publications, ${agent.soak.loads} loads, and a memory that stays flat. The goal of
${agent.goalMb} MB is missed; 50 MB of it are the program of Node.js itself.

${tables.agent}

${source(agent, 'agent')} [The whole soak](results/2026-11-29-agent.md).
`
}

function overview({ networks, cni, doctor, upgrade }: BenchResults): string {
  const p99 = (of: string) =>
    networks.rows
      .filter(({ runtime }) => runtime === of)
      .map(({ p99Ms, isAnswered }) => (isAnswered ? `${p99Ms}` : 'no answer'))
  const [alone, , together] = cni.rows
  const [first] = upgrade.faults
  const hurt = (first?.rows ?? []).map(({ hurt }) => hurt)
  return markdownTable(
    ['what', 'against', 'goal', 'measured', 'by'],
    [
      [
        'the founding fault found on containerd 2.0.1',
        '2.0.0 and 2.0.3',
        '10 of 10 within 30 s; no false alarm',
        '40 of 40 within 6 s; 0 of 20 on 2.0.0 and 2.0.3 in `dual-cni-boot`',
        '[`fairlead lab run`](results/2026-11-25-incident.md)',
      ],
      [
        '`Status` while plugins hang and the conf dir is written to',
        'containerd 1.7.24, 2.1.9',
        `p99 under ${networks.goalP99Ms} ms`,
        `${p99('fairlead').join(', ')} ms with 0, 1 and 50 hung ADDs; 1.7.24: ${p99('containerd 1.7').join(', ')}; 2.1.9: ${p99('containerd 2.1').join(', ')}`,
        '[`npm run bench:networks`](#status-while-adds-hang)',
      ],
      [
        'the same through all 50 scenarios',
        'containerd 1.7.24 (`hundred-pods`)',
        'p99 under 10 ms in each',
        '9.2 ms of all calls; more in single scenarios, 39 ms in `hundred-pods`',
        '[`tools/status-latency.ts`](runtime.md#beside-containerd)',
      ],
      [
        'ADD and DEL of a bridge through `@fairlead/cni`',
        'libcni 1.3 in Go',
        `${alone?.goalRatio} times`,
        `${alone?.shells.ratio} one after the other, ${together?.childProcesses.ratio} with 50 at once`,
        '[`npm run bench:cni`](#add-and-del-beside-libcni)',
      ],
      [
        'containerd 2.0.1 behind the agent',
        'the same without',
        'no wedge',
        '0 of 80; without 80 of 80',
        '[`fairlead lab run --guard`](results/2026-11-29-guarded-2.0.1.md)',
      ],
      [
        'containerd 1.7.24 and 2.1.9 behind the agent, all scenarios',
        'the same without',
        'every fault of reloads gone',
        '6 scenarios fail on each, none of them by a reload; without 23 and 29',
        '[`fairlead lab run --guard`](results/2026-11-29-guarded.md), [why](agent.md#in-the-lab)',
      ],
      [
        'the doctor on 1 GB of logs',
        `ripgrep 13 with the same ${doctor.texts} texts`,
        `within ${doctor.goalWallRatio} times; ${doctor.goalPeakMb} MB`,
        `${doctor.ratios.cpu.median} times the processor time, ${doctor.ratios.wall.median} times the wall time on a busy machine; ${doctor.doctor.peakMb} MB`,
        '[`npm run bench:doctor`](#the-doctor-beside-ripgrep)',
      ],
      [
        'an upgrade that breaks 30 % of 10,000 nodes after 45 s',
        'no soak; system-upgrade-controller',
        'the canary and one wave',
        `${number(hurt[0]?.median ?? 0)} node in the median, ${number(hurt[0]?.most ?? 0)} at most; ${hurt
          .slice(1)
          .map(({ median }) => number(median))
          .join('; ')}`,
        '[`fairlead upgrade simulate`](#nodes-that-a-faulty-version-hurts)',
      ],
      [
        '`fairlead --version`',
        '',
        'under 80 ms',
        '60 ms from the npm package; as one file of 130 MB 50 ms of processor time',
        '`time fairlead --version`',
      ],
    ],
  )
}

/** Where a figure comes from, as a sentence. */
function source(
  run: Exclude<BenchResults[keyof BenchResults], BenchResults['upgrade']>,
  name: string,
): string {
  return `\`${run.command}\`, ${run.measured}, on ${run.machine}; ${versions(run)}; recorded in ${run.recordedIn}, as [data](results/bench/${name}.json).`
}

function versions({ versions }: { readonly versions: object }): string {
  return Object.entries(versions)
    .map(([what, version]) => `${what.replace(/ [\d.]+$/, '')} ${version}`)
    .join(', ')
}

function altOf(sentences: readonly string[]): string {
  return sentences.join('; ').replaceAll(/[[\]]/g, '')
}

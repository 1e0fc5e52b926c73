import type { BenchResults } from './bench-results.ts'
import { type Axis, linePlot, type PlotRow, rowPlot } from './plots.ts'

/** The plots of docs/benchmarks.md, by the name of their file. */
export function benchPlots(results: BenchResults): ReadonlyMap<string, string> {
  return new Map([
    ['status-latency', statusLatency(results.networks)],
    ['cni-exec', cniExec(results.cni)],
    ['doctor', doctor(results.doctor)],
    ['upgrade-hurt', upgradeHurt(results.upgrade)],
    ['agent-memory', agentMemory(results.agent)],
  ])
}

/** A number with thousands apart, as a text for people. */
export function number(value: number): string {
  return value.toLocaleString('en-US')
}

/** As exact as it was measured: three digits. */
export function milliseconds(ms: number): string {
  return ms.toPrecision(3)
}

const SERIES: Readonly<Record<string, PlotRow['series']>> = {
  fairlead: 0,
  'containerd 1.7': 1,
  'containerd 2.1': 2,
}

function statusLatency({ rows, goalP99Ms, deadlineMs }: BenchResults['networks']): string {
  const axis: Axis = {
    kind: 'log',
    from: 1,
    to: deadlineMs,
    ticks: [1, 10, 100, 1000, 10_000],
    label: 'ms, logarithmic',
  }
  const groups = [...Map.groupBy(rows, ({ hungAdds }) => hungAdds)].map(([hungAdds, ofThem]) => ({
    heading: hungAdds === 1 ? '1 ADD hangs' : `${hungAdds === 0 ? 'No' : hungAdds} ADDs hang`,
    axis,
    goal: { value: goalP99Ms, label: `goal: p99 under ${goalP99Ms} ms` },
    rows: ofThem.map(({ runtime, p50Ms, p99Ms, isAnswered }): PlotRow => ({
      label: runtime,
      value: p50Ms,
      upTo: p99Ms,
      text: isAnswered
        ? `p50 ${p50Ms}, p99 ${p99Ms} ms`
        : `no answer within ${deadlineMs / 1000} s`,
      series: SERIES[runtime] ?? 2,
      isOpen: !isAnswered,
    })),
  }))
  return rowPlot(
    'How long Status takes while ADDs hang',
    'Dot: p50; the line ends at the p99. Left is better.',
    groups,
  )
}

function cniExec({ rows }: BenchResults['cni']): string {
  const axis: Axis = {
    kind: 'linear',
    from: 0,
    to: 3,
    ticks: [0, 0.5, 1, 1.5, 2, 2.5, 3],
    label: 'times what libcni takes; 1 is as quick',
  }
  const groups = rows.map(({ what, goalRatio, libcniMs, shells, childProcesses }) => ({
    heading: what,
    axis,
    goal: { value: goalRatio, label: '' },
    rows: [
      {
        label: 'shells',
        value: shells.ratio,
        text: `${shells.ratio}: ${milliseconds(shells.ms)} ms, libcni ${milliseconds(libcniMs)}`,
        series: 0,
      },
      {
        label: 'child processes',
        value: childProcesses.ratio,
        text: `${childProcesses.ratio}: ${milliseconds(childProcesses.ms)} ms`,
        series: 1,
      },
    ] satisfies PlotRow[],
  }))
  return rowPlot(
    'An ADD and its DEL beside libcni in Go',
    'Dashed: the goal, 1.05 for a bridge, 1.2 for a plugin that does nothing.',
    groups,
  )
}

function doctor({ ripgrep, doctor, goalWallRatio, goalPeakMb }: BenchResults['doctor']): string {
  const pair = (unit: string, own: number, peer: number): PlotRow[] => [
    { label: 'fairlead doctor', value: own, text: `${own} ${unit}`, series: 0 },
    { label: 'ripgrep', value: peer, text: `${peer} ${unit}`, series: 1 },
  ]
  const seconds: Axis = {
    kind: 'linear',
    from: 0,
    to: 15,
    ticks: [0, 5, 10, 15],
    label: 'seconds',
  }
  const wallGoal = goalWallRatio * ripgrep.wallS
  return rowPlot('The doctor and ripgrep over 1 GB of logs', 'Shorter is better.', [
    {
      heading: 'Wall time',
      axis: seconds,
      goal: { value: wallGoal, label: 'goal' },
      rows: pair('s', doctor.wallS, ripgrep.wallS),
    },
    { heading: 'Processor time', axis: seconds, rows: pair('s', doctor.cpuS, ripgrep.cpuS) },
    {
      heading: 'Most memory',
      axis: { kind: 'linear', from: 0, to: 320, ticks: [0, 100, 200, 300], label: 'MB' },
      goal: { value: goalPeakMb, label: '' },
      rows: pair('MB', doctor.peakMb, ripgrep.peakMb),
    },
  ])
}

function upgradeHurt({ faults, nodes }: BenchResults['upgrade']): string {
  const axis: Axis = {
    kind: 'log',
    from: 1,
    to: nodes,
    ticks: [1, 10, 100, 1000, 10_000],
    label: `nodes of ${number(nodes)}, logarithmic`,
  }
  const groups = faults.map(({ meaning, rows }) => ({
    heading: meaning,
    axis,
    rows: rows.map(({ policy, hurt }, index): PlotRow => ({
      label: policy,
      value: hurt.median,
      upTo: hurt.most,
      text: `${number(hurt.median)}, at most ${number(hurt.most)}`,
      series: index === 0 ? 0 : index === 1 ? 1 : 2,
    })),
  }))
  return rowPlot(
    'Nodes that a faulty version hurts',
    'Dot: the median of the clusters; the line ends at the most. Left is better.',
    groups,
  )
}

function agentMemory({ soak, goalMb }: BenchResults['agent']): string {
  const { everyMinutes, minutes, memoryMb } = soak
  return linePlot(
    'Memory of the agent through the soak',
    'Ten conf changes a second, plugins that fail at random, a pod every 2 s.',
    {
      across: {
        kind: 'linear',
        from: 0,
        to: minutes,
        ticks: [0, 15, 30, 45, 60],
        label: 'minutes',
      },
      up: { kind: 'linear', from: 0, to: 120, ticks: [0, 40, 80, 120], label: 'MB' },
      points: memoryMb.map((mb, index) => [index * everyMinutes, mb] as const),
      goal: { value: goalMb, label: `goal: ${goalMb} MB` },
    },
  )
}

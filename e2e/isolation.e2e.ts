import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readTraceFile } from '../packages/fairlead/src/lab/trace-file.ts'
import type { TraceEvent } from '../packages/fairlead/src/lab/trace.ts'
import { environment, fairlead, fixture, MARK, startFairlead, unable, until } from './support.ts'

const RUNTIME = 'containerd@debian:trixie'

describe.skipIf(unable !== undefined)('two trials at once', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  test('have namespaces, a socket, a conf dir and mounts of their own', async () => {
    const { child, ended, written } = startFairlead(
      `lab run --runtime ${RUNTIME} --scenario ${fixture('held')} --trials 2 --jobs 2`.split(' '),
      folder,
    )
    try {
      await until(() => written.err.split('wait 600 s').length === 3)
      const [one, other, ...more] = containerds()
      expect(more).toEqual([])
      if (one === undefined || other === undefined) throw new Error('two runtimes were to run')
      for (const kind of ['mnt', 'net', 'pid']) {
        const spaces = [one, other, 'self'].map((pid) => readlinkSync(`/proc/${pid}/ns/${kind}`))
        expect(new Set(spaces).size, kind).toBe(3)
      }
      const config = /--config[ =](\S+)/.exec(commandLine(one))?.[1]
      expect(commandLine(other)).toContain(config)
      for (const name of ['/run/fairlead', '/run/containerd/containerd.sock', '/var/lib/cni']) {
        const [left, right] = [one, other].map((pid) => statSync(`/proc/${pid}/root${name}`))
        expect(`${left?.dev} ${left?.ino}`, name).not.toBe(`${right?.dev} ${right?.ino}`)
      }
      const [confs, others] = [one, other].map((pid) =>
        filesBelow(`/proc/${pid}/root/run/fairlead`),
      )
      expect(confs?.length).toBeGreaterThan(5)
      expect(confs?.filter((file) => others?.includes(file))).toEqual([])
    } finally {
      child.kill('SIGINT')
      await ended
    }
  })

  test('do not notice each other, whatever one does to its node', async () => {
    const { out } = await fairlead(
      `lab run --runtime ${RUNTIME} --jobs 2`
        .split(' ')
        .concat('--scenario', fixture('quick'), '--scenario', fixture('neighbour')),
      folder,
    )
    const traceOf = (scenario: string) =>
      readTraceFile(
        path.join(folder, 'fairlead-report/traces', `containerd-debian-trixie.${scenario}.1.jsonl`),
      )
    const [quick, neighbour] = await Promise.all([traceOf('quick'), traceOf('neighbour')])
    expect(out).toMatch(/quick +pass/)
    expect(overlapMs(quick, neighbour), 'they ran at once').toBeGreaterThan(1000)
    expect(podsOf(quick)).toEqual(['pod-1', 'pod-2'])
    expect(podsOf(neighbour)).toEqual(['pod-1', 'pod-2', 'pod-3', 'pod-4', 'pod-5'])
    const sandboxes = containersOf(neighbour)
    expect(sandboxes.length).toBeGreaterThanOrEqual(5)
    expect(containersOf(quick).filter((id) => sandboxes.includes(id))).toEqual([])
    expect(filesOf(neighbour)).toContain('00-neighbour.conf')
    expect(filesOf(quick)).not.toContain('00-neighbour.conf')
    expect(outcomesOf(neighbour)).toContain('failed: not mine')
    expect(outcomesOf(quick)).not.toContain('failed: not mine')
    const report = await readFile(path.join(folder, 'fairlead-report', 'report.json'), 'utf8')
    expect(report).toContain('"kind": "fairlead.lab.report"')
  })
})

/** The pids of the runtimes under test that this file has started. */
function containerds(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environment(name).includes(MARK))
    .filter((pid) => /^\S*\/containerd /.test(commandLine(pid)))
}

function commandLine(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
}

/** Device and inode of every regular file. */
function filesBelow(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(path.join(entry.parentPath, entry.name)))
    .map(({ dev, ino }) => `${dev} ${ino}`)
}

function overlapMs(left: readonly TraceEvent[], right: readonly TraceEvent[]): number {
  const [a, b] = [left, right].map((trace) => {
    const [header] = trace
    if (header?.type !== 'trial') throw new Error('no header')
    const startMs = Date.parse(header.startedAt)
    return { startMs, endMs: startMs + (trace.at(-1)?.atMs ?? 0) }
  })
  if (a === undefined || b === undefined) return 0
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs)
}

function podsOf(trace: readonly TraceEvent[]): string[] {
  const names = trace.filter((event) => event.type === 'pod').map(({ pod }) => pod)
  return [...new Set(names)].toSorted()
}

function containersOf(trace: readonly TraceEvent[]): string[] {
  const ids = trace.filter((event) => event.type === 'exec').map((event) => event.containerId)
  return [...new Set(ids)].filter((id) => id !== '')
}

function filesOf(trace: readonly TraceEvent[]): string[] {
  return trace.filter((event) => event.type === 'conf').map(({ file }) => file)
}

function outcomesOf(trace: readonly TraceEvent[]): (string | undefined)[] {
  return trace.filter((event) => event.type === 'exec').map(({ outcome }) => outcome)
}

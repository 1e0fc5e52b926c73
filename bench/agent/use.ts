import { appendFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { systemClock as clock } from '../../packages/fairlead/src/ports.ts'
import { type ProcessId, processUse } from '../../packages/fairlead/src/procfs.ts'

const SAMPLE_EVERY_MS = 10_000

/** What a process used while something was done. */
export interface Use {
  readonly minutes: number
  readonly rssMbMax: number
  readonly rssMbFirstThird: number
  readonly rssMbLastThird: number
  readonly cpuPercent: number
}

/** Runs something and samples a process meanwhile, into `samples.jsonl` of `out`, with what `more` says. */
export async function measured(
  process: ProcessId,
  {
    phase,
    minutes,
    out,
    more,
  }: {
    readonly phase: string
    readonly minutes: number
    readonly out: string
    readonly more: () => object
  },
  run: () => Promise<void>,
): Promise<Use> {
  const useNow = () => {
    const use = processUse(process)
    if (use === undefined) throw new Error(`Process ${process.pid} has ended; its log is in ${out}`)
    return use
  }
  const rssMb: number[] = []
  const began = { atMs: clock.now(), cpuNs: useNow().cpuNs }
  const sample = () => {
    const mb = Number(useNow().residentBytes / 1024n) / 1024
    rssMb.push(mb)
    const atS = Math.round((clock.now() - began.atMs) / 1000)
    const openFiles = readdirSync(`/proc/${process.pid}/fd`).length
    const line = { phase, atS, rssMb: rounded(mb), openFiles, ...more() }
    appendFileSync(path.join(out, 'samples.jsonl'), `${JSON.stringify(line)}\n`)
  }
  sample()
  const timer = setInterval(sample, SAMPLE_EVERY_MS)
  await run().finally(() => {
    clearInterval(timer)
  })
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

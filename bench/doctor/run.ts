// `fairlead doctor` over a folder of logs beside `rg` with the same texts over the same files in the same
// run: three nodes, five formats, some of a NotReady node's lines. rg says which lines have one of the texts. The
// doctor also says which of them each line has, reads its format, time and writer, aligns the clocks of the
// nodes, reads versions and goroutine dumps, compares with the advisories and writes a report.
//
//   npm run bench:doctor -- [rounds] [megabytes] [folder to keep the logs in]
import { execFileSync, spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { cpus, release, tmpdir } from 'node:os'
import path from 'node:path'
import { BIN } from '../../e2e/support.ts'
import { type Usage, watchProcess } from '../../e2e/watch-process.ts'
import { loadAdvisories } from '../../packages/fairlead/src/advisories/advisory-files.ts'
import { landmarksOf } from '../../packages/fairlead/src/doctor/landmarks.ts'
import type { DoctorReport } from '../../packages/fairlead/src/doctor/report.ts'
import { writeLogs } from './logs.ts'

const ROUNDS = Number(process.argv[2] ?? 9)
const MEGABYTES = Number(process.argv[3] ?? 1000)
const KEPT = process.argv[4]

interface Run extends Usage {
  readonly wallMs: number
}

const NOTHING: Run = { wallMs: Number.NaN, peakBytes: Number.NaN, cpuMs: Number.NaN }

const dir = mkdtempSync(path.join(tmpdir(), 'fl-bench-'))
try {
  await compare(KEPT ?? path.join(dir, 'logs'))
} finally {
  rmSync(dir, { recursive: true })
}

async function compare(logs: string): Promise<void> {
  const advisories = await loadAdvisories()
  if (!existsSync(logs)) {
    mkdirSync(logs)
    writeLogs(logs, MEGABYTES * 1e6, advisories)
  }
  const { spellings } = landmarksOf(advisories).index
  const patterns = path.join(dir, 'patterns')
  writeFileSync(patterns, spellings.join('\n'))
  const sides = {
    // -a: a journal has bytes that make rg give up on a file. -n: the doctor has line numbers, too.
    rg: ['rg', '-a', '-n', '--no-ignore', '--hidden', '-F', '-f', patterns, logs],
    doctor: [process.execPath, BIN, 'doctor', '-o', 'json', logs],
  }
  header(spellings.length)
  const rounds = []
  // One round more than is counted: the first one reads the files into memory.
  for (let round = 0; round <= ROUNDS; round++) {
    const order = round % 2 === 0 ? (['rg', 'doctor'] as const) : (['doctor', 'rg'] as const)
    const usages = { rg: NOTHING, doctor: NOTHING }
    for (const side of order) usages[side] = await run(sides[side], path.join(dir, side))
    if (round > 0) rounds.push(usages)
  }
  told(path.join(dir, 'rg'), path.join(dir, 'doctor'))
  for (const side of ['rg', 'doctor'] as const) {
    const wallMs = median(rounds.map((round) => round[side].wallMs))
    const cpuMs = median(rounds.map((round) => round[side].cpuMs))
    const peakBytes = Math.max(...rounds.map((round) => round[side].peakBytes))
    print(
      `${side.padEnd(7)} wall ${(wallMs / 1000).toFixed(2)} s, cpu ${(cpuMs / 1000).toFixed(2)} s ` +
        `(medians of ${ROUNDS}), peak memory ${(peakBytes / 1e6).toFixed(0)} MB (largest of ${ROUNDS})`,
    )
  }
  for (const figure of ['wallMs', 'cpuMs'] as const) {
    const ratios = rounds.map(({ rg, doctor }) => doctor[figure] / rg[figure])
    print(
      `doctor / rg, ${figure.slice(0, -2)}: x ${median(ratios).toFixed(2)} (median of the pairs; ` +
        `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    )
  }
  print('goals: within x 3 of the wall time, less than 300 MB')
}

function header(patterns: number): void {
  const [rg = ''] = execFileSync('rg', ['--version'], { encoding: 'utf8' }).split('\n')
  const model = cpus()[0]?.model ?? ''
  print(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${rg}, ` +
      `${cpus().length} cores of ${model}, Linux ${release()}; ${patterns} texts`,
  )
}

/** How long a program takes, and what it uses. */
async function run([program = '', ...args]: readonly string[], output: string): Promise<Run> {
  const out = openSync(output, 'w')
  const startMs = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', out, 'inherit'] })
  const watched = watchProcess(child.pid)
  await new Promise((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  const wallMs = performance.now() - startMs
  closeSync(out)
  return { wallMs, ...watched.stop() }
}

/** What came out, so that nobody compares with a side that saw nothing. */
function told(rgFile: string, doctorFile: string): void {
  const hits = Number(execFileSync('wc', ['-l', rgFile], { encoding: 'utf8' }).split(' ')[0])
  // Written by the CLI beside this.
  const report = JSON.parse(readFileSync(doctorFile, 'utf8')) as DoctorReport
  const bytes = report.sources.reduce((sum, source) => sum + source.bytes, 0)
  const findings = report.nodes.map(
    ({ node, findings: [first] }) => `${node}: ${first?.advisory ?? 'nothing'}`,
  )
  print(
    `${(bytes / 1e6).toFixed(0)} MB in ${report.sources[0]?.files} files; rg prints ${hits} lines, ` +
      `${(statSync(rgFile).size / 1e6).toFixed(0)} MB; the doctor finds ${findings.join(', ')}`,
  )
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

// Runs the commands of the README, or of the pages that are given, as a newcomer copies them: every line of every
// ```sh block, in a folder that looks like the checkout and takes what they write. A block after `<!-- not run: REASON -->` is told and left.
// `npm run docs:check [FILE...]`; it takes root and what the README says it takes.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

interface Block {
  readonly file: string
  readonly line: number
  readonly commands: readonly string[]
  readonly notRun: string | undefined
}

interface Ended {
  readonly code: number | null
  readonly found: boolean
  readonly output: string
}

/** Longer than any command of the README may take. */
const DEADLINE_MS = 300_000
/** For a tool that looks for faults no failure, if it prints what it found. */
const FINDINGS = 1

const ROOT = path.resolve(import.meta.dirname, '..')
const BLOCK = /^(?:<!-- not run: (?<notRun>[^\n]*?) -->\n\n?)?```sh\n(?<text>.*?)^```$/gms

const files = process.argv.slice(2)
const blocks = (
  await Promise.all((files.length === 0 ? ['README.md'] : files).map(blocksOf))
).flat()
const folder = await mkdtemp(path.join(tmpdir(), 'fl-docs-check-'))
for (const dir of ['node_modules', 'tests', 'advisories', 'scenarios']) {
  await symlink(path.join(ROOT, dir), path.join(folder, dir))
}
let failed = 0
try {
  for (const { file, line, commands, notRun } of blocks) {
    process.stdout.write(`\n${file}:${line}${notRun === undefined ? '' : `: not run, ${notRun}`}\n`)
    if (notRun !== undefined) continue
    for (const command of commands) {
      const began = performance.now()
      const { code, found, output } = await run(command)
      const took = `${((performance.now() - began) / 1000).toFixed(1)} s`
      const isGood = code === 0 || (code === FINDINGS && found)
      if (!isGood) failed += 1
      process.stdout.write(`  ${isGood ? 'ok  ' : 'FAIL'} ${took.padStart(7)}  ${command}\n`)
      if (!isGood) process.stdout.write(`${output.replaceAll(/^/gm, '        ')}\n`)
    }
  }
} finally {
  await rm(folder, { recursive: true })
}
process.stdout.write(failed === 0 ? '\nEvery command ran.\n' : `\n${failed} failed.\n`)
process.exitCode = failed === 0 ? 0 : 1

async function blocksOf(file: string): Promise<Block[]> {
  const text = await readFile(path.resolve(file), 'utf8')
  return [...text.matchAll(BLOCK)].map(({ groups, index }) => ({
    file,
    line: text.slice(0, index).split('\n').length,
    notRun: groups?.['notRun'],
    commands: (groups?.['text'] ?? '')
      .replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  }))
}

async function run(command: string): Promise<Ended> {
  const child = spawn('bash', ['-c', command], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      written[name] += chunk.toString()
    })
  }
  const ended = (code: number | null, error = ''): Ended => ({
    code,
    found: written.stdout !== '',
    output: `${written.stdout}${written.stderr}${error}`,
  })
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(ended(null, error.message))
    })
    child.once('close', (code) => {
      resolve(ended(code))
    })
  })
}

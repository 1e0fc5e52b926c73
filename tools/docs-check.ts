// Runs the commands of pages as whoever reads them copies them, word for word and in their order, and holds what they print
// against what the page shows: every line of a ```sh block is a command, in ```console those after a "$ ", with what
// they print. A block after `<!-- not run: REASON -->` is told and left; `<!-- first: COMMAND -->` is run, and not seen.
// `npm run docs:check [FILE...]`; all pages below if none is given. It takes root, and what the pages say they take.
import path from 'node:path'
import { clusterPlace } from './docs-check/cluster-place.ts'
import { nodePlace } from './docs-check/node-place.ts'
import { blocksOf, type Command } from './docs-check/page.ts'
import { checkout, type Place } from './docs-check/place.ts'
import { missingLine } from './docs-check/shown.ts'

/** The pages, and where their commands are run; undefined where that cannot be had here. */
const PAGES: Readonly<Record<string, () => Promise<Place | undefined>>> = {
  'README.md': checkout,
  'docs/runbook-node.md': nodePlace,
  'docs/runbook-upgrade.md': clusterPlace,
}

/** Longer than any command may take. */
const DEADLINE_MS = 300_000
/** For a tool that looks for faults no failure, if it prints what it found. */
const FINDINGS = 1

const files = process.argv.slice(2)
let failed = 0
for (const file of files.length === 0 ? Object.keys(PAGES) : files) {
  const place = await (PAGES[path.relative('.', file)] ?? checkout)()
  if (place === undefined) {
    process.stdout.write(`\n*** SKIPPED: ${file}, whose place takes what is not here. ***\n`)
    continue
  }
  await using _place = place
  failed += await check(file, place)
}
process.stdout.write(failed === 0 ? '\nEvery command ran.\n' : `\n${failed} failed.\n`)
process.exitCode = failed === 0 ? 0 : 1

/** Runs a page; how many of its commands failed. */
async function check(file: string, place: Place): Promise<number> {
  const began = performance.now()
  let failures = 0
  for (const { line, commands, notRun } of await blocksOf(file)) {
    print(`\n${file}:${line}${notRun === undefined ? '' : `: not run, ${notRun}`}\n`)
    if (notRun !== undefined) continue
    for (const command of commands) if (!(await isGood(command, place))) failures += 1
  }
  const problem = await place.problem?.()
  if (problem !== undefined) print(`  FAIL  in the end ${problem}\n`)
  print(`\n${file}: ${seconds(began)} in all\n`)
  return failures + (problem === undefined ? 0 : 1)
}

async function isGood({ text, shown }: Command, place: Place): Promise<boolean> {
  const began = performance.now()
  // A terminal shows both in the order in which they are printed.
  const command = shown.length === 0 ? text : `exec 2>&1\n${text}`
  const ended = await place.run(command, AbortSignal.timeout(DEADLINE_MS))
  const output = `${ended.stdout}${ended.stderr}`
  const missing = missingLine(shown, output)
  const hasRun = ended.code === 0 || (ended.code === FINDINGS && ended.stdout !== '')
  const good = hasRun && missing === undefined
  print(`  ${good ? 'ok  ' : 'FAIL'} ${seconds(began).padStart(7)}  ${text}\n`)
  if (good) return true
  print(`        ended with ${ended.code ?? 'a signal'}\n`)
  if (missing !== undefined) print(`        does not print: ${missing}\n`)
  print(`${output.replaceAll(/^/gm, '        ')}\n`)
  return false
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}

function print(text: string): void {
  process.stdout.write(text)
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lastLogLines, LOG_BYTES_MAX } from './runtime-log.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fl-log-'))
})
afterAll(() => rm(dir, { recursive: true }))

const soon = () => AbortSignal.timeout(5_000)

async function journalctl(script: string): Promise<string> {
  const program = path.join(dir, 'journalctl')
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return program
}

test('of a file the end is read', async () => {
  const file = path.join(dir, 'containerd.log')
  await writeFile(file, `${'old\n'.repeat(LOG_BYTES_MAX / 4)}new\n`)
  const bytes = Buffer.from(await lastLogLines(file, 1, soon()))
  expect(bytes.length).toBe(LOG_BYTES_MAX)
  expect(bytes.toString().endsWith('old\nnew\n')).toBe(true)
})

test("the journal is asked for the lines of the runtime's process", async () => {
  const bytes = await lastLogLines('journal', 4711, soon(), await journalctl('echo "$*"'))
  expect(Buffer.from(bytes).toString()).toMatch(/--lines 2000 .*_PID=4711$/m)
})

test('a journal that does not answer is left', async () => {
  const slow = lastLogLines(
    'journal',
    1,
    AbortSignal.timeout(100),
    await journalctl('exec sleep 30'),
  )
  await expect(slow).rejects.toThrow(/aborted/)
})

test('a log that holds nothing is told', async () => {
  const empty = lastLogLines('journal', 4711, soon(), await journalctl('true'))
  await expect(empty).rejects.toThrow('the journal has no line of process 4711')
})

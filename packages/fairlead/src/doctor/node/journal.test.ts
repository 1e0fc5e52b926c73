import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fact } from '../fact.ts'
import { readJournal } from './journal.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-journal-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** Reads the journal by a program that stands for journalctl. */
async function read(script: string, timeoutMs = 5000) {
  const program = path.join(folder, 'journalctl')
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  let text = ''
  let ended = 0
  const reader = {
    push: (bytes: Uint8Array) => {
      text += Buffer.from(bytes).toString()
      return []
    },
    end: () => {
      ended += 1
      return []
    },
  }
  const facts: Fact[] = []
  const problem = await readJournal(reader, facts, AbortSignal.timeout(timeoutMs), program)
  return { problem, text, ended }
}

test('the journal of runtimes, kubelet, kernel and systemd is asked for', async () => {
  const { problem, text, ended } = await read('echo "$*"')
  expect(problem).toBeUndefined()
  expect(ended).toBe(1)
  expect(text).toContain('_SYSTEMD_UNIT=containerd.service')
  expect(text).toContain('--output export')
})

test('one that is slow is left, with what it has said', async () => {
  const { problem, text } = await read('echo first; exec sleep 30', 300)
  expect(problem).toBe('took too long, so that only its beginning was read')
  expect(text).toBe('first\n')
})

test('one that fails, or is not there, is said', async () => {
  expect((await read('exit 3')).problem).toBe('journalctl ended with 3')
  const reader = { push: () => [], end: () => [] }
  const signal = AbortSignal.timeout(5000)
  const missing = await readJournal(reader, [], signal, path.join(folder, 'missing'))
  expect(missing).toBe('there is none on this machine')
})

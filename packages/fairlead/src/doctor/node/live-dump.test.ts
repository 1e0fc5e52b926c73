import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../ports.ts'
import { dumpGoroutines } from './live-dump.ts'
import { readProcesses } from '../../node-processes.ts'

// A program of that name that does on SIGUSR1 what containerd does.
const SCRIPT = `#!/bin/sh
trap 'echo "goroutine 1 [running]:" >"$TMPDIR/containerd.$$.stacks.log"' USR1
echo ready
while :; do sleep 0.05; done
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-dump-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function dumpOf(name: string, timeoutMs: number) {
  const program = path.join(folder, name)
  await writeFile(program, SCRIPT, { mode: 0o755 })
  const child = spawn(program, { env: { ...process.env, TMPDIR: folder } })
  const ended = once(child, 'close')
  try {
    await once(child.stdout, 'data')
    const found = readProcesses('/proc').all.get(child.pid ?? 0)
    if (found === undefined) throw new Error('The process is not there.')
    const signal = AbortSignal.timeout(10_000)
    return await dumpGoroutines(found, { procDir: '/proc', clock: systemClock, timeoutMs, signal })
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

test('a runtime that is sent SIGUSR1 writes a dump, which is read from its own folder', async () => {
  const dump = await dumpOf('containerd', 3000)
  expect(Buffer.from(dump.bytes).toString()).toBe('goroutine 1 [running]:\n')
  expect(dump.path).toMatch(/\/containerd\.\d+\.stacks\.log$/)
})

test('what is no runtime is sent no signal', async () => {
  await rm(folder, { recursive: true })
  folder = await mkdtemp(path.join(tmpdir(), 'fl-dump-'))
  await expect(dumpOf('node-thing', 300)).rejects.toThrow(/not known to write a goroutine dump/)
  expect(await readdir(folder)).toEqual(['node-thing'])
})

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  fairlead,
  fixture,
  machineState,
  startFairlead,
  stateAgain,
  unable,
  until,
} from './support.ts'

const RUNTIME = 'containerd@debian:trixie'

describe.skipIf(unable !== undefined)('a run leaves nothing behind', () => {
  let folder: string
  let before: ReturnType<typeof machineState>

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const first = await fairlead(
      ['lab', 'run', '--runtime', RUNTIME, '--scenario', fixture('quick')],
      folder,
    )
    expect(first.code, first.out + first.err).toBe(0)
    before = machineState()
    expect(before.processes).toEqual([])
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test('ten times one after another', async () => {
    for (let run = 0; run < 10; run += 1) {
      const { code, err } = await fairlead(
        ['lab', 'run', '--runtime', RUNTIME, '--scenario', fixture('quick')],
        folder,
      )
      expect(code, err).toBe(0)
    }
    expect(await stateAgain(before)).toEqual(before)
    expect(await readdir(folder)).toEqual(['fairlead-report'])
  })

  test.each([
    ['kill -9', 'SIGKILL', null],
    ['ctrl-C', 'SIGINT', 130],
    ['SIGTERM', 'SIGTERM', 130],
  ] as const)('when %s ends it half-way', async (_name, signal, expectedCode) => {
    const { child, ended, written } = startFairlead(
      ['lab', 'run', '--runtime', RUNTIME, '--scenario', fixture('held'), '--trials', '2'],
      folder,
    )
    await until(() => written.err.split('wait 600 s').length === 3)
    expect(machineState().processes.length).toBeGreaterThan(10)
    child.kill(signal)
    const { code, err } = await ended
    expect(code).toBe(expectedCode)
    const said = err.includes('Interrupted: 0 of 2 trials came to an end')
    expect(said).toBe(expectedCode !== null)
    expect(await stateAgain(before)).toEqual(before)
    expect(await readdir(folder)).toEqual(['fairlead-report'])
  })

  test('when the runtime cannot start, and its log says why', async () => {
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    for (const program of ['ctr', 'containerd-shim-runc-v2']) {
      writeFileSync(path.join(bin, program), '#!/bin/sh\n', { mode: 0o755 })
    }
    writeFileSync(
      path.join(bin, 'containerd'),
      '#!/bin/sh\ncase $1 in --version) echo "containerd x 2.1.0";; *) echo "no such config" >&2; exit 3;; esac\n',
      { mode: 0o755 },
    )
    const { code, out } = await fairlead(
      ['lab', 'run', '--runtime', `containerd=${bin}/containerd`, '--scenario', fixture('quick')],
      folder,
    )
    expect(code).toBe(1)
    expect(out).toContain('ended while starting: exit code 3')
    const logs = path.join(folder, 'fairlead-report', 'logs')
    const log = (await readdir(logs)).find((name) => name.includes('bin'))
    expect(await readFile(path.join(logs, log ?? ''), 'utf8')).toBe('no such config\n')
    rmSync(bin, { recursive: true })
    expect(await stateAgain(before)).toEqual(before)
  })

  test('and a socket of another runtime is neither used nor touched', async () => {
    const made = !existsSync('/run/fairlead')
    mkdirSync('/run/fairlead', { recursive: true })
    writeFileSync('/run/fairlead/containerd.sock', 'not ours')
    try {
      const { code } = await fairlead(
        ['lab', 'run', '--runtime', RUNTIME, '--scenario', fixture('quick')],
        folder,
      )
      expect(code).toBe(0)
      expect(await readFile('/run/fairlead/containerd.sock', 'utf8')).toBe('not ours')
    } finally {
      rmSync('/run/fairlead/containerd.sock')
      if (made) rmSync('/run/fairlead', { recursive: true })
    }
  })
})

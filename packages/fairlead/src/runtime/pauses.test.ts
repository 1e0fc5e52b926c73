import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../ports.ts'
import type { NodeShell } from './node-shell.ts'
import { openPauses } from './pauses.ts'
import type { SandboxRecord } from './sandbox.ts'

let dir: string
let children: ChildProcess[]

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-pauses-'))
  children = []
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(dir, { recursive: true })
})

/** A pause that is started, but not by the command that was to say so. */
async function pauseOf(id: string): Promise<ChildProcess> {
  const child = spawn(path.join(dir, 'pause'), [id])
  children.push(child)
  await once(child, 'spawn')
  return child
}

const shell: NodeShell = {
  run: async () => {
    throw new Error('not done within 10 s')
  },
  [Symbol.dispose]: () => {},
}
const open = () => openPauses(dir, { shell, clock: systemClock })
// Of a record nothing else counts here.
const onHost = (id: string) => ({ id, hostNetwork: true, netns: '' }) as SandboxRecord

test('those of an earlier run are known', async () => {
  await open()
  const { pid } = await pauseOf('one')
  expect((await open()).find('one')).toMatchObject({ pid })
})

test('one that came to life after its start was given up is ended with its sandbox', async () => {
  const pauses = await open()
  await expect(pauses.start(onHost('late'))).rejects.toThrow('not done')
  const [late, other] = [await pauseOf('late'), await pauseOf('other')]
  const ended = once(late, 'exit')
  await pauses.stop(onHost('late'))
  await ended
  expect(other.exitCode).toBeNull()
  expect(other.signalCode).toBeNull()
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRestart } from './restart-command.ts'

const { signal } = new AbortController()
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-restart-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('the command is run with its words as they are, to its end', async () => {
  const file = path.join(dir, 'a file')
  await runRestart(['sh', '-c', 'sleep 0.05; echo "$2" > "$1"', 'sh', file, 'two words'], {
    signal,
  })
  expect(await readFile(file, 'utf8')).toBe('two words\n')
})

test('one that fails is told with what it has written', async () => {
  await expect(runRestart(['sh', '-c', 'echo no unit >&2; exit 5'], { signal })).rejects.toThrow(
    /^sh -c .*: Command failed: .*\nno unit$/s,
  )
})

test('one that is not there is told by its name', async () => {
  await expect(runRestart(['no-such-command', 'now'], { signal })).rejects.toMatchObject({
    code: 'FL_AGENT_RESTART',
    message: 'no-such-command now: spawn no-such-command ENOENT',
  })
})

test('one that does not end is ended', async () => {
  await expect(runRestart(['sleep', '60'], { signal, timeoutMs: 50 })).rejects.toThrow(
    'sleep 60: it has not ended within 0.05 s',
  )
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { publishedAt, type Published, repairsAt } from './memory.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-memory-'))
})
afterAll(() => rm(dir, { recursive: true }))

test('what was published is read as it was written, and is nothing before', async () => {
  const memory = publishedAt(path.join(dir, 'published.json'))
  expect(await memory.read()).toEqual({ files: new Map(), quarantine: new Map() })
  const published: Published = {
    files: new Map([['05-a.conflist', '{"a": 1}']]),
    change: {
      what: 'a changes',
      before: new Map([['05-a.conflist', '{"a": 0}']]),
      wasReady: true,
      withdraws: { what: 'b comes', reason: 'NetworkPluginNotReady' },
    },
    quarantine: new Map([['10-b.conflist', { text: '{}', reason: 'NetworkPluginNotReady' }]]),
  }
  await memory.write(published)
  expect(await memory.read()).toEqual(published)
})

test('repairs are read as they were written', async () => {
  const memory = repairsAt(path.join(dir, 'repairs.json'))
  expect(await memory.read()).toEqual([])
  const repairs = [{ at: '2026-11-25T10:00:00.000Z', kind: 'restart', why: 'silent' }] as const
  await memory.write(repairs)
  expect(await memory.read()).toEqual(repairs)
})

test('what is damaged is not taken for nothing', async () => {
  const file = path.join(dir, 'damaged.json')
  await writeFile(file, '{"kind": "fairlead.dev/agent-published", "ver')
  await expect(publishedAt(file).read()).rejects.toMatchObject({
    code: 'FL_AGENT_STATE',
    message: `${file} cannot be used: it is not what an agent has written.`,
  })
})

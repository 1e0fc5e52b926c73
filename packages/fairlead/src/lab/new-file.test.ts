import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeNewFile } from './new-file.ts'
import { loadScenarios } from './scenario-files.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-new-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test.each(['cilium+multus', 'cilium+flannel', 'cilium-1.1'])(
  'a new scenario on %s is valid as it is',
  async (stack) => {
    const file = await writeNewFile({ kind: 'scenario', name: 'mine', stack }, folder)
    const [loaded] = await loadScenarios([file])
    expect(loaded?.scenario).toMatchObject({ name: 'mine', stack, expect: { podsRunning: 2 } })
  },
)

test('a new scenario finds the new stack beside it', async () => {
  await writeNewFile({ kind: 'stack', name: 'my-cnis' }, folder)
  const file = await writeNewFile({ kind: 'scenario', name: 'mine', stack: 'my-cnis' }, folder)
  expect((await loadScenarios([file]))[0]?.stack.name).toBe('my-cnis')
})

test('nothing is overwritten, and nothing written under a name or for a stack that is none', async () => {
  const scenario = (name: string, stack: string) =>
    writeNewFile({ kind: 'scenario', name, stack }, folder)
  await scenario('mine', 'cilium+multus')
  await expect(scenario('mine', 'cilium+multus')).rejects.toThrow('mine.yaml is there already.')
  await expect(scenario('My thing', 'cilium+multus')).rejects.toThrow('"My thing" is no name')
  await expect(scenario('other', 'none')).rejects.toThrow('There is no stack named "none".')
})

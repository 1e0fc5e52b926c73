import { readdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PluginTestbed, read } from '../../../../tests/plugin-testbed.ts'
import { systemClock } from '../ports.ts'
import { pluginShells } from './plugin-shells.ts'

let bed: PluginTestbed

beforeEach(async () => {
  bed = await PluginTestbed.open()
})

afterEach(() => bed.end())

test('shells that are started ahead are there when plugins come', async () => {
  const folder = path.join(bed.dir, 'shells')
  await mkdir(folder)
  using runner = pluginShells({ dir: folder, ahead: { count: 2, env: bed.env } })
  await expect.poll(() => readdirSync(folder)).toHaveLength(2)
  const before = readdirSync(folder).toSorted()
  bed.makeRunner = () => runner
  const file = await bed.plugin('sleep 0.1')
  await Promise.all([bed.run(file), bed.run(file)])
  expect(readdirSync(folder).toSorted()).toEqual(before)
})

test('of many plugins no two are started in one turn of the event loop', async () => {
  const file = await bed.plugin('exit 0')
  let turn = 0
  let isOver = false
  const count = () => {
    turn += 1
    if (!isOver) setImmediate(count)
  }
  const turns: number[] = []
  using runner = pluginShells({
    // Each run sets its deadline when it starts.
    clock: {
      now: () => performance.now(),
      after: (ms, go) => {
        if (ms === 7_000) turns.push(turn)
        return systemClock.after(ms, go)
      },
    },
  })
  bed.makeRunner = () => runner
  setImmediate(count)
  await Promise.all(Array.from({ length: 12 }, () => bed.run(file, { timeoutMs: 7_000 })))
  isOver = true
  expect(turns).toHaveLength(12)
  expect(new Set(turns).size).toBe(12)
})

test('a shell that is killed takes its plugin with it, and its folder', async () => {
  const file = await bed.plugin(`echo $PPID > ${bed.dir}/shell; sleep 1000`)
  const done = bed.run(file)
  await expect.poll(() => read(path.join(bed.dir, 'shell'))).toBeDefined()
  process.kill(Number(read(path.join(bed.dir, 'shell'))), 'SIGKILL')
  const { code, message } = await done
  expect(code).toBe('FL_CNI_PLUGIN_SIGNAL')
  expect(message).toContain('the shell that ran the plugin was killed')
})

test('shells that are disposed of while a plugin runs end after it', async () => {
  const runner = pluginShells()
  bed.makeRunner = () => runner
  const done = bed.run(await bed.plugin(`echo > ${bed.dir}/started; sleep 0.2; echo result`))
  await expect.poll(() => read(path.join(bed.dir, 'started'))).toBeDefined()
  runner[Symbol.dispose]()
  expect(await done).toMatchObject({ stdout: 'result\n' })
  await expect.poll(bed.keptShells).toEqual([])
})

test('an environment that no process can have is told as any other fault', async () => {
  const done = await bed.run(await bed.plugin('true'), { env: { BAD: 'a\0b' } })
  expect(done.code).toBe('FL_CNI_PLUGIN_START')
})

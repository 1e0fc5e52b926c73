import { readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PodSandboxState } from '@fairlead/cri'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { failed } from '../../../../tests/networks-testbed.ts'
import { podConfig, SandboxesBed } from './sandboxes-fixture.ts'

let bed: SandboxesBed
const { signal } = new AbortController()

beforeEach(async () => {
  bed = await SandboxesBed.open()
})

afterEach(() => bed[Symbol.asyncDispose]())

test('one whose pause has ended is not ready, and can be stopped', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  expect(bed.sandboxes.stateOf(bed.sandboxes.get(id))).toBe(PodSandboxState.SANDBOX_READY)
  bed.living.delete(id)
  expect(bed.sandboxes.stateOf(bed.sandboxes.get(id))).toBe(PodSandboxState.SANDBOX_NOTREADY)
  await bed.sandboxes.stop(id, signal)
  expect(bed.namespaces.size).toBe(0)
})

test('a pause of a sandbox that nobody knows is ended at the start', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  bed.living.set('unknown', { pid: 1, startTick: 1 })
  await bed.start()
  await bed.sandboxes.recover(signal)
  expect([...bed.living.keys()]).toEqual([id])
})

test('a pause of a sandbox whose record is damaged goes on, as its network is left', async () => {
  const id = await bed.sandboxes.run(podConfig('web'), '', signal)
  await writeFile(path.join(bed.dir, `${id}.json`), '{"kind":"other"}')
  await bed.start()
  await bed.sandboxes.recover(signal)
  expect([...bed.living.keys()]).toEqual([id])
})

describe('of what an earlier run has begun and not finished', () => {
  /** As `kill -9` leaves it. */
  async function begin(name: string): Promise<string> {
    const id = await bed.sandboxes.run(podConfig(name), '', signal)
    await bed.store.put({ ...bed.sandboxes.get(id), state: 'making' })
    return id
  }

  test('what cannot be undone is shown as not ready, and costs the others nothing', async () => {
    const ids = [await begin('stuck'), await begin('hung'), await begin('good')]
    const [stuck = '', hung = '', good = ''] = ids
    bed.node.answers.set(`pa DEL ${stuck}`, async () => failed('stuck'))
    bed.node.answers.set(`pa DEL ${hung}`, ({ signal: ended }) => {
      return new Promise((resolve) => {
        ended?.addEventListener('abort', () => resolve(failed('too late')))
      })
    })
    await bed.start()
    const late = new AbortController()
    const recovering = bed.sandboxes.recover(late.signal)
    // Nobody waits for the one that hangs.
    await expect.poll(() => [...bed.living.keys()]).toEqual([stuck, hung])
    late.abort()
    const { undone, stopped } = await recovering
    expect(undone).toEqual([good])
    expect(stopped).toEqual([
      { id: stuck, reason: expect.stringContaining('stuck') },
      { id: hung, reason: expect.stringContaining('too late') },
    ])
    const states = bed.sandboxes.list(undefined).map(({ id, state }) => [id, state])
    expect(Object.fromEntries(states)).toEqual({ [stuck]: 'stopped', [hung]: 'stopped' })
    bed.node.answers.clear()
    for (const { id } of stopped) await bed.sandboxes.remove(id, signal)
    expect([bed.namespaces.size, await readdir(bed.dir)]).toEqual([0, []])
  })

  test('all is shown as not ready where a plugin of then cannot be ended', async () => {
    const id = await begin('web')
    const unending = async () => Promise.reject(new Error('process 7 does not end on SIGKILL'))
    await bed.start(unending)
    expect(await bed.sandboxes.recover(signal)).toEqual({
      undone: [],
      stopped: [{ id, reason: 'process 7 does not end on SIGKILL' }],
    })
    expect(bed.sandboxes.get(id).state).toBe('stopped')
  })
})

test('a file of the state that is no sandbox is left alone and told; half a file is removed', async () => {
  await writeFile(path.join(bed.dir, 'x.json'), '{"kind":"other"}')
  await writeFile(path.join(bed.dir, 'y.json.tmp'), '{"ki')
  await bed.start()
  expect(bed.store.damaged).toEqual([path.join(bed.dir, 'x.json')])
  expect(await readdir(bed.dir)).toEqual(['x.json'])
})

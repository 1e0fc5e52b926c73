import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultRuntime } from './resolve.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-path-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

test("root's containerd is tested when none is named", async () => {
  const containerd = path.join(dir, 'containerd')
  await writeFile(containerd, '', { mode: 0o755 })
  expect(await defaultRuntime({ PATH: dir }, true)).toMatchObject({ path: containerd })
  expect(await defaultRuntime({ PATH: dir }, false)).toMatchObject({ from: 'embedded' })
})

test('where there is none it is the embedded one, which nothing is fetched for', async () => {
  expect(await defaultRuntime({ PATH: dir }, true)).toMatchObject({ from: 'embedded' })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connectCri } from './client.ts'
import { refusal, serveCri } from './server.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cri-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test.each([
  ['a refusal', refusal('failed', 'the network is not set up')],
  ['a failure that nobody foresaw', new Error('the network is not set up')],
])('%s reaches the client in its own words', async (_, error) => {
  const socketPath = path.join(folder, 'cri.sock')
  await using _server = await serveCri(socketPath, {
    runtime: {
      version: () => {
        throw error
      },
    },
    image: {},
  })
  using cri = connectCri(socketPath)
  const result = await cri.version({ timeoutMs: 5000 })
  expect(result).toMatchObject({
    ok: false,
    error: { message: 'Version: the network is not set up' },
  })
})

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isListening } from './listening.ts'

test('a socket that somebody listens at is told from one that is not there, and from a file', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-listening-'))
  const file = path.join(dir, 'multus.sock')
  expect(await isListening(file)).toBe(false)
  const server = createServer((socket) => socket.end()).listen(file)
  await once(server, 'listening')
  expect(await isListening(file)).toBe(true)
  server.close()
  await once(server, 'close')
  await writeFile(file, '')
  expect(await isListening(file)).toBe(false)
  await rm(dir, { recursive: true })
})

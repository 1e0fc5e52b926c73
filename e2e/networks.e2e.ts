import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { pluginDir } from './plugins/test-on-node.ts'
import { unable } from './support.ts'

const STORM = fileURLToPath(new URL('networks/storm.ts', import.meta.url))

describe.skipIf(unable !== undefined)('the networks of a node', () => {
  test('bring 200 pods with two networks each up and down, 20 at a time, through a storm of writes and a restart, and leave nothing', async () => {
    const driver = [process.execPath, STORM, await pluginDir(), '200', '20']
    const { stdout } = await promisify(execFile)('unshare', ['--net', '--mount', ...driver])
    const seen: unknown = JSON.parse(stdout)
    expect(seen).toMatchObject({
      plan: [
        '1. 10-primary (10-primary.conflist) is attached as eth0.',
        '2. 20-storage (20-storage.conflist) is attached as net1.',
      ],
      attached: 200,
      failures: [],
      addresses: 400,
      bothInside: 200,
      ready: { ready: true },
      checks: [],
      removed: 200,
      again: [],
      left: { host: 'as before', cache: [], reservations: [] },
    })
  })
})

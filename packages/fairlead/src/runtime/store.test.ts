import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from './store.ts'

const ID = 'a'.repeat(64)
const RECORD = {
  kind: 'fairlead.runtime.sandbox',
  version: 1,
  id: ID,
  state: 'ready',
  createdAt: '1763953200000000000',
  metadata: { name: 'n', namespace: 'ns', uid: 'u', attempt: 0 },
  labels: {},
  annotations: {},
  runtimeHandler: '',
  hostNetwork: true,
  netns: '',
  hostname: '',
  hostIpc: false,
  portMappings: [],
  ips: [],
}
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-store-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function opened(record: object) {
  await writeFile(path.join(dir, `${ID}.json`), JSON.stringify(record))
  const { all, damaged } = await openStore(dir)
  return { ids: all().map(({ id }) => id), damaged: damaged.length }
}

test('a record is found by what is in it', async () => {
  expect(await opened(RECORD)).toEqual({ ids: [ID], damaged: 0 })
})

test.each([
  // Its file is written and removed by the id.
  ['the id of another file', { ...RECORD, id: '../../x' }],
  // Each of these would fail every list of sandboxes, and so kubelet.
  ['a time that is no number', { ...RECORD, createdAt: 'yesterday' }],
  ['a time that is longer than int64', { ...RECORD, createdAt: '9'.repeat(30) }],
  ['an attempt that is no uint32', { ...RECORD, metadata: { ...RECORD.metadata, attempt: 0.5 } }],
])('a record with %s is damaged, and costs only itself', async (_, record) => {
  expect(await opened(record)).toEqual({ ids: [], damaged: 1 })
})

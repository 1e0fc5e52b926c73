import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkShims, isOlder } from './shims.ts'
import type { Slot } from './slot.ts'

let stateDir: string

beforeEach(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'fairlead-shims-'))
  // As 2.1.9 and 1.7.24 write it; what wrote nothing is older still.
  await pod('new', '{"version":3,"address":"unix:///run/containerd/s/a","protocol":"ttrpc"}')
  await pod('old', '{"version":2,"address":"unix:///run/containerd/s/b","protocol":"ttrpc"}')
  await pod('broken', '{')
})

afterEach(async () => {
  await rm(stateDir, { recursive: true })
})

async function pod(id: string, bootstrap: string): Promise<void> {
  const dir = path.join(stateDir, 'io.containerd.runtime.v2.task', 'k8s.io', id)
  await mkdir(dir, { recursive: true })
  await writeFile(path.join(dir, 'bootstrap.json'), bootstrap)
}

function slot(version: string): Slot {
  const runtime = { kind: 'containerd' as const, version }
  const manifest = { kind: 'fairlead.dev/runtime-slot' as const, version: 1 as const, runtime }
  return { name: version, dir: '/', manifest: { ...manifest, stagedAt: '', files: {} } }
}

test('a version that would end pods with newer shims is refused, and says how many', async () => {
  const pods = ['new', 'old', 'broken', 'older still']
  await checkShims(stateDir, pods, slot('2.1.9+unknown'))
  await checkShims(stateDir, ['old', 'older still'], slot('1.7.24~ds1'))
  await expect(checkShims(stateDir, pods, slot('1.7.24~ds1'))).rejects.toThrow(
    'containerd 1.7.24~ds1 would end 1 of 4 pods, which have the shim of a newer version',
  )
})

test('versions are in order, as distributions write them, too', () => {
  expect(isOlder(slot('1.7.24~ds1'), slot('2.1.9+unknown'))).toBe(true)
  expect(isOlder(slot('2.1.9'), slot('1.7.24'))).toBe(false)
  expect(isOlder(slot('2.1.9'), slot('2.1.9'))).toBe(false)
})

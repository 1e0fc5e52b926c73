import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CgroupDriver, type CriServices, serveCri } from '@fairlead/cri'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cgroupParentOf } from './cgroup-parent.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-cgroup-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** What pods of a runtime that answers so are to be below. */
async function parentOf(runtime: CriServices['runtime']): Promise<string> {
  const socketPath = path.join(folder, 'cri.sock')
  await using _server = await serveCri(socketPath, { runtime, image: {} })
  // Awaited here: the server goes when this returns.
  return await cgroupParentOf(socketPath, new AbortController().signal)
}

/** The answer of a containerd that does not know RuntimeConfig. */
function verbose(config: string): CriServices['runtime'] {
  return { status: () => ({ info: { config } }) }
}

test('a runtime that uses systemd for cgroups gets its pods below a slice', async () => {
  const told = (cgroupDriver: CgroupDriver) =>
    parentOf({ runtimeConfig: () => ({ linux: { cgroupDriver } }) })
  expect(await told(CgroupDriver.SYSTEMD)).toBe('system.slice')
  expect(await told(CgroupDriver.CGROUPFS)).toBe('')
})

test('an older containerd is asked for its own config', async () => {
  const told = (options: object | null) => {
    const runtimes = { runc: { options }, other: { options: { SystemdCgroup: true } } }
    return parentOf(
      verbose(JSON.stringify({ containerd: { defaultRuntimeName: 'runc', runtimes } })),
    )
  }
  expect(await told({ SystemdCgroup: true })).toBe('system.slice')
  expect(await told({ SystemdCgroup: false })).toBe('')
  expect(await told(null)).toBe('')
})

test('a runtime that tells nothing that is known gets pods without one', async () => {
  expect(await parentOf({})).toBe('')
  expect(await parentOf(verbose('no JSON'))).toBe('')
})

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CriStubs, criStubs, ImageService, RuntimeService, serveCri } from '@fairlead/cri'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networksTestbed, conflist } from '../../../../tests/networks-testbed.ts'
import type { ProcessId } from '../procfs.ts'
import { podSandboxes } from './pod-sandboxes.ts'
import { askItself } from './self-test.ts'
import { criServices } from './services.ts'
import { openStore } from './store.ts'

// gRPC status codes (grpc/doc/statuscodes.md); 0 is an answer.
const [OK, NOT_FOUND, UNIMPLEMENTED] = [0, 5, 12]

/** What each method of the proto is answered with when it is asked of sandbox `id`. */
const ANSWERS: Readonly<Record<string, readonly [code: number, request?: (id: string) => object]>> =
  {
    Version: [OK],
    Status: [OK, () => ({ verbose: true })],
    RuntimeConfig: [OK],
    UpdateRuntimeConfig: [
      OK,
      () => ({ runtimeConfig: { networkConfig: { podCidr: '10.0.0.0/24' } } }),
    ],
    RunPodSandbox: [OK, () => ({ config: { metadata: { name: 'b', namespace: 'n', uid: 'u' } } })],
    PodSandboxStatus: [OK, (id) => ({ podSandboxId: id, verbose: true })],
    ListPodSandbox: [OK],
    PodSandboxStats: [OK, (id) => ({ podSandboxId: id })],
    ListPodSandboxStats: [OK],
    StopPodSandbox: [OK, (id) => ({ podSandboxId: id })],
    RemovePodSandbox: [OK, (id) => ({ podSandboxId: id })],
    ListContainers: [OK],
    ListContainerStats: [OK],
    // There is never one left, and both are idempotent by the proto.
    StopContainer: [OK, () => ({ containerId: 'c', timeout: 1n })],
    RemoveContainer: [OK, () => ({ containerId: 'c' })],
    ContainerStatus: [NOT_FOUND, () => ({ containerId: 'c' })],
    ContainerStats: [NOT_FOUND, () => ({ containerId: 'c' })],
    CreateContainer: [UNIMPLEMENTED, (id) => ({ podSandboxId: id })],
    StartContainer: [UNIMPLEMENTED],
    UpdateContainerResources: [UNIMPLEMENTED],
    ReopenContainerLog: [UNIMPLEMENTED],
    CheckpointContainer: [UNIMPLEMENTED],
    ExecSync: [UNIMPLEMENTED],
    Exec: [UNIMPLEMENTED],
    Attach: [UNIMPLEMENTED],
    PortForward: [UNIMPLEMENTED],
    UpdatePodSandboxResources: [UNIMPLEMENTED],
    GetContainerEvents: [UNIMPLEMENTED],
    ListMetricDescriptors: [UNIMPLEMENTED],
    ListPodSandboxMetrics: [UNIMPLEMENTED],
    StreamPodSandboxes: [UNIMPLEMENTED],
    StreamPodSandboxStats: [UNIMPLEMENTED],
    StreamPodSandboxMetrics: [UNIMPLEMENTED],
    StreamContainers: [UNIMPLEMENTED],
    StreamContainerStats: [UNIMPLEMENTED],
    ListImages: [OK],
    ImageStatus: [OK, () => ({ image: { image: 'i' } })],
    ImageFsInfo: [OK],
    RemoveImage: [OK, () => ({ image: { image: 'i' } })],
    PullImage: [UNIMPLEMENTED, () => ({ image: { image: 'i' } })],
    StreamImages: [UNIMPLEMENTED],
  }
const call = { timeoutMs: 5000 }

let dir: string
let stubs: CriStubs
const ends: (() => unknown)[] = []

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-services-'))
  const node = networksTestbed()
  node.files = new Map([['10-a.conflist', conflist('a', ['pa'])]])
  const networks = await node.open()
  await node.clock.advance(100)
  const living = new Map<string, ProcessId>()
  const sandboxes = podSandboxes({
    store: await openStore(path.join(dir, 'sandboxes')),
    networks,
    pauses: {
      // This process stands for the pause.
      start: async ({ id }) => void living.set(id, { pid: process.pid, startTick: 0 }),
      stop: async ({ id }) => void living.delete(id),
      find: (id) => living.get(id),
      keepOnly: async () => {},
      endPlugins: async () => {},
    },
  })
  const services = criServices(sandboxes, networks, { confDir: dir, binDirs: [], stateDir: dir })
  const server = await serveCri(path.join(dir, 's'), services)
  stubs = criStubs(path.join(dir, 's'))
  ends.push(
    () => stubs[Symbol.dispose](),
    () => server[Symbol.asyncDispose](),
    () => networks[Symbol.dispose](),
  )
})

afterAll(async () => {
  for (const end of ends) await end()
  await rm(dir, { recursive: true })
})

test('every method of CRI v1 has an answer or is refused by the code that says why', async () => {
  const clients = [
    [RuntimeService, stubs.runtime],
    [ImageService, stubs.image],
  ] as const
  const methods = clients.flatMap(([service, client]) =>
    service.methods.map(({ name, localName }) => ({ client, name, localName })),
  )
  expect(methods.map(({ name }) => name).toSorted()).toEqual(Object.keys(ANSWERS).toSorted())
  const { podSandboxId: id } = await run('a')
  for (const [name, [code, request = () => ({})]] of Object.entries(ANSWERS)) {
    const { client, localName = '' } = methods.find((method) => method.name === name) ?? {}
    const answer: unknown = Reflect.get(client ?? {}, localName).call(client, request(id), call)
    expect([name, await codeOf(answer)]).toEqual([name, code])
  }
})

describe('what kubelet asks at its start is as it wants it', () => {
  // cri-client pkg/remote_runtime.go (v1.32): an error, or another version than v1, ends kubelet.
  test('Version', async () => {
    expect(await stubs.runtime.version({}, call)).toMatchObject({
      runtimeName: 'fairlead',
      runtimeApiVersion: 'v1',
    })
  })

  // cri-client pkg/remote_runtime.go (v1.32), Status: both conditions, or it is an error.
  test('Status', async () => {
    const { status, runtimeHandlers } = await stubs.runtime.status({}, call)
    expect(status?.conditions.map(({ type, status }) => [type, status])).toEqual([
      ['RuntimeReady', true],
      ['NetworkReady', true],
    ])
    // pkg/kubelet/kuberuntime/kuberuntime_manager.go (v1.32), Status: the default has no name.
    expect(runtimeHandlers.map(({ name }) => name)).toEqual([''])
  })

  // cmd/kubelet/app/server.go (v1.32), getCgroupDriverFromCRI: a driver, or kubelet's own setting.
  test('RuntimeConfig', async () => {
    const { linux } = await stubs.runtime.runtimeConfig({}, call)
    expect(linux?.cgroupDriver).toBe(0)
  })

  // pkg/kubelet/stats/cri_stats_provider.go (v1.32), ImageFsStats: none is an error.
  test('ImageFsInfo', async () => {
    const { imageFilesystems } = await stubs.image.imageFsInfo({}, call)
    expect(imageFilesystems).toMatchObject([
      { fsId: { mountpoint: dir }, usedBytes: { value: 0n } },
    ])
  })

  // pkg/kubelet/pleg/generic.go (v1.32), Relist: both, each second, of everything.
  test('ListPodSandbox and ListContainers', async () => {
    const { podSandboxId } = await run('listed')
    const { items } = await stubs.runtime.listPodSandbox({}, call)
    expect(items.find(({ id }) => id === podSandboxId)).toMatchObject({
      metadata: { name: 'listed', namespace: 'n', uid: 'u', attempt: 0 },
      state: 0,
      createdAt: expect.any(BigInt),
    })
    expect(await stubs.runtime.listContainers({}, call)).toMatchObject({ containers: [] })
  })

  // pkg/kubelet/images/image_manager.go (v1.32) asks for the status first: no image is no error.
  test('ListImages and ImageStatus', async () => {
    expect(await stubs.image.listImages({}, call)).toMatchObject({ images: [] })
    const { image } = await stubs.image.imageStatus({ image: { image: 'i' } }, call)
    expect(image).toBeUndefined()
  })
})

test('the verbose status of a sandbox has its pid where crictl and people look for it', async () => {
  const { podSandboxId } = await run('seen')
  const { status, info } = await stubs.runtime.podSandboxStatus(
    { podSandboxId, verbose: true },
    call,
  )
  expect(status).toMatchObject({ id: podSandboxId, network: {}, linux: { namespaces: {} } })
  expect(JSON.parse(info['info'] ?? '')).toMatchObject({ pid: process.pid })
})

test('a runtime asks itself before it serves, and leaves no socket', async () => {
  const answered: string[] = []
  const answer = (name: string) => () => {
    answered.push(name)
    return {}
  }
  const runtime = {
    status: answer('Status'),
    version: answer('Version'),
    listPodSandbox: answer('ListPodSandbox'),
  }
  await askItself(path.join(dir, 'self'), { runtime, image: {} })
  expect(new Set(answered)).toEqual(new Set(['Status', 'Version', 'ListPodSandbox']))
  await expect(
    askItself(path.join(dir, 'self'), { runtime: { version: answer('Version') }, image: {} }),
  ).rejects.toThrow('unimplemented')
  expect(await readdir(dir)).not.toContain('self')
})

function run(name: string) {
  const config = { metadata: { name, namespace: 'n', uid: 'u', attempt: 0 } }
  return stubs.runtime.runPodSandbox({ config }, call)
}

/** The code of an answer, or of the first of a stream. */
async function codeOf(answer: unknown): Promise<unknown> {
  try {
    if (typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer) {
      for await (const _ of answer as AsyncIterable<unknown>) break
    } else {
      await answer
    }
    return OK
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

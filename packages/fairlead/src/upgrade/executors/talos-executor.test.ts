import { parseArgs } from 'node:util'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { sleepClock } from '../../../../../tests/sleep-clock.ts'
import type { KubeObject } from '../../kube/api.ts'
import { MemoryApiServer } from '../../kube/memory-api.ts'
import { NODES } from '../../kube/resources.ts'
import { specSchema } from '../spec.ts'
import { executorOf } from './executor-of.ts'
import { JOBS } from './jobs.ts'

const { signal } = new AbortController()

/** The flags of `talosctl upgrade` and of all its commands, v1.9.2 and v1.13.9 alike (cmd/talosctl/cmd/talos). */
const FLAGS = {
  nodes: { type: 'string' },
  image: { type: 'string' },
  wait: { type: 'boolean' },
  timeout: { type: 'string' },
  'reboot-mode': { type: 'string' },
  stage: { type: 'boolean' },
} as const

const jobSchema = z.object({
  spec: z.object({
    backoffLimit: z.number(),
    activeDeadlineSeconds: z.number(),
    template: z.object({
      spec: z.looseObject({
        affinity: z.unknown(),
        containers: z.tuple([z.looseObject({ image: z.string(), args: z.array(z.string()) })]),
        volumes: z.array(z.unknown()),
      }),
    }),
  }),
})

function testbed(talos: object = {}) {
  const server = new MemoryApiServer({ wallMs: () => 0 })
  const spec = specSchema.parse({
    target: { version: 'v1.13.9' },
    timeout: '20m',
    executor: { talos },
  })
  const executor = executorOf(spec, {
    api: server.client(),
    clock: sleepClock(),
    namespace: 'fairlead',
    upgrade: { name: 'up', uid: 'u' },
    nodes: () => server.store.objects(NODES),
    jobs: () => server.store.objects(JOBS),
  })
  const node = (version: string, addresses = [{ type: 'InternalIP', address: '10.5.0.3' }]) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', uid: 'n' },
    status: { nodeInfo: { osImage: `Talos (${version})` }, addresses },
  })
  const move = (to: string, object: KubeObject = node('v1.12.4')) =>
    ({
      node: object,
      version: to,
      note: {
        upgrade: 'u',
        wave: 0,
        phase: 'upgrade',
        since: '',
        from: 'v1.12.4',
        cordoned: false,
      },
    }) as const
  /** What the Jobs run, as talosctl reads it. */
  const runs = () =>
    [...server.store.objects(JOBS).values()].map((job) => {
      const { spec } = jobSchema.parse(job)
      const [{ image, args }] = spec.template.spec.containers
      const { positionals, values } = parseArgs({ args, options: FLAGS, allowPositionals: true })
      return { talosctl: image, command: positionals, ...values }
    })
  const jobs = () => [...server.store.objects(JOBS).values()].map((job) => jobSchema.parse(job))
  return { executor, node, move, runs, jobs }
}

test('a node runs the Talos of its osImage', () => {
  const { executor, node } = testbed()
  expect(executor.versionOf(node('v1.13.9'))).toBe('v1.13.9')
  expect(executor.versionOf(node('v1.14.0-rc.1'))).toBe('v1.14.0-rc.1')
  const other = { ...node(''), status: { nodeInfo: { osImage: 'Debian GNU/Linux 12' } } }
  expect(executor.versionOf(other)).toBeUndefined()
})

test('talosctl upgrade is run for the address of the node, from any other node', async () => {
  const { executor, move, runs, jobs } = testbed()
  expect(await executor.move(move('v1.13.9'), signal)).toBeUndefined()
  expect(runs()).toEqual([
    {
      talosctl: 'ghcr.io/siderolabs/talosctl:v1.13.9',
      command: ['upgrade'],
      nodes: '10.5.0.3',
      image: 'ghcr.io/siderolabs/installer:v1.13.9',
      wait: true,
      timeout: '1200s',
    },
  ])
  const [job] = jobs()
  expect(job?.spec).toMatchObject({ backoffLimit: 6, activeDeadlineSeconds: 1200 })
  expect(JSON.stringify(job?.spec.template.spec.affinity)).toContain(
    '"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["n1"]}]',
  )
  expect(job?.spec.template.spec).not.toHaveProperty('hostNetwork')
  expect(job?.spec.template.spec.volumes).toContainEqual({
    name: 'talosconfig',
    secret: { secretName: 'fairlead-talos' },
  })
})

test('the way back is the same with the version before, whatever is in the other boot entry', async () => {
  const { executor, move, node, runs } = testbed()
  await executor.move(move('v1.12.4', node('v1.13.9')), signal)
  expect(runs().at(-1)).toMatchObject({
    talosctl: 'ghcr.io/siderolabs/talosctl:v1.12.4',
    command: ['upgrade'],
    image: 'ghcr.io/siderolabs/installer:v1.12.4',
  })
})

test('an installer of the factory, flags and the nodes for talosctl are as the policy says', async () => {
  const { executor, move, runs, jobs } = testbed({
    image:
      'factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba',
    talosctl: 'registry:5000/talosctl:v1.13.0',
    args: ['--reboot-mode=powercycle', '--stage'],
    nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
  })
  await executor.move(move('v1.13.9'), signal)
  expect(runs()).toMatchObject([
    {
      talosctl: 'registry:5000/talosctl:v1.13.0',
      image: expect.stringMatching(/^factory\.talos\.dev\/metal-installer\/\w{64}:v1\.13\.9$/),
      'reboot-mode': 'powercycle',
      stage: true,
    },
  ])
  expect(jobs()[0]?.spec.template.spec).toMatchObject({
    nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
  })
})

test('a node without an address is told', async () => {
  const { executor, move, node } = testbed()
  expect(await executor.move(move('v1.13.9', node('v1.12.4', [])), signal)).toEqual({
    message: 'n1 has no InternalIP',
  })
})

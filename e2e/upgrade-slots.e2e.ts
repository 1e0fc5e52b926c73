import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODES } from '../packages/fairlead/src/kube/resources.ts'
import type { ContainerdInstall } from '../packages/fairlead/src/lab/runtimes/install.ts'
import { NOTE, noteOf, SLOT } from '../packages/fairlead/src/upgrade/node-contract.ts'
import { RUNTIME_UPGRADES } from '../packages/fairlead/src/upgrade/resource.ts'
import { type UpgradeStatus, statusSchema } from '../packages/fairlead/src/upgrade/status.ts'
import { NODE_USER } from './api-server.ts'
import { API_SERVER, startUpgradeCluster, type UpgradeCluster } from './cluster.ts'
import { debianContainerd } from './debian.ts'
import { type SlotNode, startSlotNode } from './slots/node.ts'
import { reachFrom } from './slots/reach.ts'
import { fairlead, startFairlead, unable, until } from './support.ts'

const CALL = { timeoutMs: 30_000 }
/** The nodes of the second upgrade, in the order in which they come. */
const [FIRST, SECOND] = ['bears-it', 'does-not']
const NAMES = ['well', FIRST, SECOND, 'late']

// Nodes of namespaces, each with a real containerd and its pods; a test says what their kubelets would.
describe.skipIf(unable !== undefined)(
  `RuntimeUpgrades of real containerds, with ${API_SERVER}`,
  { timeout: 180_000 },
  () => {
    const stack = new AsyncDisposableStack()
    let cluster: UpgradeCluster
    let folder: string
    let old: ContainerdInstall
    let recent: ContainerdInstall

    beforeAll(async () => {
      process.stderr.write(`\nThe upgrades of real containerds run with ${API_SERVER}.\n`)
      folder = await mkdtemp(path.join(tmpdir(), 'fairlead-upgrade-slots-'))
      stack.defer(() => rm(folder, { recursive: true }))
      old = await debianContainerd('trixie')
      recent = await debianContainerd('forky')
      const kubelets = NAMES.map((name) => [name, `${NODE_USER}${name}`])
      cluster = stack.use(await startUpgradeCluster(Object.fromEntries(kubelets)))
      for (const user of ['admin', 'controller']) {
        await writeFile(path.join(folder, user), cluster.kubeconfig(user))
      }
      const controller = startFairlead(
        ['controller', '--kubeconfig', path.join(folder, 'controller')],
        folder,
      )
      stack.defer(async () => {
        controller.child.kill('SIGTERM')
        expect((await controller.ended).err).not.toMatch(/forbidden|tried again/)
      })
    })
    afterAll(() => stack.disposeAsync())

    test.concurrent('one that is well is on 2.1 in the end, with the same processes in its pods', async () => {
      await using node = await newNode('well', 'well')
      const before = await node.startPods(3)
      await upgrade('well', 1, '3s')
      expect(await watched('well')).toMatchObject({
        code: 0,
        out: expect.stringContaining('Complete: every node is done'),
      })
      expect(await statusOf('well')).toMatchObject({ phase: 'Complete', done: 1, failures: [] })
      expect(await node.version()).toBe(recent.version.text)
      expect(await node.pods()).toEqual(before)
      expect(await annotationsOf('well')).toMatchObject({ [SLOT]: '2.1' })
      expect(await node.startPods(1)).toMatchObject({ size: 4 })
      // From there on there is no way back for new pods.
      const shim = node.node.outside('/var/lib/fairlead/slots/shim')
      await until(async () => (await readlink(shim)) === '2.1')
    })

    test.concurrent('one that a node does not bear is gone from every node of its wave, and the reason is told', async () => {
      await using first = await newNode(FIRST, 'hangs')
      await using second = await newNode(SECOND, 'hangs', {
        cniVersion: '1.1.0',
        probe: { pod: false },
      })
      await writeFile(second.node.outside('/run/fairlead/status-hangs-after'), '2')
      const before = [await first.startPods(2), await second.startPods(2)]
      await upgrade('hangs', 2, '3s')
      const shown = await watched('hangs')
      expect(shown).toMatchObject({ code: 1 })
      const status = await statusOf('hangs')
      const reason = expect.stringMatching(
        /^is not on 2\.1: after .* it was unhealthy for .*: Status was not answered/,
      )
      expect(status).toMatchObject({ phase: 'Stopped', done: 0, rolledBack: 2 })
      expect(status.failures).toEqual([expect.objectContaining({ node: SECOND, reason })])
      expect(shown.out).toContain(`Stopped: node ${SECOND} is not on 2.1: after`)
      expect(noteOf((await annotationsOf(SECOND))[NOTE])).toMatchObject({
        phase: 'rolled-back',
        reason,
      })
      expect(noteOf((await annotationsOf(FIRST))[NOTE])).toMatchObject({ phase: 'rolled-back' })
      for (const [index, node] of [first, second].entries()) {
        expect(await node.version()).toBe(old.version.text)
        expect(await node.pods()).toEqual(before[index])
      }
      // The second went back by itself, before anybody had told it to; the first was told to.
      expect(await records(second)).toEqual(['2.1 rolled-back'])
      expect(await records(first)).toEqual([`${old.version.text} activated`, '2.1 activated'])
    })

    test.concurrent('one after which a node turns NotReady when its own windows are over is taken back', async () => {
      await using node = await newNode('late', 'late')
      const before = await node.startPods(2)
      await upgrade('late', 1, '30s')
      await until(async () => noteOf((await annotationsOf('late'))[NOTE])?.phase === 'soak')
      expect(await node.version()).toBe(recent.version.text)
      expect(await node.pods()).toEqual(before)
      const during = await node.startPods(1)
      expect(during.size).toBe(3)
      await setReady('late', 'False')
      await until(async () => (await node.version()) === old.version.text)
      await setReady('late', 'True')
      const shown = await watched('late')
      expect(shown.out).toContain('Stopped: node late is not Ready after it ran 2.1\n')
      expect(await statusOf('late')).toMatchObject({ phase: 'Stopped', rolledBack: 1 })
      expect(noteOf((await annotationsOf('late'))[NOTE])).toMatchObject({
        phase: 'rolled-back',
        reason: 'is not Ready after it ran 2.1',
      })
      expect(await annotationsOf('late')).toMatchObject({ [SLOT]: old.version.text })
      expect(await node.version()).toBe(old.version.text)
      expect(await node.pods()).toEqual(during)
      expect(await node.startPods(1)).toMatchObject({ size: 4 })
    })

    /** A node of the cluster that runs 1.7, with 2.1 staged, and follows what its Node object says. */
    async function newNode(
      name: string,
      test: string,
      settings: Parameters<typeof startSlotNode>[1] = {},
    ): Promise<SlotNode> {
      const own = new AsyncDisposableStack()
      const slotNode = own.use(await startSlotNode(old, settings))
      const { node } = slotNode
      await slotNode.stage('2.1', recent)
      own.use(await reachFrom(node, cluster.port))
      await writeFile(node.outside('/run/fairlead/kubelet.conf'), cluster.kubeconfig(name))
      const object = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { test } },
        status: { conditions: [ready('True')] },
      }
      expect(await cluster.api.create(NODES, object, CALL)).toMatchObject({ ok: true })
      const argv = ['follow', '--node', name, '--kubeconfig', '/run/fairlead/kubelet.conf']
      const follow = slotNode.startSlot(...argv)
      if (follow.stderr === null) throw new Error('it has pipes')
      const told = text(follow.stderr)
      follow.stdout?.resume()
      own.defer(async () => {
        // nsenter passes no signal on.
        await node.run(['pkill', '-TERM', '-f', 'runtime-slot follow'], { timeoutMs: 5_000 })
        expect(await told).not.toMatch(/cannot be written|the API server:/)
      })
      return { ...slotNode, [Symbol.asyncDispose]: () => own.disposeAsync() }
    }

    async function upgrade(test: string, nodes: number, soak: string): Promise<void> {
      const spec = {
        target: { version: '2.1' },
        nodeSelector: { test },
        canary: { nodes },
        maxUnavailable: 1,
        soak: { duration: soak, patience: '1s', deadline: '1m' },
        bake: '2s',
      }
      const file = path.join(folder, `${test}.yaml`)
      const object = { apiVersion: 'fairlead.dev/v1alpha1', kind: 'RuntimeUpgrade' }
      await writeFile(file, JSON.stringify({ ...object, metadata: { name: test }, spec }))
      expect(await command('upgrade', 'apply', file)).toMatchObject({ code: 0 })
    }

    function watched(name: string) {
      return command('upgrade', 'status', name, '--watch')
    }

    function command(...argv: readonly string[]) {
      return fairlead([...argv, '--kubeconfig', path.join(folder, 'admin')], folder)
    }

    async function statusOf(name: string): Promise<UpgradeStatus> {
      const read = await cluster.api.get({ resource: RUNTIME_UPGRADES, name }, CALL)
      return statusSchema.parse(read.ok ? read.value.status : read.error)
    }

    async function annotationsOf(name: string): Promise<Readonly<Record<string, string>>> {
      const read = await cluster.api.get({ resource: NODES, name }, CALL)
      return read.ok ? (read.value.metadata.annotations ?? {}) : {}
    }

    async function setReady(name: string, status: string): Promise<void> {
      const patch = { status: { conditions: [ready(status)] } }
      const options = { ...CALL, kind: 'strategic', subresource: 'status' } as const
      expect(await cluster.api.patch({ resource: NODES, name }, patch, options)).toMatchObject({
        ok: true,
      })
    }
  },
)

function ready(status: string) {
  return { type: 'Ready', status, lastTransitionTime: new Date().toISOString() }
}

/** How the changes of a node ended, the last first. */
async function records(node: SlotNode): Promise<readonly string[]> {
  const { out } = await node.slot('list', '-o', 'json')
  const { history } = JSON.parse(out) as {
    readonly history: readonly { readonly to: string; readonly outcome: string }[]
  }
  return history.map(({ to, outcome }) => `${to} ${outcome}`)
}

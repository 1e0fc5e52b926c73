import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ContainerdInstall } from '../packages/fairlead/src/lab/runtimes/install.ts'
import { systemClock, waitUntil } from '../packages/fairlead/src/ports.ts'
import type { SlotRecord } from '../packages/fairlead/src/slots/state.ts'
import { debianContainerd } from './debian.ts'
import { BROKEN } from './slots/broken.ts'
import { type SlotNode, startSlotNode } from './slots/node.ts'
import { unable } from './support.ts'

/** With the windows of a real node, and a Status that hangs after 45 s: FAIRLEAD_SLOTS=real. */
const isReal = process.env['FAIRLEAD_SLOTS'] === 'real'
/** Where a change is killed; everywhere where there is time. */
const STEPS: readonly string[] = ['check', 'stop', 'data', 'flip', 'start', 'watch']
const KILLS: readonly string[] = isReal ? STEPS : ['check', 'data', 'watch']

let old: ContainerdInstall
let recent: ContainerdInstall

async function lastRecord(node: SlotNode): Promise<SlotRecord> {
  const { out } = await node.slot('list', '-o', 'json')
  const list: { activation: null; history: [SlotRecord] } = JSON.parse(out)
  expect(list.activation).toBeNull()
  return list.history[0]
}

/** The node is as it was: on the old version, with the same processes in its pods, and takes more. */
async function expectAsBefore(node: SlotNode, before: ReadonlyMap<string, string>) {
  expect(await node.version()).toBe(old.version.text)
  expect(await node.pods()).toEqual(before)
  const after = await node.startPods(1)
  expect(after.size).toBe(before.size + 1)
}

describe.skipIf(unable !== undefined)(
  'a node with slots',
  { timeout: isReal ? 1_800_000 : 300_000 },
  () => {
    beforeAll(async () => {
      old = await debianContainerd('trixie')
      recent = await debianContainerd('forky')
    })

    test.concurrent('goes from 1.7 to 2.1, with the same processes in its pods', async () => {
      await using node = await startSlotNode(old, { isReal })
      const before = await node.startPods(3)
      await node.stage('2.1', recent)
      const activated = node.slot('activate', '2.1')
      await reached(node, 'watch')
      // As the timer does every minute: it is somebody else's to carry out.
      expect(await node.slot('resume')).toEqual({ code: 0, out: '', err: '' })
      expect(await activated).toMatchObject({ code: 0, out: 'The node is on 2.1.\n' })
      expect(await node.slot('confirm')).toMatchObject({
        code: 2,
        err: expect.stringContaining('No version is on trial.'),
      })
      expect(await node.version()).toBe(recent.version.text)
      expect(await node.pods()).toEqual(before)
      await node.startPods(1)
      expect(await node.slot('gc')).toMatchObject({
        out: '1.7.24~ds1 stays: it is the previous one.\n2.1 stays: it is the current one.\n',
      })
      // 1.7 does not understand the shim of the last pod.
      expect(await node.slot('rollback')).toMatchObject({
        code: 1,
        out: expect.stringContaining('containerd 1.7.24~ds1 would end 1 of 4 pods'),
      })
      expect(await node.version()).toBe(recent.version.text)
      expect((await node.pods()).size).toBe(4)
    })

    test.concurrent('goes back from a trial with the pods that began in it, too', async () => {
      await using node = await startSlotNode(old, { isReal })
      await node.startPods(2)
      await node.stage('2.1', recent)
      expect(await node.slot('activate', '2.1', '--confirm-within', '10m')).toMatchObject({
        code: 0,
      })
      expect(await node.version()).toBe(recent.version.text)
      const pods = await node.startPods(1)
      expect(await node.slot('rollback', '--reason', 'a test')).toMatchObject({
        code: 0,
        out: 'The node is back on 1.7.24~ds1, and well:\n  a test\n',
      })
      await expectAsBefore(node, pods)
      for (const id of pods.keys()) {
        expect(await node.cri.stopPodSandbox(id, { timeoutMs: 5_000 })).toMatchObject({ ok: true })
      }
      // And again, to stay this time.
      await node.slot('activate', '2.1', '--confirm-within', '10m')
      expect(await node.slot('confirm')).toMatchObject({ code: 0, out: 'The node is on 2.1.\n' })
      expect(await node.version()).toBe(recent.version.text)
    })

    test.concurrent.for(Object.entries(BROKEN))(
      'is back on the old version, with its pods, from one that %s',
      async ([, files]) => {
        await using node = await startSlotNode(old, { isReal })
        const before = await node.startPods(2)
        await node.stage('broken', recent, files)
        const { code } = await node.slot('activate', 'broken')
        const { outcome, reasons } = await lastRecord(node)
        expect({ code, outcome }, reasons.join()).toEqual({ code: 1, outcome: 'rolled-back' })
        await expectAsBefore(node, before)
      },
    )

    test.concurrent('is back from one whose Status hangs after a while', async () => {
      await using node = await startSlotNode(old, {
        isReal,
        cniVersion: '1.1.0',
        probe: { pod: false },
      })
      await writeFile(node.node.outside('/run/fairlead/status-hangs-after'), isReal ? '45' : '2')
      const before = await node.startPods(2)
      await node.stage('2.1', recent)
      await node.slot('activate', '2.1')
      const { outcome, reasons } = await lastRecord(node)
      expect(outcome, reasons.join()).toBe('rolled-back')
      expect(reasons).toEqual([
        expect.stringMatching(
          /^after .* it was unhealthy for .* s: Status was not answered within/,
        ),
      ])
      await expectAsBefore(node, before)
    })

    test.concurrent('is back from one whose Status waits for a pod that takes its time', async () => {
      await using node = await startSlotNode(old, { isReal })
      const before = await node.startPods(2)
      await writeFile(node.node.outside('/run/fairlead/probe-takes'), '3')
      await node.stage('2.1', recent)
      await node.slot('activate', '2.1')
      const { outcome, reasons } = await lastRecord(node)
      expect({ outcome, reasons }).toEqual({
        outcome: 'rolled-back',
        reasons: [
          'Status took longer than 1000 ms while a pod was attached and the conf dir was written to.',
        ],
      })
      await expectAsBefore(node, before)
    })

    test.concurrent('is not touched by what is known to be broken', async () => {
      await using node = await startSlotNode(old, { isReal })
      const before = await node.startPods(1)
      // An ELF executable of a machine that this is not (e_machine, at 18).
      expect(await node.stage('arch', recent, { machine: 0x99 })).toContain('does not run here')
      expect(
        await node.stage('config', recent, { config: (real) => `${real}\n[grpc]\n` }),
      ).toContain('does not start with this config')
      await node.stage('changed', recent)
      const slots = node.node.outside('/var/lib/fairlead/slots')
      await writeFile(`${slots}/changed/bin/ctr`, 'x')
      expect((await node.slot('activate', 'changed')).out).toMatch(
        /bin\/ctr is not what was staged/,
      )
      expect(await lastRecord(node)).toMatchObject({ outcome: 'refused' })
      await node.stage('full', recent)
      await mkdir(`${slots}/backups`)
      const { code } = await node.node.run(
        ['mount', '-t', 'tmpfs', '-o', 'size=16k', 'small', '/var/lib/fairlead/slots/backups'],
        { timeoutMs: 5_000 },
      )
      expect(code).toBe(0)
      await node.slot('activate', 'full')
      expect(await lastRecord(node)).toMatchObject({
        outcome: 'rolled-back',
        reasons: [expect.stringContaining('ENOSPC')],
      })
      await expectAsBefore(node, before)
    })

    test.concurrent.for(KILLS)('is back when the change is killed at %s', async (step) => {
      await using node = await startSlotNode(old, { isReal })
      const before = await node.startPods(2)
      await node.stage('2.1', recent)
      const at = await killedAt(node, step)
      const { err } = await node.slot('resume')
      expect(await lastRecord(node), err).toMatchObject({
        outcome: at === 'check' ? 'refused' : 'rolled-back',
        reasons: [`it was interrupted at the step "${at}"`],
      })
      await expectAsBefore(node, before)
    })

    test.concurrent('is back after a loss of power, before the runtime is started', async () => {
      await using node = await startSlotNode(old, { isReal })
      await node.startPods(2)
      await node.stage('2.1', recent)
      await killedAt(node, 'watch')
      await node.node.reboot()
      expect(await node.slot('resume', '--before-runtime')).toMatchObject({
        code: 0,
        out: '1.7.24~ds1 is picked; it is watched when the runtime has been started.\n',
      })
      await node.unit('start')
      expect((await node.slot('resume')).out).toMatch(/^The node is back on 1\.7\.24~ds1, and well/)
      expect(await node.version()).toBe(old.version.text)
      expect((await node.startPods(1)).size).toBe(1)
    })

    /** Kills a change at a step, or as soon after it as can be; the step that it was at. */
    async function killedAt(node: SlotNode, step: string): Promise<string | undefined> {
      const child = node.startSlot('activate', '2.1')
      const exited = once(child, 'exit')
      await reached(node, step)
      await node.node.run(['pkill', '-KILL', '-f', 'runtime-slot activate'], { timeoutMs: 5_000 })
      await exited
      return stepOf(node)
    }

    /** Waits until a change is at a step, or past it. */
    async function reached(node: SlotNode, step: string): Promise<void> {
      const isDue = async () => STEPS.indexOf((await stepOf(node)) ?? '') >= STEPS.indexOf(step)
      expect(await waitUntil(isDue, { clock: systemClock, everyMs: 1, timeoutMs: 60_000 })).toBe(
        true,
      )
    }

    async function stepOf(node: SlotNode): Promise<string | undefined> {
      const state = node.node.outside('/var/lib/fairlead/slots/state.json')
      const content = await readFile(state, 'utf8').catch(() => '')
      return /"step": "(\w+)"/.exec(content)?.[1]
    }
  },
)

import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fairlead, fixture, machineState, stateAgain, unable } from './support.ts'

/** No Debian suite carries CRI-O, so whoever has one says where: `crio`, with `pinns` and `conmon` beside it or in PATH. */
const CRIO = process.env['FAIRLEAD_CRIO']
if (CRIO === undefined) {
  process.stderr.write('\n*** SKIPPED: the tests of CRI-O, since FAIRLEAD_CRIO names none. ***\n\n')
}

describe.skipIf(unable !== undefined || CRIO === undefined)('CRI-O', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  const run = (scenario: string) =>
    fairlead(['lab', 'run', '--runtime', `crio=${CRIO}`, '--scenario', scenario], folder)

  test.each([
    ['pods on two networks', fixture('quick')],
    ['pods whose node reboots', 'reboot-with-pods'],
    ['pods whose runtime is killed and started again', 'restart-with-pods'],
  ])('runs %s, and nothing of it is left on the machine', async (_what, scenario) => {
    const before = machineState()
    const { code, out, err } = await run(scenario)
    expect(code, out + err).toBe(0)
    expect(await stateAgain(before)).toEqual(before)
    for (const dir of ['/run/crio', '/etc/crio', '/var/lib/crio']) {
      expect(existsSync(dir) ? readdirSync(dir) : []).toEqual([])
    }
  })

  test('reads a file that was moved in from another folder, as containerd does not', async () => {
    const { code, out, err } = await run('moved-in-conf')
    expect(code, out + err).toBe(0)
  })
})

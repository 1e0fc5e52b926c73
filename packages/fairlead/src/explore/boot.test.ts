import { expect, test } from 'vitest'
import { BOOT_DEFAULTS } from './boot-options.ts'
import { booted } from './boot.ts'
import { exhaustiveExplorer } from './explorers.ts'
import { GO_CNI } from './go-cni.ts'
import type { CreateSubject } from './subject.ts'
import { type Case, runCase } from './trial.ts'

async function faultsOf(tested: Case): Promise<Set<string>> {
  const explorer = exhaustiveExplorer(2)
  const found = new Set<string>()
  for (let next = explorer.next(); next !== undefined; next = explorer.next()) {
    for (const kind of (await runCase(tested, next)).faults.keys()) found.add(kind)
  }
  return found
}

const options = { ...BOOT_DEFAULTS, reloads: 2, polls: 1, pods: 0 }

test('a reload that is left out is found: the set stays old', async () => {
  const careful: CreateSubject = (world, confDir, durations) => {
    let networks = confDir.networks
    return {
      ...GO_CNI['1.1.10'](world, confDir, durations),
      networks: () => networks,
      load: async () => {
        await world.step()
        ;({ networks } = confDir)
      },
    }
  }
  const forgetful: CreateSubject = (...given) => {
    const subject = careful(...given)
    let loads = 0
    return {
      ...subject,
      load: async () => {
        loads += 1
        if (loads === 1) await subject.load()
      },
    }
  }
  expect(await faultsOf({ begin: booted(careful), options })).toEqual(new Set())
  expect(await faultsOf({ begin: booted(forgetful), options })).toEqual(new Set(['unsettled']))
})

test('a call that waits for nobody is a deadlock', async () => {
  const createSubject: CreateSubject = (world, ...rest) => ({
    ...GO_CNI['1.1.12'](world, ...rest),
    status: async () => {
      await world.wait(() => 'waits for Godot').ended
      return true
    },
  })
  expect(await faultsOf({ begin: booted(createSubject), options })).toEqual(new Set(['deadlock']))
})

import path from 'node:path'
import { expect } from 'vitest'
import type { Case, Observation } from './case.ts'
import { ask as askOurs } from './ours.ts'
import type { Peer } from './peer.ts'
import { type Answer, type Asked, observe, type Seen } from './side.ts'

/**
 * Does a case with both sides and expects what it says. What is returned has to be equal then: where
 * the sides differ on purpose it is taken out.
 */
export async function runCase(theCase: Case, folder: string, peer: Peer) {
  const [ours, libcni] = [asOurs, asLibcni(peer)]
  const us = await observe(theCase, path.join(folder, 'ours'), { self: ours, other: libcni })
  const them = await observe(theCase, path.join(folder, 'libcni'), { self: libcni, other: ours })
  const pairs = pairsOf(theCase, us, them)
  const { both = {}, differs = {}, kept = [] } = theCase
  expectFailures(theCase, us, them)
  for (const [at, { ours, libcni }] of Object.entries(differs)) {
    expect(valueAt(pairs.ours, at), `ours: ${at}`).toEqual(ours)
    expect(valueAt(pairs.libcni, at), `libcni: ${at}`).toEqual(libcni)
    expect(ours, `${at} is no difference`).not.toEqual(libcni)
    replaceAt(pairs.ours, at)
    replaceAt(pairs.libcni, at)
  }
  for (const [at, value] of Object.entries(both)) {
    expect(valueAt(pairs.ours, at), at).toEqual(value)
  }
  for (const text of kept) {
    expect(us.stdinTexts[0]).toContain(text)
    expect(them.stdinTexts[0]).not.toContain(text)
  }
  expect(theCase.why !== undefined, 'a difference has a reason, and only a difference has').toBe(
    Object.keys(differs).length + kept.length > 0,
  )
  return pairs
}

/** The observations with the plugins' error objects in them only where ours says that it is one. */
function pairsOf({ steps }: Case, us: Seen, them: Seen) {
  const asks = steps.filter((step) => 'op' in step)
  const isPlugin = asks.map(
    (_, index) => us.errors[index]?.isPlugin === true || them.errors[index]?.isPlugin === true,
  )
  const shown = ({ observation }: Seen): Observation => ({
    ...observation,
    answers: observation.answers.map(({ plugin, ...answer }, index) =>
      isPlugin[index] && !answer.ok ? { ...answer, plugin } : answer,
    ),
  })
  return { ours: shown(us), libcni: shown(them) }
}

function expectFailures({ fails = {} }: Case, us: Seen, them: Seen): void {
  const told = [...us.errors.entries(), ...them.errors.entries()]
  for (const [index, error] of told) {
    if (error === undefined || error.isPlugin) continue
    const expected = fails[index]?.[error.by]
    const isOurs = error.by === 'ours'
    if (isOurs) expect(error.says, `request ${index}`).toBe(expected)
    else if (expected !== undefined) expect(error.says, `request ${index}`).toContain(expected)
    else if (us.errors[index]?.isPlugin !== true && them.errors[index]?.isPlugin !== true) {
      expect.fail(`request ${index}: libcni says ${error.says}`)
    }
  }
  for (const [index, expected] of Object.entries(fails)) {
    const both = [us.errors[Number(index)], them.errors[Number(index)]]
    const failed = both.flatMap((error) => (error === undefined ? [] : [error.by]))
    expect(failed, `request ${index}`).toEqual(expect.arrayContaining(Object.keys(expected)))
  }
}

function valueAt(observation: Observation, at: string): unknown {
  return at
    .split(' ')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[key]
          : undefined,
      observation,
    )
}

function replaceAt(observation: Observation, at: string): void {
  const keys = at.split(' ')
  const last = keys.pop() ?? ''
  const parent = keys.length === 0 ? observation : valueAt(observation, keys.join(' '))
  if (typeof parent !== 'object' || parent === null) return
  ;(parent as Record<string, unknown>)[last] = '<a difference>'
}

/** `@fairlead/cni` as a side. */
export const asOurs: Asked = async (operation) => {
  const answer = await askOurs(operation)
  if (answer.ok) return answer
  const { code, cniCode = 0, msg, details } = answer.error
  return {
    ok: false,
    error: {
      by: 'ours',
      says: code,
      isPlugin: code === 'FL_CNI_PLUGIN_ERROR',
      plugin: { code: cniCode, msg, details },
    },
  }
}

function asLibcni(peer: Peer): Asked {
  return async (operation): Promise<Answer> => {
    const answer = await peer.ask(operation)
    if (answer.ok) return answer
    const { text, code, msg, details } = answer.error
    const plugin = { code, msg, details }
    return { ok: false, error: { by: 'libcni', says: text, isPlugin: false, plugin } }
  }
}

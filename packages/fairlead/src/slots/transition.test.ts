import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Activation, Ended } from './activation.ts'
import { begin, hasEnded, next, type Observation, targetOf } from './transition.ts'

/** A node, as far as a change of version touches it. */
interface Node {
  link: string
  running: string | null
  /** Whose metadata it is. */
  data: string
  copy: string | null
}

const BASELINE = { pods: ['a'], networks: ['cilium'], rootDir: '/r', confDir: '/c', shim: 'old' }

function fresh(): Activation {
  return begin({ id: 'x', from: 'old', to: 'new', confirmWithinMs: 0 })
}

/** Carries out the step of an activation. */
function carryOut(activation: Activation, node: Node): void {
  const { step, data } = activation
  if (step === 'stop') node.running = null
  if (step === 'data' && data === 'save') node.copy = node.data
  if (step === 'data' && data === 'restore' && node.copy !== null) node.data = node.copy
  if (step === 'flip') node.link = targetOf(activation)
  if (step !== 'start') return
  node.running = node.link
  node.data = node.link
}

function goodOf({ way, step }: Activation): Observation {
  if (step === 'check') return { kind: 'checked', baseline: BASELINE }
  if (step === 'data' && way === 'forward') return { kind: 'copied' }
  if (step === 'watch') return { kind: 'steady', nowMs: 0 }
  return step === 'trial' ? { kind: 'confirmed' } : { kind: 'done' }
}

/** Plays a change to its end; `fate` is asked before each step. */
function play(
  fate: (activation: Activation, count: number) => 'good' | 'failed' | 'before' | 'after',
  begun = fresh(),
): { readonly ended: Ended; readonly node: Node; readonly steps: readonly string[] } {
  const node: Node = { link: 'old', running: 'old', data: 'old', copy: null }
  const steps: string[] = []
  let activation: Activation | Ended = begun
  for (let count = 0; !hasEnded(activation); count += 1) {
    if (count > 200) throw new Error('it does not end')
    steps.push(`${activation.way} ${activation.step}`)
    const isUp = activation.step !== 'watch' || node.running === targetOf(activation)
    const what = isUp ? fate(activation, count) : 'failed'
    if (what === 'good' || what === 'after') carryOut(activation, node)
    const observation: Observation =
      what === 'good'
        ? goodOf(activation)
        : what === 'failed'
          ? { kind: 'failed', reason: `${activation.step} ${activation.way}` }
          : { kind: 'interrupted', reason: 'power' }
    activation = next(activation, observation)
  }
  return { ended: activation, node, steps }
}

test('a change goes through every step once, and ends on the new version', () => {
  const { ended, node, steps } = play(() => 'good')
  expect(ended).toEqual({ outcome: 'activated', reasons: [] })
  expect(node).toMatchObject({ link: 'new', running: 'new', copy: 'old' })
  expect(steps.map((step) => step.replace('forward ', ''))).toEqual([
    'check',
    'stop',
    'data',
    'flip',
    'start',
    'watch',
    'keep',
  ])
})

test('a check that fails touches nothing', () => {
  const { ended, node } = play(({ step }) => (step === 'check' ? 'failed' : 'good'))
  expect(ended).toEqual({ outcome: 'refused', reasons: ['check forward'] })
  expect(node).toEqual({ link: 'old', running: 'old', data: 'old', copy: null })
})

test.each(['stop', 'data', 'flip', 'start', 'watch'] as const)(
  'a failure or an interruption at %s leads back, with its reason, and leaves the metadata alone',
  (at) => {
    for (const fate of ['failed', 'before', 'after'] as const) {
      const { ended, node } = play(({ way, step }) =>
        way === 'forward' && step === at ? fate : 'good',
      )
      expect(ended).toEqual({
        outcome: 'rolled-back',
        reasons: [fate === 'failed' ? `${at} forward` : 'power'],
      })
      expect(node).toMatchObject({ link: 'old', running: 'old' })
    }
  },
)

test('the copy of the metadata is put back only where the old version is not well without', () => {
  const fails = new Set(['watch forward', 'watch back'])
  const { ended, node } = play(({ way, step, waysBack }) =>
    fails.has(`${step} ${way}`) && waysBack < 2 ? 'failed' : 'good',
  )
  expect(ended).toEqual({ outcome: 'rolled-back', reasons: ['watch forward', 'watch back'] })
  expect(node).toMatchObject({ link: 'old', running: 'old', data: 'old' })
})

test('what the new version has lost is put back at once', () => {
  const activation = { ...fresh(), step: 'watch', hasRun: true, hasCopy: true } as const
  const lost = { kind: 'failed', reason: 'pods are lost', lost: true } as const
  expect(next(activation, lost)).toMatchObject({ way: 'back', step: 'stop', data: 'restore' })
  expect(next({ ...activation, hasCopy: false }, lost)).toMatchObject({ data: 'keep' })
})

test('where not even that helps it ends, on the old version, and says why', () => {
  const { ended, node } = play(({ step }) => (step === 'watch' ? 'failed' : 'good'))
  expect(ended).toEqual({ outcome: 'failed', reasons: ['watch forward', 'watch back'] })
  expect(node).toMatchObject({ link: 'old', running: 'old' })
})

test('a version on trial waits through interruptions, stays when confirmed, and goes back when not', () => {
  const begun = { ...fresh(), confirmWithinMs: 60_000 }
  let waits = 3
  const confirmed = play(({ step }) => (step === 'trial' && waits-- > 0 ? 'before' : 'good'), begun)
  expect(confirmed.ended.outcome).toBe('activated')
  expect(confirmed.steps.filter((step) => step === 'forward trial')).toHaveLength(4)
  const late = play(({ step }) => (step === 'trial' ? 'failed' : 'good'), begun)
  expect(late.ended).toEqual({ outcome: 'rolled-back', reasons: ['trial forward'] })
})

test('whatever fails and is interrupted, it ends; and where the way back works, on a version that runs', () => {
  const fates = fc.array(fc.constantFrom('good', 'good', 'failed', 'before', 'after'), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(fates, fc.boolean(), (list, failsBack) => {
      const { ended, node, steps } = play(({ way }, count) => {
        const fate = list[count] ?? 'good'
        return way === 'back' && fate === 'failed' && !failsBack ? 'good' : fate
      })
      const { outcome, reasons } = ended
      const { link, running } = node
      const expected = outcome === 'activated' ? 'new' : 'old'
      expect([expected, outcome === 'failed' ? 'new' : expected]).toContain(link)
      // What stays may still say that it could not do the last of it.
      const isSilent = reasons.every((reason) => reason === 'keep forward')
      expect(outcome === 'activated').toBe(isSilent)
      expect(outcome === 'refused').toBe(steps.length === 1)
      // Where the way back fails, too, nobody can say what runs.
      expect([true, outcome !== 'failed']).toContain(running === link)
      expect([true, !failsBack]).toContain(outcome !== 'failed')
    }),
    { numRuns: 2000 },
  )
})

test('why a change was begun is remembered, and before what speaks against it', () => {
  const begun = () => {
    const reasons = ['pods of team A do not start']
    return begin({ id: 'x', from: 'old', to: 'new', confirmWithinMs: 0, reasons })
  }
  expect(play(() => 'good', begun()).ended).toEqual({
    outcome: 'activated',
    reasons: ['pods of team A do not start'],
  })
  const isForward = ({ way, step }: Activation) => way === 'forward' && step === 'watch'
  expect(play((one) => (isForward(one) ? 'failed' : 'good'), begun()).ended).toEqual({
    outcome: 'rolled-back',
    reasons: ['pods of team A do not start', 'watch forward'],
  })
})

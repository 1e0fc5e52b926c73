import { expect, test } from 'vitest'
import type { Step } from './step.ts'
import { endInVain } from './steps.ts'

const EXECUTIONS: Step = {
  do: 'wait-for-executions',
  plugin: 'multus-shim',
  verb: 'ADD',
  count: 6,
  within: 20_000,
}
const PODS: Step = { do: 'wait-for-pods', running: 2, within: 20_000 }

test('behind an agent, executions that do not come are a danger averted, and pods that do not come are waited for in vain', () => {
  expect(endInVain(EXECUTIONS, { guarded: true })).toBe('averted')
  expect(endInVain(PODS, { guarded: true })).toBe('in-vain')
})

test('without an agent, whatever does not come is waited for in vain', () => {
  expect(endInVain(EXECUTIONS, { guarded: false })).toBe('in-vain')
})

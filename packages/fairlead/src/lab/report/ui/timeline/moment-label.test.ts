import { expect, test } from 'vitest'
import { momentLabel } from './moment-label.ts'
import { timeScale, trialAxis } from './scale.ts'

const scale = timeScale(trialAxis(60_000), 1000)

test('the text follows its mark', () => {
  const { text, side, from, to } = momentLabel(0, 'started', scale)
  expect({ text, side }).toEqual({ text: 'started', side: 'after' })
  expect(from).toBeLessThan(scale.x(0))
  expect(to).toBeGreaterThan(scale.x(0) + 30)
})

test('near the end the text comes before its mark, so that it is not cut off', () => {
  const { side, from, to } = momentLabel(59_900, 'exited: code 0', scale)
  expect(side).toBe('before')
  expect(from).toBeLessThan(scale.x(59_900) - 60)
  expect(to).toBeLessThanOrEqual(1000)
})

test('a long message is cut', () => {
  expect(momentLabel(0, 'x'.repeat(500), scale).text).toHaveLength(60)
})

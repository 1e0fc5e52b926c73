import { expect, test } from 'vitest'
import { readReport } from './read-report.ts'

test('reads a report of version 2', () => {
  expect(readReport('{"kind":"fairlead.lab.report","version":2}')).toMatchObject({ ok: true })
})

test('says why text that is no JSON cannot be shown', () => {
  const read = readReport('{"kind":')
  expect(read).toMatchObject({ ok: false, reason: expect.stringContaining('is not JSON') })
})

test.each(['null', '[]', '{"kind":"fairlead.lab.report","version":1}', '{"version":2}'])(
  'refuses %s',
  (json) => {
    expect(readReport(json)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no Fairlead lab report of version 2'),
    })
  },
)

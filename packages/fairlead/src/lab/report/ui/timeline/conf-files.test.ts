import { expect, test } from 'vitest'
import { confFiles } from './conf-files.ts'

test('files come in the order of their names, each with its own events', () => {
  const events = [event(1, '10-b.conf'), event(2, '00-a.conf'), event(3, '10-b.conf')]
  expect(confFiles(events)).toEqual([
    { name: '00-a.conf', samples: [events[1]] },
    { name: '10-b.conf', samples: [events[0], events[2]] },
  ])
})

test('many temporary files share one row, in the order of time', () => {
  const temporary = Array.from({ length: 20 }, (_, i) => event(i, `.tmp-${20 - i}`))
  const kept = ['a', 'b'].flatMap((name) => [event(30, name), event(31, name)])
  const files = confFiles([...temporary, ...kept])
  expect(files).toHaveLength(8)
  expect(files.slice(-3).map(({ name }) => name)).toEqual(['a', 'b', '15 other files'])
  const times = files.at(-1)?.samples.map(({ atMs }) => atMs) ?? []
  expect(times).toHaveLength(15)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

function event(atMs: number, file: string) {
  return { atMs, file, sizeBytes: 100 }
}

import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { EXIT_CODES } from '../packages/fairlead/src/errors.ts'

test('the codes, their exit codes and the manual say the same', async () => {
  const manual = await readFile('docs/reference/errors.md', 'utf8')
  const documented = [...manual.matchAll(/^\| `(FL_\w+)` +\| (\d) +\|/gm)].map(
    ([, code, exit]) => [code, Number(exit)] as const,
  )
  expect(Object.fromEntries(documented)).toEqual(EXIT_CODES)
})

test('the codes of @fairlead/cri and the manual say the same', async () => {
  const manual = await readFile('docs/reference/errors.md', 'utf8')
  const documented = [...manual.matchAll(/^\| `(FL_CRI_\w+)` +\| \D/gm)].map(([, code]) => code)
  const source = await readFile('packages/cri/src/errors.ts', 'utf8')
  const declared = [...source.matchAll(/^ {2}\| '(FL_CRI_\w+)'$/gm)].map(([, code]) => code)
  expect(documented.toSorted()).toEqual(declared.toSorted())
})

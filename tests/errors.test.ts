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

test.each([
  ['@fairlead/cri', 'FL_CRI_', 'packages/cri/src/errors.ts'],
  ['@fairlead/cni', 'FL_CNI_', 'packages/cni/src/errors.ts'],
  ['@fairlead/networks', 'FL_NETWORKS_', 'packages/networks/src/errors.ts'],
])('the codes of %s and the manual say the same', async (_, prefix, file) => {
  const manual = await readFile('docs/reference/errors.md', 'utf8')
  const documented = [...manual.matchAll(/^\| `(FL_\w+)` +\| \D/gm)].map(([, code]) => code ?? '')
  const source = await readFile(file, 'utf8')
  const declared = [...source.matchAll(/[|=] '(FL_\w+)'/g)].map(([, code]) => code ?? '')
  expect(new Set(documented.filter((code) => code.startsWith(prefix)))).toEqual(new Set(declared))
})

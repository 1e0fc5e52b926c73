import { expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

/** The words that a shell is offered in the place of the last one. */
async function proposed(...words: string[]): Promise<string[]> {
  const { out } = await runInProcess(['__complete', ...words])
  return out.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t', 1)[0] ?? '']))
}

test('commands are completed, each with what it is for', async () => {
  expect(await runInProcess(['__complete', 'do'])).toMatchObject({
    out: expect.stringMatching(/^doctor\t\S.*\n$/),
  })
  expect(await proposed('lab', 'r')).toEqual(['run', 'runtimes'])
})

test('flags and the values of which there are few are completed', async () => {
  expect(await proposed('lab', 'run', '--tri')).toEqual(['--trials'])
  expect(await proposed('lint', '--output', '')).toEqual(['table', 'json', 'sarif', 'markdown'])
})

test('scenarios and advisories that ship are completed by name', async () => {
  expect(await proposed('lab', 'run', '--scenario', 'dual-cni-')).toContain('dual-cni-reboot')
  expect(await proposed('advisories', 'show', 'containerd-go-cni-rec')).toEqual([
    'containerd-go-cni-recursive-rlock-deadlock',
  ])
})

test('nothing is offered for a command that there is not, and nothing is said', async () => {
  expect(await runInProcess(['__complete', 'labb', 'x'])).toMatchObject({ out: '', err: '' })
})

test('a shell that is not known is refused with those that are', async () => {
  const { code, err } = await runInProcess(['completion', 'tcsh'])
  expect(code).toBe(2)
  expect(err).toContain('expected one of bash, zsh, fish, not "tcsh"')
})

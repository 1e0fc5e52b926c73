import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemCodeOf } from '../../errors.ts'
import { PluginBinaries } from './plugin-binaries.ts'

let folder: string
let binaries: PluginBinaries

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-bin-'))
  binaries = await PluginBinaries.install(
    folder,
    new Map([['p', { kind: 'script', text: '#!/bin/sh\necho ran\n' }]]),
  )
})

afterEach(async () => {
  await binaries[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** What execve(2) makes of it; bash runs no binary as a script, as execvp(3) would. */
function run(): Promise<string> {
  return promisify(execFile)('bash', ['-c', `exec ${path.join(folder, 'p')}`]).then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => (error instanceof Error ? error.message : String(systemCodeOf(error))),
  )
}

test.each([
  ['missing', 'No such file or directory'],
  ['wrong-arch', 'Exec format error'],
  ['busy', 'Text file busy'],
] as const)(
  'an executable that is %s does not run, and does once it is whole',
  async (state, complaint) => {
    await binaries.put('p', state)
    expect(await run()).toContain(complaint)
    await binaries.put('p', 'whole')
    expect(await run()).toBe('ran')
  },
)

test('a real plugin that cannot be copied is told with its path', async () => {
  const source = { kind: 'file', path: path.join(folder, 'nowhere') } as const
  await expect(PluginBinaries.install(folder, new Map([['q', source]]))).rejects.toThrow(
    `The plugin q cannot be taken from ${source.path}`,
  )
})

import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fairlead, startFairlead } from './support.ts'

let folder: string
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  env = { FAIRLEAD_STATE: path.join(folder, 'state'), LANG: 'C' }
  const keys = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(path.join(folder, 'advisories.key'), keys.privateKey)
  await writeFile(path.join(folder, 'advisories.pub'), keys.publicKey)
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

/** The arguments of an update to the bundle with this number, which is made first. */
async function update(sequence: number): Promise<readonly string[]> {
  const file = path.join(folder, `${sequence}.bundle`)
  const exporting = ['advisories', 'export', '--key', 'advisories.key', '-o', file]
  const { code, err } = await fairlead([...exporting, '--sequence', String(sequence)], folder, env)
  expect({ code, err }).toMatchObject({ code: 0 })
  return ['advisories', 'update', '--from', file, '--key', 'advisories.pub']
}

test('an update that is killed at any moment leaves the old advisories or the new ones, whole', async () => {
  const first = await update(1)
  const started = performance.now()
  expect((await fairlead(first, folder, env)).err).toMatch(/^Number 1 of .* is here now/)
  const lastsMs = performance.now() - started
  const state = path.join(folder, 'state', 'advisories')
  const rounds = 12
  for (let round = 0; round < rounds; round += 1) {
    const { child, ended } = startFairlead(await update(2 + round), folder, env)
    await delay((lastsMs * round) / rounds)
    child.kill('SIGKILL')
    await ended
    const sequences = (await readdir(state)).filter((name) => /^\d+$/.test(name))
    expect(sequences.length).toBeGreaterThanOrEqual(1)
    for (const sequence of sequences) {
      const linted = await fairlead(['advisories', 'lint', path.join(state, sequence)], folder, env)
      expect(linted, `round ${round}`).toMatchObject({ code: 0 })
    }
  }
  await fairlead(await update(100), folder, env)
  expect(await readdir(state)).toEqual(['100'])
})

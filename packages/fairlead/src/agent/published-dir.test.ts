import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfigs } from './published-dir.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-published-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

test('a pipe, a device and a link to either keep nobody waiting; other files are read', async () => {
  await writeFile(path.join(dir, '10-a.conflist'), 'a')
  await symlink('10-a.conflist', path.join(dir, '20-link.conflist'))
  execFileSync('mkfifo', [path.join(dir, '30-pipe.conf')])
  await symlink('30-pipe.conf', path.join(dir, '40-link.conf'))
  await symlink('/dev/zero', path.join(dir, '50-endless.conf'))
  await symlink('nowhere', path.join(dir, '60-gone.conf'))
  await writeFile(path.join(dir, 'kubeconfig'), 'not a config')
  expect([...(await readConfigs(dir))]).toEqual([
    ['10-a.conflist', 'a'],
    ['20-link.conflist', 'a'],
  ])
})

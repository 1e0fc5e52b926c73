import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isPluginProgram } from './plugin-program.ts'

let proc: string

beforeEach(async () => {
  proc = await mkdtemp(path.join(tmpdir(), 'fairlead-proc-'))
  await mkdir(path.join(proc, 'root', 'opt', 'cni', 'bin'), { recursive: true })
  await writeFile(path.join(proc, 'root', 'opt', 'cni', 'bin', 'bridge'), '')
})

afterEach(async () => {
  await rm(proc, { recursive: true })
})

async function process(pid: number, environ: string) {
  await mkdir(path.join(proc, `${pid}`))
  await writeFile(path.join(proc, `${pid}`, 'environ'), environ)
  await symlink('../root', path.join(proc, `${pid}`, 'root'))
}

test('a plugin lies where CNI_PATH says, as the process sees it; what it has started does not', async () => {
  await process(7, 'CNI_COMMAND=ADD\0CNI_PATH=/usr/lib/cni:/opt/cni/bin\0HOME=/')
  expect(await isPluginProgram(7, 'bridge', proc)).toBe(true)
  expect(await isPluginProgram(7, 'iptables', proc)).toBe(false)
})

test('where there is no CNI_PATH, or the process has ended, it is taken for one', async () => {
  await process(8, 'CNI_COMMAND=VERSION')
  expect(await isPluginProgram(8, 'bridge', proc)).toBe(true)
  expect(await isPluginProgram(9, 'bridge', proc)).toBe(true)
})

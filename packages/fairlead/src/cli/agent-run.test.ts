import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-agent-run-'))
  await mkdir(path.join(dir, 'folder'))
  await writeFile(path.join(dir, 'file'), '')
  await symlink(path.join(dir, 'folder'), path.join(dir, 'link'))
})
afterAll(() => rm(dir, { recursive: true }))

test.each([
  ['stateDir', 'file/state', 'ENOTDIR: not a directory'],
  ['statusFile', 'file/status/agent.json', 'ENOTDIR: not a directory'],
  ['confDir', 'link', 'it is a link, and the runtime may end when it changes.'],
  ['confDir', 'file', 'it is no folder.'],
])('a %s that cannot be used, %s, is told with why and what to do', async (key, at, why) => {
  const config = path.join(dir, 'agent.yaml')
  const usable = {
    sourceDirs: [path.join(dir, 'sources')],
    confDir: path.join(dir, 'net.d'),
    stateDir: path.join(dir, 'state'),
    statusFile: path.join(dir, 'run/agent.json'),
  }
  await writeFile(config, JSON.stringify({ ...usable, [key]: path.join(dir, at) }))
  const { code, err } = await runInProcess(['agent', 'run', '--config', config])
  expect(code).toBe(2)
  const folder = path.join(dir, key === 'statusFile' ? path.dirname(at) : at)
  expect(err).toContain(`error: ${folder} cannot be used: ${why}`)
  expect(err).toContain(
    `The agent writes there, as root: mend the folder, or name another as ${key} in its config.`,
  )
})

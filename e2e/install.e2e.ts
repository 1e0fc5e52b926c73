import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runInProcess } from '../tests/in-process-cli.ts'
import { debianContainerd } from './debian.ts'
import { unable } from './support.ts'

const run = promisify(execFile)
const FORMER = '/etc/cni/net.d'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-install-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

describe.skipIf(unable !== undefined).each(['bookworm', 'trixie', 'forky'])(
  "Debian %s's containerd",
  (suite) => {
    test.each(['no config', 'its own default', 'a config that imports drop-ins'])(
      "with %s loads the agent's conf dir after an install, and what it did before after an uninstall",
      async (kind) => {
        const { containerd: program, version } = await debianContainerd(suite)
        const root = path.join(dir, `${suite}-${kind.replaceAll(' ', '-')}`)
        const etc = path.join(root, 'etc/containerd')
        await mkdir(path.join(etc, 'conf.d'), { recursive: true })
        await mkdir(path.join(root, 'var/lib'), { recursive: true })
        const config = path.join(etc, 'config.toml')
        const text = async () => {
          if (kind === 'its own default') return (await run(program, ['config', 'default'])).stdout
          return `version = ${version.major < 2 ? 2 : 3}\nimports = ["conf.d/*.toml"]\n`
        }
        if (kind !== 'no config') await writeFile(config, await text())
        const before = await readFile(config).catch(() => undefined)
        const confDir = async () => {
          const options = { cwd: etc }
          const dumped = await run(program, ['--config', config, 'config', 'dump'], options)
          return /^\s*conf_dir = ["'](.*)["']$/m.exec(dumped.stdout)?.[1]
        }
        const agent = (...args: string[]) => runInProcess(['agent', ...args, '--root', root])
        const runtime = `containerd@${version.text.replace(/\+unknown$/, '')}`
        const named = ['--distribution', 'kubeadm', '--runtime', runtime]
        expect(await agent('install', ...named)).toMatchObject({ code: 0, err: '' })
        expect(await confDir()).toBe('/run/fairlead/net.d')
        expect(await agent('uninstall')).toMatchObject({ code: 0, err: '' })
        expect(await readFile(config).catch(() => undefined)).toEqual(before)
        // Without a config there is nothing that it could dump.
        expect(before === undefined ? FORMER : await confDir()).toBe(FORMER)
      },
    )
  },
)

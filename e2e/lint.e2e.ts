import { execFileSync } from 'node:child_process'
import { chmod, link, mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DIR_CHANGES, type DirChange, type Outcome } from '../packages/fairlead/src/lint/outcome.ts'
import { readConfig } from '../packages/fairlead/src/lint/containerd-config/read-config.ts'
import { judgeConfig } from '../packages/fairlead/src/lint/containerd-config/rules.ts'
import { predict } from '../packages/fairlead/src/lint/predict.ts'
import { readBinaries } from '../packages/fairlead/src/lint/read-binaries.ts'
import { readDir } from '../packages/fairlead/src/lint/read-dir.ts'
import {
  parsePredictedRuntime,
  type PredictedRuntime,
} from '../packages/fairlead/src/lint/runtime.ts'
import { list } from './lint/case.ts'
import { CASES } from './lint/cases.ts'
import { CONFIG_CASES } from './lint/config-cases.ts'
import { LintedContainerd } from './lint/containerd.ts'
import { POD_CASES } from './lint/pod-cases.ts'
import type { Seen } from './lint/seen.ts'
import { unable } from './support.ts'

/** What a containerd shows, in the words of a prediction. */
function shown(seen: Seen | 'silent', files: readonly string[]) {
  if (seen === 'silent') return 'silent'
  const { lastLoad, networks, networkReady } = seen
  const state =
    lastLoad === 'OK' ? 'ok' : lastLoad.includes('no network config found') ? 'nothing' : 'failed'
  const named = files.find((file) => [': ', ' '].some((end) => lastLoad.includes(`/${file}${end}`)))
  return { state, file: state === 'failed' ? named : undefined, networks, networkReady }
}

/** What is predicted, in the words of a containerd; `isReady` is what STATUS comes to where it is run. */
function predicted({ load, networks, networkReady }: Outcome, isReady: boolean) {
  if (load.state === 'blocked') return 'silent'
  return {
    state: load.state,
    file: load.state === 'failed' ? load.file : undefined,
    networks: networks.map(({ name, cniVersion, ifName, plugins }) => ({
      name,
      cniVersion,
      ifName,
      plugins,
    })),
    networkReady: networkReady === 'as-plugins-say' ? isReady : networkReady === 'true',
  }
}

const CHANGES: Readonly<Record<DirChange, (dir: string) => Promise<void>>> = {
  make: async (dir) => writeFile(path.join(dir, 'made'), ''),
  write: async (dir) => writeFile(path.join(dir, 'there'), 'x'),
  'move-in': async (dir) => {
    await writeFile(path.join(dir, '..', 'elsewhere'), 'x')
    await rename(path.join(dir, '..', 'elsewhere'), path.join(dir, 'moved'))
  },
  'link-in': async (dir) => {
    await symlink('there', path.join(dir, 'soft'))
    await link(path.join(dir, 'there'), path.join(dir, 'hard'))
  },
  rename: async (dir) => rename(path.join(dir, 'there'), path.join(dir, 'renamed')),
  'move-out': async (dir) => rename(path.join(dir, 'there'), path.join(dir, '..', 'out')),
  remove: async (dir) => rm(path.join(dir, 'there')),
  chmod: async (dir) => chmod(path.join(dir, 'there'), 0o600),
}

describe.skipIf(unable !== undefined).each(['bookworm', 'trixie', 'forky'])(
  'containerd of Debian %s',
  (suite) => {
    let containerd: LintedContainerd
    let runtime: PredictedRuntime
    const predictNow = async () => predict(await readDir(containerd.folders.confDir), runtime, {})

    beforeAll(async () => {
      containerd = await LintedContainerd.of(suite)
      runtime = parsePredictedRuntime(`containerd@${await containerd.packageVersion()}`)
      await containerd.start()
    })

    afterAll(async () => {
      await containerd[Symbol.asyncDispose]()
    })

    test('makes of every conf dir what is predicted', async () => {
      const differences: unknown[] = []
      for (const { title, files, status } of CASES) {
        await containerd.folders.replaceFiles(files)
        const { outcome } = await predictNow()
        await containerd.reload()
        const seen = await containerd.status()
        const [actual, wanted] = [
          shown(seen, Object.keys(files)),
          predicted(outcome, status !== 'not-ready'),
        ]
        if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
          differences.push({ title, wanted, actual, seen })
        }
      }
      expect(differences).toEqual([])
    })

    test('starts pods where nothing is found, and none where an error is', async () => {
      const differences: unknown[] = []
      for (const { title, files, binaries } of POD_CASES) {
        await containerd.folders.replaceFiles(files)
        await containerd.folders.putBinaries(binaries)
        await containerd.reload()
        const read = await readBinaries(
          new Set(['good', 'bad', 'nowhere', 'loopback']),
          [containerd.folders.binDir],
          {
            arch: process.arch,
            probe: false,
            env: process.env,
            signal: AbortSignal.timeout(10_000),
          },
        )
        const { findings } = predict(await readDir(containerd.folders.confDir), runtime, {
          binaries: read,
        })
        const errors = findings.filter(({ severity }) => severity === 'error')
        const failure = await containerd.podFailure()
        if ((failure !== undefined) !== errors.length > 0) {
          differences.push({ title, failure, errors })
        }
      }
      await containerd.folders.putBinaries({})
      expect(differences).toEqual([])
    })

    test('reads the folder again at the changes that are predicted, and at no others', async () => {
      const reloadsOn: DirChange[] = []
      for (const change of DIR_CHANGES) {
        await containerd.folders.replaceFiles({ there: 'x', '10-a.conflist': list('a') })
        await containerd.reload()
        const before = await containerd.loads()
        await CHANGES[change](containerd.folders.confDir)
        const kicks = await containerd.reload()
        if ((await containerd.loads()) - kicks > before) reloadsOn.push(change)
      }
      expect(reloadsOn).toEqual((await predictNow()).outcome.reloadsOn)
    })

    test('does not see a file that is moved in until the next change', async () => {
      await containerd.folders.replaceFiles({ '10-a.conflist': list('old') })
      await containerd.reload()
      const elsewhere = path.join(containerd.folders.confDir, '..', 'new.conflist')
      await writeFile(elsewhere, JSON.stringify(list('new').json))
      await rename(elsewhere, path.join(containerd.folders.confDir, '05-b.conflist'))
      expect(await containerd.status()).toMatchObject({ networks: [{ name: 'old' }] })
      await containerd.reload()
      expect(await containerd.status()).toMatchObject({ networks: [{ name: 'new' }] })
    })

    test('is silent from a FIFO on, until somebody opens it', async () => {
      await containerd.folders.replaceFiles({ '20-b.conflist': list('b') })
      await containerd.reload()
      const fifo = path.join(containerd.folders.confDir, '10-a.conf')
      execFileSync('mkfifo', [fifo])
      const { outcome } = await predictNow()
      await writeFile(path.join(containerd.folders.confDir, 'kick'), 'x')
      await expect.poll(() => containerd.status(300)).toBe('silent')
      expect(predicted(outcome, true)).toBe('silent')
      await (await open(fifo, 'w')).close()
      await rm(fifo)
      await containerd.reload()
      expect(await containerd.status()).toMatchObject({ networks: [{ name: 'b' }] })
    })

    test('stays with the old folder when the link to it is pointed elsewhere', async () => {
      const [first, second, way] = ['net.d-1', 'net.d-2', 'net.d-link'].map((name) =>
        path.join(containerd.folders.confDir, '..', name),
      )
      if (first === undefined || second === undefined || way === undefined) throw new Error()
      for (const dir of [first, second]) {
        await mkdir(dir)
        const name = path.basename(dir)
        await writeFile(path.join(dir, '10-a.conflist'), JSON.stringify(list(name).json))
      }
      await symlink('net.d-1', way)
      await containerd.stop()
      const config = await containerd.config()
      await containerd.configure(
        config.replace('/run/fairlead/net.d"', '/run/fairlead/net.d-link"'),
      )
      await containerd.start()
      expect(await containerd.status()).toMatchObject({ networks: [{ name: 'net.d-1' }] })
      await symlink('net.d-2', `${way}.new`)
      await rename(`${way}.new`, way)
      await writeFile(path.join(second, 'kick'), 'x')
      const before = await containerd.loads()
      expect(await containerd.status()).toMatchObject({ networks: [{ name: 'net.d-1' }] })
      expect(await containerd.loads()).toBe(before)
      await containerd.stop()
      await containerd.configure(config)
      await containerd.start()
    })

    test('makes of every config what is predicted', async () => {
      if (runtime.kind !== 'containerd') throw new Error('it is a containerd')
      const [differences, config]: [unknown[], string] = [[], await containerd.config()]
      for (const configCase of CONFIG_CASES) {
        await containerd.stop()
        const state = await containerd.startsWith(configCase)
        const seen = state === 'runs' ? await containerd.status() : undefined
        if (seen === 'silent') throw new Error(`Status is silent: ${configCase.title}`)
        const reading = await readConfig(
          containerd.node.outside('/run/fairlead/containerd.toml'),
          runtime.version,
          containerd.node.outside('/'),
        )
        const { config: wanted, findings } = judgeConfig(reading, runtime)
        const actual = {
          state,
          confDir: seen?.confDir,
          binDirs: seen?.binDirs,
          maxConfNum: seen?.maxConfNum,
        }
        const expected =
          wanted.state === 'runs'
            ? {
                state: wanted.state,
                confDir: wanted.confDir,
                binDirs: wanted.binDirs,
                maxConfNum: wanted.maxConfNum,
              }
            : { state: wanted.state }
        if (JSON.stringify(actual) !== JSON.stringify(expected)) {
          differences.push({
            title: configCase.title,
            actual,
            expected,
            log: await containerd.lastError(),
          })
        }
        // Whatever does not run as it should has a finding that says so.
        if (state !== 'runs' && !findings.some(({ severity }) => severity === 'error')) {
          differences.push({ title: configCase.title, findings })
        }
      }
      await containerd.stop()
      await containerd.configure(config)
      await containerd.start()
      expect(differences).toEqual([])
    })

    test('is as predicted when the folder is removed; as long as a mount holds the folder, it is deaf', async () => {
      await containerd.folders.replaceFiles({ '10-a.conflist': list('a') })
      await containerd.reload()
      const { onRemoval } = (await predictNow()).outcome
      // As a pod of an agent has the folder, by a hostPath volume.
      await containerd.runs('mkdir /run/agent && mount --bind /run/fairlead/net.d /run/agent')
      await rm(containerd.folders.confDir, { recursive: true })
      const isDeaf = { networks: [], networkReady: false }
      await expect.poll(() => containerd.status(), { timeout: 10_000 }).toMatchObject(isDeaf)
      await mkdir(containerd.folders.confDir)
      await containerd.folders.put({ '10-a.conflist': list('a'), kick: '' })
      await rm(path.join(containerd.folders.confDir, 'kick'))
      expect(await containerd.endsWithin(1000)).toBe(false)
      expect(await containerd.status()).toMatchObject(isDeaf)

      await containerd.runs('umount /run/agent')
      expect(await containerd.endsWithin(1000)).toBe(onRemoval === 'exits')
      expect((await containerd.log()).includes('cni conf dir is removed, stop watching')).toBe(
        onRemoval === 'exits',
      )
      if (onRemoval === 'exits') return
      // The event of the old folder comes only now, and has the new one of its name read: once.
      const once = await containerd.status()
      await containerd.folders.put({ '05-b.conflist': list('b') })
      await rm(path.join(containerd.folders.confDir, '10-a.conflist'))
      await delay(300)
      const later = await containerd.status()
      for (const seen of [once, later]) expect(seen).toMatchObject({ networks: [{ name: 'a' }] })
    })
  },
)

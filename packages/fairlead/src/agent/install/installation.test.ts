import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Change, install, INSTALL_DIR, originalFiles, uninstall } from './installation.ts'
import { type Content, type NodeFiles, nodeFilesAt } from './node-files.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fl-install-'))
  await mkdir(path.join(root, 'var/lib'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

const CONFIG = '/etc/containerd/config.toml'
const UNIT = '/etc/systemd/system/fairlead-agent.service'
const LINK = '/etc/systemd/system/multi-user.target.wants/fairlead-agent.service'
const YAML = '/etc/fairlead/agent.yaml'

const file = (text: string, mode = 0o644): Content => ({
  kind: 'file',
  bytes: Buffer.from(text),
  mode,
})
const change = (where: string, content: Content): Change => ({
  path: where,
  content,
  why: 'a test',
})
const CHANGES: readonly Change[] = [
  change(CONFIG, file('conf_dir = "/run/fairlead/net.d"\n', 0o640)),
  change(UNIT, file('[Unit]\n')),
  change(LINK, { kind: 'link', target: UNIT }),
  { ...change(YAML, file('confDir: /run/fairlead/net.d\n')), isConfig: true },
]

async function put(where: string, text: string, mode = 0o640): Promise<void> {
  await mkdir(path.dirname(path.join(root, where)), { recursive: true })
  await writeFile(path.join(root, where), text, { mode })
}

const read = (where: string) => readFile(path.join(root, where), 'utf8')

/** All that is below the root: folders, links and files with their modes and bytes. */
async function tree(): Promise<readonly string[]> {
  const names = (await readdir(root, { recursive: true })).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const full = path.join(root, name)
      const stats = await lstat(full)
      if (stats.isSymbolicLink()) return `${name} -> ${await readlink(full)}`
      if (stats.isDirectory()) return `${name}/`
      return `${name} ${(stats.mode & 0o7777).toString(8)} ${(await readFile(full)).toString('base64')}`
    }),
  )
}

class Killed extends Error {}

/** The files of a node whose process ends at the n-th thing that it does: before, in the midst of, or after it. */
function killedAt(
  step: number,
  when: 'before' | 'midst' | 'after',
): { files: NodeFiles; steps: () => number } {
  const real = nodeFilesAt(root)
  let steps = 0
  const counted = async (run: () => Promise<void>, midst: () => Promise<void>) => {
    steps += 1
    if (steps === step && when === 'before') throw new Killed()
    if (steps === step && when === 'midst') {
      await midst()
      throw new Killed()
    }
    await run()
    if (steps === step && when === 'after') throw new Killed()
  }
  const nothing = async () => undefined
  const files: NodeFiles = {
    ...real,
    put: (where, content) =>
      counted(
        () => real.put(where, content),
        () => writeFile(path.join(root, `${where}.tmp`), 'half'),
      ),
    makeDir: (dir, mode) => counted(() => real.makeDir(dir, mode), nothing),
    removeDir: (dir) => counted(() => real.removeDir(dir), nothing),
  }
  return { files, steps: () => steps }
}

test('what is installed is undone to the byte, the mode and the folder', async () => {
  await put(CONFIG, '# mine\nversion = 2\n')
  const before = await tree()
  const files = nodeFilesAt(root)
  await install(files, CHANGES)
  expect(await read(CONFIG)).toBe('conf_dir = "/run/fairlead/net.d"\n')
  expect(await readlink(path.join(root, LINK))).toBe(UNIT)
  expect(await uninstall(files, { discardEdits: false })).toBe(true)
  expect(await tree()).toEqual(before)
  expect(await uninstall(files, { discardEdits: false })).toBe(false)
})

test('ended at any step of install, uninstall undoes it, and install goes on', async () => {
  await put(CONFIG, '# mine\n')
  const before = await tree()
  const whole = killedAt(0, 'before')
  await install(whole.files, CHANGES)
  const installed = await tree()
  await uninstall(nodeFilesAt(root), { discardEdits: false })
  for (let step = 1; step <= whole.steps(); step += 1) {
    for (const when of ['before', 'midst', 'after'] as const) {
      await expect(install(killedAt(step, when).files, CHANGES)).rejects.toThrow(Killed)
      await uninstall(nodeFilesAt(root), { discardEdits: false })
      expect(await tree(), `undone after ${when} ${step}`).toEqual(before)
      await expect(install(killedAt(step, when).files, CHANGES)).rejects.toThrow(Killed)
      await install(nodeFilesAt(root), CHANGES)
      expect(await tree(), `gone on after ${when} ${step}`).toEqual(installed)
      await uninstall(nodeFilesAt(root), { discardEdits: false })
    }
  }
}, 60_000)

test('ended at any step of uninstall, it goes on', async () => {
  await put(CONFIG, '# mine\n')
  const before = await tree()
  await install(nodeFilesAt(root), CHANGES)
  const whole = killedAt(0, 'before')
  await uninstall(whole.files, { discardEdits: false })
  for (let step = 1; step <= whole.steps(); step += 1) {
    for (const when of ['before', 'midst', 'after'] as const) {
      await install(nodeFilesAt(root), CHANGES)
      await expect(uninstall(killedAt(step, when).files, { discardEdits: false })).rejects.toThrow(
        Killed,
      )
      await uninstall(nodeFilesAt(root), { discardEdits: false })
      expect(await tree(), `after ${when} ${step}`).toEqual(before)
    }
  }
}, 60_000)

test('a file that somebody has changed since is not put back over it, unless that is asked for', async () => {
  await put(CONFIG, '# mine\n')
  const before = await tree()
  const files = nodeFilesAt(root)
  await install(files, CHANGES)
  await put(CONFIG, 'edited\n')
  const edited = await tree()
  await expect(uninstall(files, { discardEdits: false })).rejects.toMatchObject({
    code: 'FL_INSTALL',
    message: `Changed by somebody since: ${CONFIG}.`,
  })
  await expect(install(files, CHANGES)).rejects.toMatchObject({ code: 'FL_INSTALL' })
  expect(await tree()).toEqual(edited)
  await uninstall(files, { discardEdits: true })
  expect(await tree()).toEqual(before)
})

test('a config that somebody has edited stays theirs when a later version is installed', async () => {
  const files = nodeFilesAt(root)
  const before = await tree()
  await install(files, CHANGES)
  await put(YAML, 'edited\n', 0o644)
  const later = [...CHANGES.slice(1), change('/etc/new', file('new'))]
  await install(files, later)
  expect(await read(YAML)).toBe('edited\n')
  expect(await read('/etc/new')).toBe('new')
  // What the earlier version made and the later does not is as it was.
  await expect(read(CONFIG)).rejects.toThrow('ENOENT')
  await uninstall(files, { discardEdits: true })
  expect(await tree()).toEqual(before)
})

test('what is planned the second time is planned from the originals', async () => {
  await put(CONFIG, '# mine\n')
  const files = nodeFilesAt(root)
  await install(files, [...CHANGES, change('/etc/containerd/conf.d/50.toml', file('x'))])
  const originals = await originalFiles(files)
  expect(await originals.read(CONFIG)).toMatchObject({ bytes: Buffer.from('# mine\n') })
  expect(await originals.read(UNIT)).toEqual({ kind: 'absent' })
  expect(await originals.list('/etc/containerd/conf.d')).toEqual([])
})

test('originals are for root only, and have the names of their files', async () => {
  await put(CONFIG, 'token', 0o644)
  await install(nodeFilesAt(root), CHANGES)
  const kept = path.join(root, INSTALL_DIR, '%etc%containerd%config.toml')
  expect((await lstat(kept)).mode & 0o777).toBe(0o600)
})

test('whatever was there, and in whatever order it is changed, it is undone', async () => {
  const where = fc.constantFrom('/a', '/b/c', '/b/d', '/b/e/f', '/var/lib/g')
  const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value))
  const mode = fc.constantFrom(0o600, 0o644, 0o755)
  const aFile = fc.record({ kind: fc.constant('file' as const), bytes, mode })
  const content: fc.Arbitrary<Content> = fc.oneof(
    aFile,
    fc.constant({ kind: 'absent' as const }),
    fc.record({ kind: fc.constant('link' as const), target: fc.constantFrom('/x', '/y') }),
  )
  const changes = fc.uniqueArray(fc.record({ path: where, content, why: fc.constant('') }), {
    selector: (one) => one.path,
  })
  await fc.assert(
    fc.asyncProperty(changes, changes, changes, async (there, first, second) => {
      await rm(root, { recursive: true })
      await mkdir(path.join(root, 'var/lib'), { recursive: true })
      const files = nodeFilesAt(root)
      for (const one of there) {
        await mkdir(path.dirname(path.join(root, one.path)), { recursive: true })
        await files.put(one.path, one.content)
      }
      const before = await tree()
      await install(files, first)
      await install(files, second)
      for (const one of second) expect((await files.read(one.path)).kind).toBe(one.content.kind)
      await uninstall(files, { discardEdits: false })
      expect(await tree()).toEqual(before)
    }),
    { numRuns: 25 },
  )
}, 60_000)

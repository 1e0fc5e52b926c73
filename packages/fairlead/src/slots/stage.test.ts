import { createHash, generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'
import { inspectSlot } from './inspect.ts'
import { currentSlot, pickSlot, readSlot } from './slot.ts'

/** Says it is a containerd, and takes every config that does not say `refused`. */
const containerd = (version: string) => `#!/bin/sh
case "$*" in
  --version) echo 'containerd github.com/containerd/containerd ${version} abc' ;;
  *'config dump') if grep -q refused "$2"; then echo 'containerd: no such key' >&2; exit 1; fi ;;
esac
`
const CONFIG = `version = 2
[plugins."io.containerd.grpc.v1.cri".cni]
  conf_dir = "/etc/cni/net.d"
`

let folder: string
const at = (...parts: string[]) => path.join(folder, ...parts)

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-slots-'))
  await writeFile(at('slots.yaml'), JSON.stringify({ slotsDir: at('slots') }))
  await writeFile(at('config.toml'), CONFIG)
  await version('1.7.24')
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** The folder of a version, made anew. */
async function version(text: string, dir = 'bin'): Promise<void> {
  await mkdir(at(dir), { recursive: true })
  for (const program of ['containerd-shim-runc-v2', 'ctr']) {
    await writeFile(at(dir, program), '#!/bin/sh\n', { mode: 0o755 })
  }
  await writeFile(at(dir, 'containerd'), containerd(text), { mode: 0o755 })
}

async function slots(...argv: string[]) {
  const all = ['runtime-slot', ...argv, '--config', at('slots.yaml')]
  const { code, out, err } = await runInProcess(all)
  const shown = (text: string) => text.replaceAll(folder, '<tmp>')
  return { code, out: shown(out), err: shown(err) }
}

const stage = (name: string, ...more: string[]) =>
  slots('stage', name, '--from', at('bin'), '--containerd-config', at('config.toml'), ...more)

test('a version is copied with its config, and listed', async () => {
  expect(await slots('list')).toMatchObject({ out: expect.stringContaining('no slot') })
  expect(await stage('1.7.24')).toEqual({
    code: 0,
    out: '1.7.24: containerd 1.7.24 is staged in <tmp>/slots/1.7.24.\n',
    err: '',
  })
  expect(await readFile(at('slots/1.7.24/config.toml'), 'utf8')).toBe(CONFIG)
  await pickSlot(at('slots'), '1.7.24', '1.7.24')
  expect(await currentSlot(at('slots'))).toBe('1.7.24')
  const { code, out } = await slots('list')
  expect(code).toBe(0)
  expect(out).toMatch(/^1\.7\.24 +current +containerd 1\.7\.24 +20/m)
})

test('without a config a version gets that of the one that is picked', async () => {
  expect(await slots('stage', 'a', '--from', at('bin'))).toMatchObject({ code: 2 })
  await stage('a')
  await pickSlot(at('slots'), 'a', 'a')
  expect(await slots('stage', 'b', '--from', at('bin'))).toMatchObject({ code: 0, err: '' })
  expect(await readFile(at('slots/b/config.toml'), 'utf8')).toBe(CONFIG)
})

test('checksums have to fit, and to be there for each program', async () => {
  const sum = createHash('sha256').update(containerd('1.7.24')).digest('hex')
  const empty = createHash('sha256').update('#!/bin/sh\n').digest('hex')
  const rest = `${empty}  bin/ctr\n${empty} *containerd-shim-runc-v2\n`
  await writeFile(at('good'), `${sum}  bin/containerd\n${rest}`)
  await writeFile(at('wrong'), `${empty}  bin/containerd\n${rest}`)
  await writeFile(at('none'), rest)
  await writeFile(at('broken'), 'containerd\n')
  expect(await stage('good', '--checksums', at('good'))).toMatchObject({ code: 0 })
  expect(await stage('wrong', '--checksums', at('wrong'))).toMatchObject({
    code: 3,
    err: expect.stringContaining(`has the checksum ${sum}, and should have ${empty}`),
  })
  expect(await stage('none', '--checksums', at('none'))).toMatchObject({
    code: 3,
    err: expect.stringContaining('There is no checksum of containerd.'),
  })
  expect(await stage('broken', '--checksums', at('broken'))).toMatchObject({
    code: 2,
    err: expect.stringContaining('<tmp>/broken:1 is no line of sha256sum.'),
  })
  expect(await readdir(at('slots'))).toEqual(['good'])
})

test('with a key only what it has signed is taken', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await writeFile(at('key'), privateKey)
  await writeFile(at('pub'), publicKey)
  await writeFile(at('slots.yaml'), JSON.stringify({ slotsDir: at('slots'), publicKey: at('pub') }))
  const sums = await Promise.all(
    ['containerd', 'containerd-shim-runc-v2', 'ctr'].map(async (program) => {
      const content = await readFile(at('bin', program))
      return `${createHash('sha256').update(content).digest('hex')}  ${program}\n`
    }),
  )
  await writeFile(at('sums'), sums.join(''))
  const signed = await runInProcess(['runtime-slot', 'sign', '--key', at('key'), at('sums')])
  expect(signed).toMatchObject({ code: 0, err: '' })
  await writeFile(at('signed'), signed.out)
  await writeFile(at('changed'), signed.out.replace('  ctr', '  CTR'))
  const refused = async (error: string, ...more: string[]) => {
    expect(await stage('x', ...more)).toMatchObject({ err: expect.stringContaining(error) })
  }
  await refused('takes only versions that are signed')
  await refused('<tmp>/sums is no signed list of checksums', '--checksums', at('sums'))
  await refused('does not fit its signature', '--checksums', at('changed'))
  expect(await stage('x', '--checksums', at('signed'))).toMatchObject({ code: 0, err: '' })
  expect((await slots('list')).out).toMatch(/^x .* signed by SHA256:/m)
})

test('what cannot be used leaves nothing behind', async () => {
  const refused = async (error: string) => {
    expect(await stage('x')).toMatchObject({ err: expect.stringContaining(error) })
    expect(await readdir(at('slots'))).toEqual([])
  }
  await writeFile(at('config.toml'), `${CONFIG}# refused\n`)
  await refused('<tmp>/config.toml: containerd 1.7.24 does not take it')
  await writeFile(at('config.toml'), 'version = 3\n')
  await refused('config version 3 is newer than 2')
  // Version 2's section in a config of version 3: 2.1 would read the default conf dir instead.
  await version('2.1.9')
  await writeFile(at('config.toml'), CONFIG.replace('2', '3').replace('/etc/', '/run/'))
  await refused('does not look at the section')
  await writeFile(at('config.toml'), CONFIG)
  // An ELF file's head, of a machine that is none.
  await writeFile(
    at('bin/containerd'),
    Buffer.from('7f454c46020101000000000000000000020099', 'hex'),
  )
  await refused('does not run here')
  await rm(at('bin/ctr'))
  await refused('<tmp>/bin/ctr is not there')
})

test('a slot does not change, and what cannot be a name is refused', async () => {
  await stage('a')
  expect(await stage('a')).toMatchObject({ code: 2, err: expect.stringContaining('already') })
  for (const name of ['current', '../b', '.b', '']) {
    expect(await stage(name)).toMatchObject({ code: 2, err: expect.stringContaining('name') })
  }
})

test('a file that was changed after it was staged is found', async () => {
  await stage('a')
  const slot = await readSlot(at('slots'), 'a')
  expect(await inspectSlot(slot)).toMatchObject({
    rootDir: '/var/lib/containerd',
    confDir: '/etc/cni/net.d',
  })
  await writeFile(at('slots/a/bin/ctr'), 'x')
  await expect(inspectSlot(slot)).rejects.toMatchObject({ code: 'FL_CHECKSUM' })
  await rm(at('slots/a/bin/ctr'))
  await expect(inspectSlot(slot)).rejects.toThrow('its checksum is gone')
})

test('a slot whose manifest is broken costs only itself', async () => {
  await stage('a')
  await stage('b')
  await writeFile(at('slots/a/manifest.json'), '{')
  const { code, out } = await slots('list')
  expect(code).toBe(1)
  expect(out).toContain('is no manifest of a slot')
  expect(out).toMatch(/^b +containerd 1\.7\.24/m)
})

test('a state that is not ours is told, and not overwritten', async () => {
  await stage('a')
  await writeFile(at('slots/state.json'), '{}')
  expect(await slots('list')).toMatchObject({
    code: 2,
    err: expect.stringContaining('<tmp>/slots/state.json is not the state of runtime slots'),
  })
})

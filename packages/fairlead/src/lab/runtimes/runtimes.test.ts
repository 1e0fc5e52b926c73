import { createHash } from 'node:crypto'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cached } from './cache.ts'
import { listRuntimes } from './list.ts'
import { type ResolveOptions, resolveRuntime } from './resolve.ts'
import { parseRuntimeName } from './runtime-name.ts'

const VERSION_LINE = 'containerd github.com/containerd/containerd/v2 v2.0.1 88aa2f531d6c'
const PROGRAMS = ['containerd', 'ctr', 'containerd-shim-runc-v2']

let folder: string
let options: ResolveOptions
let fetched: string[]
const cleanUps: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-runtimes-'))
  fetched = []
  options = {
    cacheDir: path.join(folder, 'cache'),
    mirror: 'http://127.0.0.1:9',
    env: { PATH: path.join(folder, 'path') },
    signal: new AbortController().signal,
    onFetch: (name) => fetched.push(name),
  }
})

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
  await rm(folder, { recursive: true })
})

/** Shell scripts in place of containerd's programs. */
async function fakeBin(dir: string, programs = PROGRAMS, output = VERSION_LINE): Promise<string> {
  await mkdir(dir, { recursive: true })
  for (const program of programs) {
    await writeFile(path.join(dir, program), `#!/bin/sh\necho '${output}'\n`, { mode: 0o755 })
  }
  return path.join(dir, 'containerd')
}

/** A download site that serves `files` by their path. */
async function site(files: ReadonlyMap<string, Buffer>): Promise<string> {
  const server = createServer((request, response) => {
    const body = files.get(request.url ?? '')
    response.statusCode = body === undefined ? 404 : 200
    response.end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => promisify(server.close.bind(server))())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

async function release(version: string): Promise<Map<string, Buffer>> {
  const root = path.join(folder, 'release')
  await fakeBin(path.join(root, 'bin'))
  const archive = path.join(folder, 'release.tar.gz')
  await promisify(execFile)('tar', ['-C', root, '-czf', archive, 'bin'])
  const bytes = await readFile(archive)
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `containerd-${version}-linux-${arch}.tar.gz`
  const sum = createHash('sha256').update(bytes).digest('hex')
  return new Map([
    [`/v${version}/${name}`, bytes],
    [`/v${version}/${name}.sha256sum`, Buffer.from(`${sum}  ${name}\n`)],
  ])
}

test('a release is fetched once, checked, unpacked and named by what it says of itself', async () => {
  const mirror = `${await site(await release('2.0.1'))}/`
  const name = parseRuntimeName('containerd@v2.0.1')
  const install = await resolveRuntime(name, { ...options, mirror })
  expect(install.version).toEqual({ major: 2, minor: 0, text: '2.0.1' })
  expect(install).toMatchObject({
    containerd: path.join(options.cacheDir, 'containerd-release-2.0.1', 'usr', 'bin', 'containerd'),
  })
  await resolveRuntime(name, options)
  expect(fetched).toEqual(['containerd@v2.0.1'])
})

test('a release that is not what was published is refused, and nothing of it stays', async () => {
  const files = await release('2.0.1')
  for (const [url, body] of files) {
    if (url.endsWith('.tar.gz')) files.set(url, Buffer.concat([body, Buffer.from('x')]))
  }
  const mirror = await site(files)
  const name = parseRuntimeName('containerd@2.0.1')
  await expect(resolveRuntime(name, { ...options, mirror })).rejects.toMatchObject({
    code: 'FL_CHECKSUM',
    exitCode: 3,
  })
  expect(await readdir(options.cacheDir)).toEqual([])
})

test('a release that is not there says so, with the place that was asked', async () => {
  const mirror = await site(new Map())
  const name = parseRuntimeName('containerd@9.9.9')
  await expect(resolveRuntime(name, { ...options, mirror })).rejects.toMatchObject({
    code: 'FL_RUNTIME_UNKNOWN',
    exitCode: 2,
    message: expect.stringMatching(/^http:.*\/v9\.9\.9\/.*sha256sum answers 404/),
  })
})

test('a site that cannot be reached says so', async () => {
  await expect(resolveRuntime(parseRuntimeName('containerd@2.0.1'), options)).rejects.toMatchObject(
    { code: 'FL_FETCH', message: expect.stringContaining('cannot be reached') },
  )
})

test('a binary is taken with the programs beside it', async () => {
  const containerd = await fakeBin(path.join(folder, 'bin'))
  const install = await resolveRuntime(parseRuntimeName(`containerd=${containerd}`), options)
  expect(install).toMatchObject({ containerd, ctr: path.join(folder, 'bin', 'ctr') })
})

test('programs that are not beside containerd are looked for in PATH', async () => {
  const containerd = await fakeBin(path.join(folder, 'bin'), ['containerd'])
  await fakeBin(path.join(folder, 'path'), ['ctr', 'containerd-shim-runc-v2'])
  const install = await resolveRuntime(parseRuntimeName(`containerd=${containerd}`), options)
  expect(install).toMatchObject({ ctr: path.join(folder, 'path', 'ctr') })
})

test('a path that leads to no usable containerd is refused with the reason', async () => {
  const missing = parseRuntimeName(`containerd=${folder}/none`)
  await expect(resolveRuntime(missing, options)).rejects.toMatchObject({
    code: 'FL_RUNTIME_BINARY',
    message: expect.stringContaining('is not there, or not executable'),
  })
  const alone = await fakeBin(path.join(folder, 'alone'), ['containerd'])
  await expect(
    resolveRuntime(parseRuntimeName(`containerd=${alone}`), options),
  ).rejects.toMatchObject({
    code: 'FL_RUNTIME_BINARY',
    message: expect.stringContaining('ctr is neither beside containerd'),
  })
  const other = await fakeBin(path.join(folder, 'other'), PROGRAMS, 'crio version 1.32.0')
  await expect(
    resolveRuntime(parseRuntimeName(`containerd=${other}`), options),
  ).rejects.toMatchObject({
    code: 'FL_RUNTIME_VERSION',
    message: expect.stringContaining('"crio version 1.32.0"'),
  })
  await chmod(other, 0o644)
  await expect(
    resolveRuntime(parseRuntimeName(`containerd=${other}`), options),
  ).rejects.toMatchObject({ code: 'FL_RUNTIME_BINARY' })
})

test('a CRI-O is taken with conmon and pinns beside it, and refused without', async () => {
  const bin = path.join(folder, 'crio')
  await fakeBin(bin, ['crio', 'conmon', 'pinns'], 'crio version 1.36.3')
  const name = parseRuntimeName(`crio=${bin}/crio`)
  expect(await resolveRuntime(name, options)).toEqual({
    kind: 'crio',
    name: `crio=${bin}/crio`,
    version: { text: '1.36.3' },
    crio: path.join(bin, 'crio'),
    conmon: path.join(bin, 'conmon'),
    pinns: path.join(bin, 'pinns'),
  })
  await rm(path.join(bin, 'pinns'))
  await expect(resolveRuntime(name, options)).rejects.toMatchObject({
    code: 'FL_RUNTIME_BINARY',
    message: expect.stringContaining('pinns is neither beside crio'),
  })
  const other = await fakeBin(path.join(folder, 'bin'))
  await expect(resolveRuntime(parseRuntimeName(`crio=${other}`), options)).rejects.toMatchObject({
    code: 'FL_RUNTIME_VERSION',
    message: expect.stringContaining("which is no CRI-O's"),
  })
})

test('a runtime in the cache that does not run is listed with its reason, beside the others', async () => {
  await fakeBin(path.join(options.cacheDir, 'containerd-release-2.0.1', 'usr', 'bin'))
  await fakeBin(path.join(options.cacheDir, 'containerd-release-2.0.2', 'usr', 'bin'), ['ctr'])
  const listed = await listRuntimes(options)
  const state = new Map(listed.map(({ name, state }) => [name, state]))
  expect(state.get('containerd@2.0.1')).toMatch(/^2\.0\.1 in /)
  expect(state.get('containerd@2.0.2')).toMatch(/^unusable: /)
  expect(state.get('containerd@debian:trixie')).toBe('cannot be had here: there is no apt-get')
})

test('an entry of the cache is whole or not there', async () => {
  const broken = cached(options.cacheDir, 'entry', async (dir) => {
    await writeFile(path.join(dir, 'half'), '')
    throw new Error('disk full')
  })
  await expect(broken).rejects.toThrow('disk full')
  expect(await readdir(options.cacheDir)).toEqual([])
})

test('two that fill one entry at once both get it', async () => {
  const fill = (dir: string) => writeFile(path.join(dir, 'file'), 'x')
  const entries = await Promise.all([
    cached(options.cacheDir, 'entry', fill),
    cached(options.cacheDir, 'entry', fill),
  ])
  expect(new Set(entries).size).toBe(1)
  expect(await readdir(options.cacheDir)).toEqual(['entry'])
})

test('what a killed process had begun is removed, what a living one has begun is not', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  const dead = path.join(options.cacheDir, `.tmp-${child.pid ?? 0}-abc`)
  const living = `.tmp-${process.pid}-abc`
  await mkdir(dead, { recursive: true })
  await mkdir(path.join(options.cacheDir, living))
  await cached(options.cacheDir, 'entry', async () => {})
  expect((await readdir(options.cacheDir)).toSorted()).toEqual([living, 'entry'])
})

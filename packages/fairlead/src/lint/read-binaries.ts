import { access, constants, open, stat } from 'node:fs/promises'
import path from 'node:path'
import { createCni } from '@fairlead/cni'
import type { Binaries, Binary } from './binaries.ts'

/** How long a plugin may take to say its versions. */
const PROBE_TIMEOUT_MS = 5000

/** How binaries are looked at. */
interface ReadOptions {
  /** `process.arch` of the machine that they are to run on. */
  readonly arch: string
  /** Whether each plugin is run with VERSION. Nothing is run otherwise. */
  readonly probe: boolean
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Looks for plugins in bin dirs, as libcni does: the first regular file of that name. */
export async function readBinaries(
  types: ReadonlySet<string>,
  dirs: readonly string[],
  options: ReadOptions,
): Promise<Binaries> {
  const there = await Promise.all(
    dirs.map((dir) =>
      stat(dir).then(
        (stats) => stats.isDirectory(),
        () => false,
      ),
    ),
  )
  const byType = new Map<string, Binary>()
  for (const type of types) byType.set(type, await readBinary(type, dirs, options.arch))
  return {
    dirs,
    missingDirs: dirs.filter((_, index) => there[index] !== true),
    byType,
    versions: options.probe ? await probe(byType, dirs, options) : new Map(),
  }
}

async function readBinary(type: string, dirs: readonly string[], arch: string): Promise<Binary> {
  // libcni refuses a path as a type (LC@v1.3.0:pkg/invoke/find.go).
  if (type.includes('/') || type.includes('\0') || type === '.' || type === '..')
    return { state: 'missing' }
  for (const dir of dirs) {
    const file = path.resolve(dir, type)
    const stats = await stat(file).catch(() => undefined)
    if (stats?.isFile() !== true) continue
    // Root may execute what has any of the bits; without one of them nobody may.
    if ((stats.mode & 0o111) === 0) {
      return { state: 'not-executable', path: file, why: 'its mode allows nobody to execute it' }
    }
    return judgeHeader(file, await readHeader(file), arch)
  }
  return { state: 'missing' }
}

const HEADER_BYTES = 20

/** The first bytes; undefined where this user may not read them. */
async function readHeader(file: string): Promise<Buffer | undefined> {
  if (
    !(await access(file, constants.R_OK).then(
      () => true,
      () => false,
    ))
  )
    return undefined
  await using handle = await open(file)
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0)
  return buffer.subarray(0, bytesRead)
}

// /usr/include/elf.h, by Node.js's names. A 64-bit kernel runs programs of its 32-bit sibling, too.
const MACHINES: Readonly<Record<number, string>> = {
  3: 'ia32',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x64',
  183: 'arm64',
  243: 'riscv64',
  258: 'loong64',
}
const RUNS: Readonly<Record<string, readonly string[]>> = {
  x64: ['x64', 'ia32'],
  arm64: ['arm64', 'arm'],
}

function judgeHeader(file: string, header: Buffer | undefined, arch: string): Binary {
  if (header === undefined) return { state: 'ok', path: file }
  if (header.length === 0) return { state: 'not-executable', path: file, why: 'it is empty' }
  if (header.toString('latin1', 0, 2) === '#!') return { state: 'ok', path: file }
  if (header.toString('latin1', 0, 4) !== '\u007fELF' || header.length < HEADER_BYTES) {
    return { state: 'not-executable', path: file, why: 'it is neither a program nor a script' }
  }
  // EI_DATA 2: the most significant byte first, as s390x has it.
  const isBig = header[5] === 2
  const number = isBig ? header.readUInt16BE(18) : header.readUInt16LE(18)
  const machine = MACHINES[number] ?? `machine type ${number}`
  if ((RUNS[arch] ?? [arch]).includes(machine)) return { state: 'ok', path: file }
  return {
    state: 'wrong-arch',
    path: file,
    why: `it is for ${machine}, and this machine is ${arch}`,
  }
}

async function probe(
  byType: ReadonlyMap<string, Binary>,
  binDirs: readonly string[],
  { env, signal }: ReadOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const cni = createCni({ binDirs, env, timeoutMs: PROBE_TIMEOUT_MS })
  const versions = new Map<string, readonly string[]>()
  for (const [type, { state }] of byType) {
    if (state !== 'ok') continue
    const answer = await cni.supportedVersions(type, { signal })
    signal.throwIfAborted()
    // A plugin that does not answer supports nothing that is known.
    versions.set(type, answer.ok ? answer.value : [])
  }
  return versions
}

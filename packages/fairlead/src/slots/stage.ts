import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { readPublicKey } from '../advisories/keys.ts'
import { FairleadError, messageOf } from '../errors.ts'
import { isThere, syncDir, writeWhole } from '../files.ts'
import { wallClockMs } from '../ports.ts'
import { fingerprintOf } from '../signed-text.ts'
import { makeTemporary } from '../whole-entry.ts'
import { openChecksums, parseChecksums, readGiven, sha256Of, unreadable } from './checksums.ts'
import type { SlotsConfig } from './config.ts'
import { inspectConfig, versionOf } from './inspect.ts'
import {
  CONFIG_FILE,
  currentSlot,
  isSlotName,
  type Manifest,
  manifestFile,
  readSlot,
  type Slot,
} from './slot.ts'

/** What a slot is made of. */
export interface StageRequest {
  readonly name: string
  /** A folder with `containerd`, `containerd-shim-runc-v2` and `ctr`; `runc` is taken where it is there. */
  readonly from: string
  /** Its config; that of the current slot if not given. */
  readonly config?: string
  /** What `sha256sum` prints for the programs; signed where there is a key. */
  readonly checksums?: string
}

/** A slot that is there now, and what is to be known about it. */
export interface Staged {
  readonly slot: Slot
  readonly warnings: readonly string[]
}

const PROGRAMS = ['containerd', 'containerd-shim-runc-v2', 'ctr'] as const
const MORE_PROGRAMS = ['runc'] as const

/**
 * Makes a slot, whole or not at all: its programs and its config, copied, compared with their checksums, run
 * once (`--version`, `config dump`) and looked at. Nothing that runs is touched.
 *
 * @throws {FairleadError} FL_USAGE for a name that cannot be one; FL_FILE_EXISTS where there is such a slot;
 * FL_RUNTIME_BINARY, FL_RUNTIME_VERSION, FL_CHECKSUM, FL_BUNDLE_INVALID, FL_BUNDLE_SIGNATURE, FL_SLOT_INVALID for what
 * cannot be used; FL_STATE_DIR where it cannot be written.
 */
export async function stageSlot(
  request: StageRequest,
  { slotsDir, publicKey }: Pick<SlotsConfig, 'slotsDir' | 'publicKey'>,
): Promise<Staged> {
  const { name, from } = request
  await checkName(name, slotsDir)
  const config = request.config ?? (await currentConfig(slotsDir))
  const { checksums, signedBy } = await readChecksums(request, publicKey)
  let temporary: string | undefined
  try {
    temporary = await makeTemporary(slotsDir)
    await mkdir(path.join(temporary, 'bin'))
    const files: Record<string, Manifest['files'][string]> = {}
    for (const program of await programsIn(from)) {
      const source = path.join(from, program)
      const file = path.join('bin', program)
      const copied = await copyThrough(source, path.join(temporary, file), 0o755)
      compare(source, program, copied.sha256, checksums)
      files[file] = copied
    }
    files[CONFIG_FILE] = await copyThrough(config, path.join(temporary, CONFIG_FILE), 0o644)
    const containerd = path.join(temporary, 'bin', 'containerd')
    const version = await versionOf(containerd)
    const { warnings } = await inspectConfig({
      containerd,
      config: path.join(temporary, CONFIG_FILE),
      version,
    })
    const runtime = { kind: 'containerd' as const, version }
    const stagedAt = new Date(wallClockMs()).toISOString()
    const [manifest, text] = manifestFile({
      runtime,
      stagedAt,
      files,
      ...(signedBy === undefined ? {} : { signedBy }),
    })
    await writeWhole(path.join(temporary, manifest), text, 0o644)
    await chmod(temporary, 0o755)
    for (const dir of [path.join(temporary, 'bin'), temporary]) await syncDir(dir)
    await rename(temporary, path.join(slotsDir, name))
    await syncDir(slotsDir)
    return { slot: await readSlot(slotsDir, name), warnings }
  } catch (error) {
    if (temporary === undefined) throw inWords(error, slotsDir, [])
    throw inWords(error, slotsDir, [
      [path.join(temporary, CONFIG_FILE), config],
      [path.join(temporary, 'bin'), from],
    ])
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
  }
}

async function checkName(name: string, slotsDir: string): Promise<void> {
  if (!isSlotName(name)) {
    throw new FairleadError('FL_USAGE', `"${name}" cannot be the name of a slot.`, {
      hint: 'Letters, digits and . _ + ~ - may be in it, e.g. 2.1.9.',
    })
  }
  if (!(await isThere(path.join(slotsDir, name)))) return
  throw new FairleadError('FL_FILE_EXISTS', `There is a slot "${name}" in ${slotsDir} already.`, {
    hint: 'A slot does not change: give this one another name, e.g. with a number for its config.',
  })
}

async function currentConfig(slotsDir: string): Promise<string> {
  const current = await currentSlot(slotsDir)
  if (current !== null) return path.join(slotsDir, current, CONFIG_FILE)
  throw new FairleadError('FL_USAGE', 'No slot is picked yet whose config could be taken.', {
    hint: 'Give one by --containerd-config, e.g. /etc/containerd/config.toml.',
  })
}

interface Checksums {
  readonly checksums?: ReadonlyMap<string, string>
  readonly signedBy?: string
}

async function readChecksums(
  { checksums: file }: StageRequest,
  publicKey: string | undefined,
): Promise<Checksums> {
  if (file === undefined && publicKey === undefined) return {}
  if (file === undefined) {
    throw new FairleadError('FL_USAGE', 'This node takes only versions that are signed.', {
      hint: 'Give the signed checksums by --checksums; fairlead runtime-slot sign makes them.',
    })
  }
  const text = await readGiven(file)
  if (publicKey === undefined) return { checksums: parseChecksums(text, file) }
  const key = await readPublicKey(publicKey)
  return { checksums: openChecksums(text, key, file), signedBy: fingerprintOf(key) }
}

async function programsIn(dir: string): Promise<readonly string[]> {
  for (const program of PROGRAMS) {
    if (await isThere(path.join(dir, program))) continue
    throw new FairleadError('FL_RUNTIME_BINARY', `${path.join(dir, program)} is not there.`, {
      hint: `A version is a folder with ${PROGRAMS.join(', ')}.`,
    })
  }
  const more = []
  for (const program of MORE_PROGRAMS) {
    if (await isThere(path.join(dir, program))) more.push(program)
  }
  return [...PROGRAMS, ...more]
}

function compare(
  source: string,
  program: string,
  found: string,
  checksums: ReadonlyMap<string, string> | undefined,
): void {
  if (checksums === undefined) return
  const wanted = checksums.get(program)
  if (wanted === found) return
  throw new FairleadError(
    'FL_CHECKSUM',
    wanted === undefined
      ? `There is no checksum of ${program}.`
      : `${source} has the checksum ${found}, and should have ${wanted}.`,
    { hint: 'Do not use it; get the version and its checksums again.' },
  )
}

/** A copy that is on the disk when this returns, and its checksum, as it was read back from there. */
async function copyThrough(from: string, to: string, mode: number) {
  await stat(from).catch(unreadable(from))
  await pipeline(createReadStream(from), createWriteStream(to, { flags: 'wx', mode }))
  // Whatever the umask is: containerd may run as another user's, and its shims do.
  await chmod(to, mode)
  {
    await using handle = await open(to)
    await handle.sync()
  }
  return { sha256: await sha256Of(to), sizeBytes: (await stat(to)).size }
}

/** What is said of the copies is said of what somebody has given. */
function inWords(
  error: unknown,
  slotsDir: string,
  copies: readonly (readonly [copy: string, given: string])[],
): FairleadError {
  if (!(error instanceof FairleadError)) {
    return new FairleadError('FL_STATE_DIR', `${slotsDir} cannot be used: ${messageOf(error)}.`, {
      hint: 'Name another folder by slotsDir of the config, or make room there.',
      cause: error,
    })
  }
  const message = copies.reduce((text, pair) => text.replaceAll(...pair), error.message)
  const { code, hint } = error
  return new FairleadError(code, message, { ...(hint === undefined ? {} : { hint }), cause: error })
}

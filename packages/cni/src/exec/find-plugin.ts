import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import { type CniOutcome, failure, success, systemCodeOf, textOf } from '../errors.ts'

// The calls below are synchronous: `spawn` runs the same file on this very thread and waits until it
// is executed, so asking for it in another would add a millisecond and take no hazard away.

/**
 * The path of a plugin: the first regular file named after its `type` in the bin dirs (libcni v1.3
 * pkg/invoke/find.go). A `type` with a path separator is refused.
 *
 * Fails with FL_CNI_PLUGIN_NOT_FOUND.
 */
export function findPlugin(type: string, binDirs: readonly string[]): CniOutcome<string> {
  if (type.includes('/') || type.includes('\0') || type === '' || type === '.' || type === '..') {
    return failure('FL_CNI_PLUGIN_NOT_FOUND', `${JSON.stringify(type)} cannot name a plugin`, {
      plugin: type,
      hint: "A plugin's type is the name of a file in a bin dir, without a path.",
    })
  }
  for (const dir of binDirs) {
    // Absolute: `spawn` would look for a name without a slash in PATH.
    const candidate = path.resolve(dir, type)
    if (isRegularFile(candidate)) return success(candidate)
  }
  const where = binDirs.length === 0 ? 'there are no bin dirs' : `not in ${binDirs.join(', ')}`
  return failure('FL_CNI_PLUGIN_NOT_FOUND', `the plugin is not there: ${where}`, {
    plugin: type,
    hint: 'Install the plugin, or name the folder it is in as a bin dir (CNI_PATH).',
  })
}

/**
 * Why the file at `file` cannot be executed; undefined if nothing speaks against it.
 *
 * The kernel would say so itself, but `spawn` does not pass it on: libuv calls execvp(3), which runs
 * with a shell whatever the kernel takes for no program. So a binary of another machine, a half
 * copied one or a text would run as a script.
 */
export function executableProblem(file: string): string | undefined {
  try {
    const { ino, size, mtimeMs } = statSync(file)
    const state = `${ino} ${size} ${mtimeMs}`
    const known = checked.get(file)
    if (known?.state === state) return known.problem
    const problem = headerProblem(readHeader(file))
    checked.set(file, { state, problem })
    return problem
  } catch (error) {
    // Whether it can be executed is for the kernel to tell: it need not be readable, for one.
    const isGone = systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR'
    return isGone ? textOf(error) : undefined
  }
}

/** What was found of a file that has not changed since. There are as many as plugins. */
const checked = new Map<string, { readonly state: string; readonly problem: string | undefined }>()

const HEADER_BYTES = 20
const ELF_MAGIC = Buffer.from('\u007fELF', 'latin1')
const ELF_MACHINE_OFFSET = 18
// /usr/include/elf.h
const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183, arm: 40, ia32: 3 }
// A 64-bit kernel runs programs of its 32-bit sibling, too. What a 32-bit Node.js runs on, nobody knows.
const RUNS: Readonly<Record<string, readonly number[]>> = { x64: [62, 3], arm64: [183, 40] }

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  const descriptor = openSync(file, 'r')
  try {
    return header.subarray(0, readSync(descriptor, header, 0, HEADER_BYTES, 0))
  } finally {
    closeSync(descriptor)
  }
}

function headerProblem(header: Buffer): string | undefined {
  if (header.length === 0) return 'the file is empty'
  if (header.subarray(0, 2).toString('latin1') === '#!') return undefined
  if (!header.subarray(0, 4).equals(ELF_MAGIC)) {
    return hasForeignFormats() ? undefined : 'the file is neither a program nor a script'
  }
  const machine = header.length < HEADER_BYTES ? undefined : header.readUInt16LE(ELF_MACHINE_OFFSET)
  const runs = RUNS[process.arch]
  if (runs === undefined || machine === undefined || runs.includes(machine)) return undefined
  if (hasForeignFormats()) return undefined
  const name = Object.entries(ELF_MACHINES).find(([, value]) => value === machine)?.[0]
  return `the program is for ${name ?? `machine type ${machine ?? 'unknown'}`}, and this machine is ${process.arch}`
}

/** Whether binfmt_misc lets this kernel run programs of other formats, as qemu-user does. */
function hasForeignFormats(): boolean {
  try {
    const entries = readdirSync('/proc/sys/fs/binfmt_misc')
    return entries.some((entry) => entry !== 'register' && entry !== 'status')
  } catch {
    // Not mounted: no such formats.
    return false
  }
}

function isRegularFile(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
  } catch {
    // Not to be reached: libcni goes on to the next folder, too.
    return false
  }
}

import { kill } from 'node:process'
import { open, readdir, stat } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { FairleadError } from '../../errors.ts'
import { type Clock, wallClockMs, waitUntil } from '../../ports.ts'
import type { NodeProcess } from '../../node-processes.ts'

/** A goroutine dump that a runtime has written. */
export interface LiveDump {
  readonly path: string
  readonly bytes: Uint8Array
  readonly modifiedMs: number
}

/** How runtimes name the file of a dump; the folder is $TMPDIR, or else /tmp. */
const DUMP_FILES: ReadonlyMap<string, (pid: number) => RegExp> = new Map<
  string,
  (pid: number) => RegExp
>([
  // containerd/containerd@v2.3.4:cmd/containerd/command/main.go, dumpStacks
  ['containerd', (pid) => new RegExp(`^containerd\\.${pid}\\.stacks\\.log$`)],
  // cri-o/cri-o:cmd/crio/main.go, writeCrioGoroutineStacks
  ['crio', () => /^crio-goroutine-stacks-.*\.log$/],
])

/**
 * Has a runtime write what its goroutines do, by SIGUSR1, and reads it. That is the only thing here that
 * makes a file, and the runtime makes it.
 *
 * @throws {FairleadError} FL_SOURCE where it is no runtime that does so, or it does not in time.
 */
export async function dumpGoroutines(
  runtime: NodeProcess,
  options: {
    readonly procDir: string
    readonly clock: Clock
    readonly timeoutMs: number
    readonly signal: AbortSignal
    /** No more than its beginning is read. Default: 256 MiB. */
    readonly bytesMax?: number
  },
): Promise<LiveDump> {
  const { procDir, clock, timeoutMs, signal, bytesMax = 256 * 1024 * 1024 } = options
  // To others SIGUSR1 means something else; it ends what does not expect it.
  const fileOf = DUMP_FILES.get(runtime.name)
  if (fileOf === undefined) {
    throw new FairleadError(
      'FL_SOURCE',
      `${runtime.name} (pid ${runtime.pid}) is not known to write a goroutine dump on SIGUSR1.`,
      { hint: 'containerd and crio do.' },
    )
  }
  const { innerPid, tempDir } = insideOf(runtime, procDir)
  const dir = `${procDir}/${runtime.pid}/root${tempDir}`
  const pattern = fileOf(innerPid)
  // The clock of files is coarser than that of the process.
  const sinceMs = wallClockMs() - 50
  let dump: (LiveDump & { readonly sizeBytes: number }) | undefined
  const isThere = async () => {
    for (const name of await readdir(dir).catch(() => [])) {
      if (!pattern.test(name)) continue
      const file = `${dir}/${name}`
      const stats = await stat(file).catch(() => undefined)
      if (stats === undefined || stats.mtimeMs < sinceMs || stats.size === 0) continue
      const isWhole = dump?.path === `${tempDir}/${name}` && dump.sizeBytes === stats.size
      dump = {
        path: `${tempDir}/${name}`,
        bytes: await beginningOf(file, Math.min(stats.size, bytesMax)),
        modifiedMs: Math.round(stats.mtimeMs),
        sizeBytes: stats.size,
      }
      // Not while it still grows.
      if (isWhole) return true
    }
    return false
  }
  kill(runtime.pid, 'SIGUSR1')
  await waitUntil(isThere, { clock, everyMs: 50, timeoutMs, signal })
  if (dump !== undefined) return dump
  throw new FairleadError(
    'FL_SOURCE',
    `${runtime.name} (pid ${runtime.pid}) has written no goroutine dump to ${tempDir} within ${timeoutMs} ms.`,
    { hint: 'It may be in its log: look there, or give the log to `fairlead doctor`.' },
  )
}

async function beginningOf(file: string, sizeBytes: number): Promise<Uint8Array> {
  await using handle = await open(file, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0)
  return buffer.subarray(0, bytesRead)
}

/** The number that a process has in its own namespace, and where it writes temporary files. */
function insideOf({ pid }: NodeProcess, procDir: string): { innerPid: number; tempDir: string } {
  const status = readFileSync(`${procDir}/${pid}/status`, 'latin1')
  const [, numbers = ''] = /^NSpid:\s*(.*)$/m.exec(status) ?? []
  const environment = readFileSync(`${procDir}/${pid}/environ`, 'utf8').split('\0')
  const tempDir = environment.find((variable) => variable.startsWith('TMPDIR='))?.slice(7)
  return {
    innerPid: Number(numbers.trim().split(/\s+/).at(-1) ?? pid),
    tempDir: tempDir?.startsWith('/') === true ? tempDir : '/tmp',
  }
}

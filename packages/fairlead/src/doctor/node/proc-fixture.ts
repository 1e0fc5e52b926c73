import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A process of a {@link FakeProc}. */
export interface FakeProcess {
  readonly pid: number
  readonly parent: number
  readonly argv: readonly string[]
  readonly startedAtSeconds: number
  readonly env?: Readonly<Record<string, string>>
  /** By number: what it leads to, and whether it is for writing. */
  readonly descriptors?: Readonly<Record<number, { to: string; writes?: boolean }>>
}

/** A folder that is laid out as procfs is, in a machine that has been up for 1000 s. */
export interface FakeProc extends Disposable {
  readonly dir: string
}

export function fakeProc(processes: readonly FakeProcess[]): FakeProc {
  const dir = mkdtempSync(path.join(tmpdir(), 'fl-proc-'))
  writeFileSync(path.join(dir, 'uptime'), '1000.00 2000.00\n')
  mkdirSync(path.join(dir, 'sys/fs/inotify'), { recursive: true })
  writeFileSync(path.join(dir, 'sys/fs/inotify/max_user_instances'), '2\n')
  for (const process of processes) writeProcess(dir, process)
  return {
    dir,
    [Symbol.dispose]: () => {
      rmSync(dir, { recursive: true })
    },
  }
}

function writeProcess(procDir: string, process: FakeProcess): void {
  const { pid, parent, argv, startedAtSeconds, env = {}, descriptors = {} } = process
  const dir = path.join(procDir, `${pid}`)
  for (const folder of ['fd', 'fdinfo']) mkdirSync(path.join(dir, folder), { recursive: true })
  const comm = path.basename(argv[0] ?? '').slice(0, 15)
  const between = Array.from({ length: 17 }, () => '0').join(' ')
  writeFileSync(
    path.join(dir, 'stat'),
    `${pid} (${comm}) S ${parent} ${between} ${startedAtSeconds * 100} 0 0\n`,
  )
  writeFileSync(path.join(dir, 'cmdline'), argv.map((word) => `${word}\0`).join(''))
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}\0`)
  writeFileSync(path.join(dir, 'environ'), variables.join(''))
  for (const [number, { to, writes = false }] of Object.entries(descriptors)) {
    symlinkSync(to, path.join(dir, 'fd', number))
    const flags = writes ? '02000001' : '02000000'
    writeFileSync(path.join(dir, 'fdinfo', number), `pos:\t0\nflags:\t${flags}\nmnt_id:\t15\n`)
  }
}

import { readFile } from 'node:fs/promises'
import { arch, availableParallelism, release } from 'node:os'
import type { Machine } from './report/report.ts'

/** The machine that this process runs on. */
export async function thisMachine(): Promise<Machine> {
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return {
    os: osName(osRelease),
    kernel: release(),
    arch: arch(),
    cpus: availableParallelism(),
  }
}

/** `PRETTY_NAME` of an os-release file (os-release(5)). */
export function osName(osRelease: string): string {
  return /^PRETTY_NAME=(["']?)(.*)\1$/m.exec(osRelease)?.[2] ?? 'unknown'
}

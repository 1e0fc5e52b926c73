import { systemClock } from '../ports.ts'
import type { CliContext } from './context.ts'
import { runCli } from './run.ts'

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    interrupted.abort()
  })
}
const { stdout, stderr, env } = process
const cli: CliContext = {
  process: { stdout, stderr, env },
  clock: systemClock,
  signal: interrupted.signal,
}
// `fairlead net list | head` is no fault of anybody's.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
// Not awaited at the top: the single-file executable is a CommonJS program.
void runCli(process.argv.slice(2), cli).then(() => {
  process.exitCode = cli.process.exitCode ?? 0
})

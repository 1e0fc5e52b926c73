import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { FairleadError, systemCodeOf } from '../errors.ts'
import { makeDir } from '../files.ts'

/**
 * Makes this process the only one that changes the version of a node. The kernel ends it with the process,
 * however that ends: a child holds the lock for as long as its stdin is open.
 *
 * @throws {FairleadError} FL_SLOT_BUSY while another one does; FL_TOOL_MISSING.
 */
export async function lockSlots(slotsDir: string): Promise<AsyncDisposable> {
  await makeDir(slotsDir)
  const file = path.join(slotsDir, 'lock')
  const child = spawn('flock', ['--nonblock', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // A ctrl-C is for this process, which still goes back.
    detached: true,
  })
  const ended = once(child, 'close')
  const answer = await Promise.race([
    once(child.stdout, 'data').then(() => 'held' as const),
    ended.then(
      () => 'busy' as const,
      (error: unknown) => error,
    ),
  ])
  if (answer === 'held') {
    return {
      [Symbol.asyncDispose]: async () => {
        child.stdin.end()
        await ended
      },
    }
  }
  if (answer === 'busy') {
    throw new FairleadError(
      'FL_SLOT_BUSY',
      'Another process is changing the version of this node.',
      {
        hint: `It holds ${file}; fairlead runtime-slot list shows how far it is.`,
      },
    )
  }
  if (systemCodeOf(answer) !== 'ENOENT') throw answer
  throw new FairleadError('FL_TOOL_MISSING', 'The program flock is not in PATH.', {
    hint: 'It comes with util-linux; install that package.',
  })
}

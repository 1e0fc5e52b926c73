import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { makeDir } from '../files.ts'

/** flock(1): `--nonblock`, and somebody else has it. */
const BUSY = 1

/**
 * Makes this process the only one that changes the version of a node. The kernel ends it with the process,
 * however that ends: a child holds the lock for as long as its stdin is open.
 *
 * @throws {FairleadError} FL_SLOT_BUSY while another one does; FL_STATE_DIR, FL_TOOL_MISSING.
 */
export async function lockSlots(slotsDir: string): Promise<AsyncDisposable> {
  const file = path.join(slotsDir, 'lock')
  await makeDir(slotsDir).catch((error: unknown) => {
    throw unusable(slotsDir, messageOf(error))
  })
  const child = spawn('flock', ['--nonblock', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A ctrl-C is for this process, which still goes back.
    detached: true,
  })
  const complaint = text(child.stderr)
  const ended = new Promise<number | Error>((resolve) => {
    child.once('error', resolve)
    child.once('close', (code) => {
      resolve(code ?? 0)
    })
  })
  const answer = await Promise.race([once(child.stdout, 'data').then(() => 'held'), ended])
  if (answer === 'held') {
    return {
      [Symbol.asyncDispose]: async () => {
        child.stdin.end()
        await ended
      },
    }
  }
  if (answer === BUSY) {
    throw new FairleadError(
      'FL_SLOT_BUSY',
      'Another process is changing the version of this node.',
      { hint: `It holds ${file}; fairlead runtime-slot list shows how far it is.` },
    )
  }
  if (systemCodeOf(answer) !== 'ENOENT') throw unusable(slotsDir, (await complaint).trim())
  throw new FairleadError('FL_TOOL_MISSING', 'The program flock is not in PATH.', {
    hint: 'It comes with util-linux; install that package.',
  })
}

function unusable(slotsDir: string, why: string): FairleadError {
  return new FairleadError('FL_STATE_DIR', `${slotsDir} cannot be used: ${why}.`, {
    hint: 'Changing the version of a node takes root; slotsDir of the config names another folder.',
  })
}

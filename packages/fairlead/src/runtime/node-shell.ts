import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { FairleadError, messageOf } from '../errors.ts'
import { type Clock, settlesWithin } from '../ports.ts'

/** A shell that carries out commands side by side. Dispose it to end it; what it has begun goes on. */
export interface NodeShell extends Disposable {
  /**
   * Carries out shell text of one line; resolves to what was printed, on one line.
   *
   * @throws {FairleadError} FL_NETNS_TOOL when it fails or takes more than 10 s.
   */
  readonly run: (command: string) => Promise<string>
}

const TOOL_MISSING = 127
const COMMAND_TIMEOUT_MS = 10_000
// A command takes some ms; what an earlier run has begun is done by then.
const LOCK_TIMEOUT_S = 5

/**
 * What it has begun holds the lock, too, until it is done. So the next run, which waits for the lock,
 * finds all that the last one has made, though that was killed.
 */
const SCRIPT = `
set -f
for tool in flock setsid nsenter unshare ip; do
  command -v $tool >/dev/null || { echo "0 127 $tool"; exit; }
done
exec 9>>"$1"
if ! flock -w ${LOCK_TIMEOUT_S} 9; then echo '0 1'; exit; fi
echo '0 0'
while IFS=' ' read -r id command; do
  { out=$(eval "$command" 2>&1 </dev/null); echo $id $? $out; } &
done
`

/**
 * Starts a shell for the namespaces of a node, which one runtime at a time may have: `lockFile` says
 * which. To make a process costs Node.js a fork of all its memory on the main thread, and Status waits
 * meanwhile; a shell of 1 MiB makes it elsewhere, for a fraction.
 *
 * @throws {FairleadError} FL_STATE_DIR while another runtime holds the lock; FL_TOOL_MISSING.
 */
export async function startNodeShell(
  lockFile: string,
  { env, clock }: { readonly env: NodeJS.ProcessEnv; readonly clock: Clock },
): Promise<NodeShell> {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'fairlead-node', lockFile], {
    env,
    cwd: '/',
    // A ctrl-C is for the runtime, which ends this one itself.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const answers = answersOf(child)
  const locked = await answers
    .next(0, (LOCK_TIMEOUT_S + 5) * 1000, clock)
    .catch((error: unknown) => {
      throw new FairleadError('FL_STATE_DIR', `${lockFile}: ${messageOf(error)}`, { cause: error })
    })
  if (locked.exitCode !== 0) throw notLocked(locked, lockFile)
  let last = 0
  return {
    run: async (command) => {
      last += 1
      const answer = answers.next(last, COMMAND_TIMEOUT_MS, clock)
      child.stdin.write(`${last} ${command}\n`)
      const { exitCode, text } = await answer.catch((error: unknown) => {
        throw new FairleadError('FL_NETNS_TOOL', `${command}: ${messageOf(error)}`)
      })
      if (exitCode === 0) return text
      throw new FairleadError(
        'FL_NETNS_TOOL',
        text === '' ? `${command}: exit code ${exitCode}` : text,
      )
    },
    [Symbol.dispose]: () => {
      child.stdin.end()
      child.unref()
    },
  }
}

function notLocked({ exitCode, text }: Answer, lockFile: string): FairleadError {
  if (exitCode === TOOL_MISSING) {
    return new FairleadError('FL_TOOL_MISSING', `The program ${text} is not in PATH.`, {
      hint: 'It comes with util-linux or iproute2; install that package.',
    })
  }
  return new FairleadError('FL_STATE_DIR', `Another runtime works with ${lockFile}.`, {
    hint: 'End that one, or name another folder by --state-dir.',
  })
}

/** `text` as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

interface Answer {
  readonly exitCode: number
  readonly text: string
}

/** Answers come in any order; each begins with the number of its command. */
function answersOf(child: ChildProcessByStdio<Writable, Readable, null>) {
  const waiting = new Map<number, (answer: Answer | Error) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [id = '', exitCode = '', ...words] = line.split(' ')
    waiting.get(Number(id))?.({ exitCode: Number(exitCode), text: words.join(' ') })
  })
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    for (const settle of waiting.values()) settle(ended)
  }
  child.once('error', end)
  // By then all that it printed is read; by 'exit' it may not be.
  child.once('close', () => {
    end(new Error('the shell for namespaces has ended'))
  })
  child.stdin.on('error', end)
  return {
    next: async (id: number, timeoutMs: number, clock: Clock): Promise<Answer> => {
      const { promise, resolve } = Promise.withResolvers<Answer | Error>()
      waiting.set(id, resolve)
      if (ended !== undefined) resolve(ended)
      const settled = await settlesWithin(promise, { clock, timeoutMs })
      waiting.delete(id)
      if (!settled) throw new Error(`not done within ${timeoutMs / 1000} s`)
      const answer = await promise
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}
